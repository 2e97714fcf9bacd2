import * as z from "zod";
import type { Json } from "../layers/core/ports/table.ts";
import {
  QUESTION_LIST_DEFAULT,
  QUESTION_LIST_MAX,
  QUESTION_TIMEOUT_MS_DEFAULT,
  QUESTION_TIMEOUT_MS_MAX,
} from "../layers/core/question/limits.ts";
import { QUESTION_STATES, URGENCIES } from "../layers/core/question/question.ts";
import { describeOperation } from "../layers/http/operation/operation.ts";
import { audience, PEOPLE_TAG } from "./message-descriptions.ts";
import { epochMs } from "./time-schemas.ts";

/** The operations of `/api/questions` as the document shows them; `functions/people` answers them. */

const QUESTIONS = "/api/questions";
const QUESTION = `${QUESTIONS}/{questionId}`;

const anyJson: z.ZodType<Json> = z.any();

const QuestionShown = z.object({
  questionId: z.string().describe("Over WebSocket its `request_id`"),
  question: z.string(),
  choices: z.array(z.string()).optional(),
  schema: z.record(z.string(), anyJson).optional().describe("The form that the answer fills in"),
  urgency: z.enum(URGENCIES),
  to: z.string().describe("Who is asked"),
  asker: z.string().describe("The subject in whose name it is asked"),
  jobId: z.string().optional().describe("The job that waits for the answer"),
  state: z.enum(QUESTION_STATES),
  revision: z.int().min(1).describe("Rises with each change"),
  askedAtEpochMs: epochMs,
  expiresAtEpochMs: epochMs.describe("From then on it takes no answer"),
  answer: z
    .object({ value: anyJson.describe("A text, one of the choices, or the form"), by: z.string(), atEpochMs: epochMs })
    .optional(),
  closedAtEpochMs: epochMs.optional(),
  closedBy: z.string().optional().describe("Who answered or withdrew it"),
});
export type ShownQuestion = z.input<typeof QuestionShown>;

const QUESTION_EXAMPLE = {
  questionId: "req-0mvdv2k8aXo3mZ0F1x7JqYv2b9tRk4A",
  question: "May v42 go out?",
  choices: ["yes", "no"],
  urgency: "normal",
  to: "role:admin",
  asker: "ann@example.com",
  state: "open",
  revision: 1,
  askedAtEpochMs: 1_795_000_000_000,
  expiresAtEpochMs: 1_795_000_300_000,
} as const;

const SHOWN = {
  status: 200,
  description: "The question as it is now",
  schema: QuestionShown,
  example: QUESTION_EXAMPLE,
} as const;

const CONTENT = {
  question: z.string().describe("Up to 10,000 characters"),
  choices: z.array(z.string()).optional().describe("One of them is the answer"),
  schema: z
    .record(z.string(), anyJson)
    .optional()
    .describe("A form, as MCP's elicitation has it: an object of texts, numbers, booleans and choices"),
  urgency: z.enum(URGENCIES).default("normal"),
};

const MS_PER_SECOND = 1_000;
const OneQuestion = z.strictObject({ questionId: z.string() });
const CURSOR_CHARACTERS_MAX = 100;

export const ASK_QUESTION = describeOperation({
  id: "askQuestion",
  method: "POST",
  path: QUESTIONS,
  tag: PEOPLE_TAG,
  summary: "Ask people",
  description:
    "Once this is answered the question is stored: those it is for see it at once where they are connected, and when they " +
    "come back. The first answer counts.",
  action: "question.ask",
  body: z.strictObject({
    ...CONTENT,
    to: audience.default({ kind: "everyone" }),
    timeoutSeconds: z
      .number()
      .min(1)
      .max(QUESTION_TIMEOUT_MS_MAX / MS_PER_SECOND)
      .default(QUESTION_TIMEOUT_MS_DEFAULT / MS_PER_SECOND)
      .describe("How long it may be answered"),
  }),
  bodyExample: { question: "May v42 go out?", choices: ["yes", "no"], to: "role:admin", timeoutSeconds: 3_600 },
  success: { ...SHOWN, status: 201, description: "The question; `Location` names it" },
  conflict: "The tenant has as many open questions as it may have",
});

export const LIST_QUESTIONS = describeOperation({
  id: "listQuestions",
  method: "GET",
  path: QUESTIONS,
  tag: PEOPLE_TAG,
  summary: "List the questions that the caller is asked, or has asked",
  action: "question.answer",
  query: z.strictObject({
    which: z
      .enum(["open", "all"])
      .default("open")
      .describe("What may still be answered, the one that is over first coming first; or all, the newest first"),
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(QUESTION_LIST_MAX)
      .default(QUESTION_LIST_DEFAULT)
      .describe("At most so many"),
    cursor: z.string().min(1).max(CURSOR_CHARACTERS_MAX).optional().describe("From the page before"),
  }),
  success: {
    status: 200,
    description: "A page of questions; with a cursor where more may follow",
    schema: z.object({ questions: z.array(QuestionShown), cursor: z.string().optional() }),
    example: { questions: [QUESTION_EXAMPLE] },
  },
});

export const GET_QUESTION = describeOperation({
  id: "getQuestion",
  method: "GET",
  path: QUESTION,
  tag: PEOPLE_TAG,
  summary: "See a question, and its answer once there is one",
  action: "question.answer",
  params: OneQuestion,
  success: SHOWN,
});

export const EDIT_QUESTION = describeOperation({
  id: "editQuestion",
  method: "PATCH",
  path: QUESTION,
  tag: PEOPLE_TAG,
  summary: "Put a question in other words, by who asked it",
  description: "All of its words, choices and form are replaced. Those who are asked see it anew.",
  action: "question.ask",
  params: OneQuestion,
  body: z.strictObject({ ...CONTENT, revision: z.int().min(1).describe("The one that is replaced") }),
  bodyExample: { question: "May v43 go out?", choices: ["yes", "no"], revision: 1 },
  success: SHOWN,
  conflict: "The question is over, or was changed since",
});

export const ANSWER_QUESTION = describeOperation({
  id: "answerQuestion",
  method: "POST",
  path: `${QUESTION}/answer`,
  tag: PEOPLE_TAG,
  summary: "Answer a question",
  description: "The first answer counts. The same answer of the same person once more is the first again.",
  action: "question.answer",
  params: OneQuestion,
  body: z.strictObject({ answer: anyJson.describe("A text, one of the choices, or the form filled in") }),
  bodyExample: { answer: "yes" },
  success: SHOWN,
  conflict: "The question is over",
});

export const WITHDRAW_QUESTION = describeOperation({
  id: "withdrawQuestion",
  method: "POST",
  path: `${QUESTION}/withdraw`,
  tag: PEOPLE_TAG,
  summary: "Withdraw a question, by who asked it or who may cancel jobs",
  action: "question.ask",
  params: OneQuestion,
  success: SHOWN,
  conflict: "The question is over",
});

export const QUESTION_DESCRIPTIONS = [
  ...[ASK_QUESTION, LIST_QUESTIONS, GET_QUESTION, EDIT_QUESTION, ANSWER_QUESTION, WITHDRAW_QUESTION],
] as const;
