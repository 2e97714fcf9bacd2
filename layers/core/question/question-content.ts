import type { Json } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { utf8Bytes } from "../store/key-order.ts";
import { wrongInForm } from "./form.ts";
import {
  ANSWER_CHARACTERS_MAX,
  CHOICE_CHARACTERS_MAX,
  CHOICES_MAX,
  QUESTION_CHARACTERS_MAX,
  QUESTION_CONTENT_BYTES_MAX,
} from "./limits.ts";
import { parseForm } from "./parse-form.ts";
import type { QuestionContent } from "./question.ts";
import type { AnswerInvalid, QuestionInvalid } from "./question-problem.ts";

/** Nothing beside what a question may hold: what else the object has is left out. */
export function checkContent(given: QuestionContent): Result<QuestionContent, QuestionInvalid> {
  const wrong = wrongField(given);
  if (wrong !== undefined) return refused({ reason: "question_invalid", ...wrong });
  const { question, choices, schema, urgency } = given;
  return ok({ question, ...(choices && { choices }), ...(schema && { schema }), urgency });
}

function wrongField(content: QuestionContent): { readonly field: string; readonly allowed: string } | undefined {
  const { question, choices, schema } = content;
  if (question.trim() === "" || question.length > QUESTION_CHARACTERS_MAX)
    return { field: "question", allowed: `1 to ${QUESTION_CHARACTERS_MAX} characters, not all of them blank` };
  if (choices !== undefined && schema !== undefined)
    return { field: "choices", allowed: "left out where schema is given" };
  if (choices !== undefined && !areChoices(choices))
    return {
      field: "choices",
      allowed: `1 to ${CHOICES_MAX} different texts of 1 to ${CHOICE_CHARACTERS_MAX} characters`,
    };
  const form = schema === undefined ? undefined : parseForm(schema);
  if (form?.ok === false) {
    const { field, allowed } = form.problem;
    return { field: field === undefined ? "schema" : `schema.${field}`, allowed };
  }
  const bytes = utf8Bytes(JSON.stringify([question, choices, schema]));
  if (bytes <= QUESTION_CONTENT_BYTES_MAX) return undefined;
  return { field: "question", allowed: `${QUESTION_CONTENT_BYTES_MAX} bytes with its choices and schema, as JSON` };
}

function areChoices(choices: readonly string[]): boolean {
  const isChoice = (choice: string): boolean => choice !== "" && choice.length <= CHOICE_CHARACTERS_MAX;
  const isCounted = choices.length >= 1 && choices.length <= CHOICES_MAX;
  return isCounted && choices.every(isChoice) && new Set(choices).size === choices.length;
}

/** Whether a value answers a question: a text, one of its choices, or its form filled in. */
export function checkAnswer(
  { choices, schema }: Pick<QuestionContent, "choices" | "schema">,
  value: unknown,
): Result<Json, AnswerInvalid> {
  if (schema !== undefined) return checkFilled(schema, value);
  if (typeof value !== "string" || (choices !== undefined && !choices.includes(value)))
    return invalid({ allowed: choices === undefined ? "a text" : `one of ${JSON.stringify(choices)}` });
  if (value === "" || value.length > ANSWER_CHARACTERS_MAX)
    return invalid({ allowed: `a text of 1 to ${ANSWER_CHARACTERS_MAX} characters` });
  return ok(value);
}

function checkFilled(schema: Readonly<Record<string, Json>>, value: unknown): Result<Json, AnswerInvalid> {
  const form = parseForm(schema);
  if (!form.ok) throw new FormUnreadable();
  const wrong = wrongInForm(form.value, value);
  if (wrong !== undefined) return invalid(wrong);
  const text = JSON.stringify(value);
  if (text.length > ANSWER_CHARACTERS_MAX)
    return invalid({ allowed: `${ANSWER_CHARACTERS_MAX} characters at most, as JSON` });
  return ok(JSON.parse(text));
}

const invalid = (wrong: Omit<AnswerInvalid, "reason">) => refused({ reason: "answer_invalid", ...wrong } as const);

/** A stored question has a schema that passed no check. */
export class FormUnreadable extends Error {
  readonly code = "form_unreadable";
  constructor() {
    super("the schema of a stored question can't be read as a form");
    this.name = "FormUnreadable";
  }
}
