import type { Json } from "../core/ports/table.ts";
import type { QuestionContent } from "../core/question/question.ts";
import { checkAnswer } from "../core/question/question-content.ts";
import { form } from "../mcp/toolkit/ask.ts";
import type { Question } from "../mcp/toolkit/question.ts";

/** What whoever sits at the client made of it. */
export type FormOutcome =
  | { readonly action: "accept"; readonly value: Json }
  | { readonly action: "decline" | "cancel" };

/** The one field of a form that asks for a text, or for one of several. */
const FIELD = "answer";

/**
 * A question as a client asks it that can show forms. What does not answer it is asked for again, as it is refused to those
 * who answer by other ways.
 */
export function askUserForm(content: QuestionContent): Question<FormOutcome> {
  const { schema } = content;
  const asked = form({ message: content.question, schema: schema ?? oneField(content) });
  return {
    ...asked,
    read(raw) {
      const filled = asked.read(raw);
      if (filled === undefined || filled.action !== "accept") return filled;
      const value = schema === undefined ? filled.content[FIELD] : filled.content;
      const checked = checkAnswer(content, value);
      return checked.ok ? { action: "accept", value: checked.value } : undefined;
    },
  };
}

function oneField({ choices }: QuestionContent): Readonly<Record<string, Json>> {
  const field = { type: "string", title: "Answer", ...(choices === undefined ? { minLength: 1 } : { enum: choices }) };
  return { type: "object", properties: { [FIELD]: field }, required: [FIELD] };
}
