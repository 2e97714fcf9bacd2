import type { QuestionState } from "./question.ts";

/** There is none of this id, or none for whoever wants to know: which of them is not told. */
export type QuestionUnknown = { readonly reason: "question_unknown" };
/** It takes no answer and no change any more. `by` answered or withdrew it. */
export type QuestionClosed = {
  readonly reason: "question_closed";
  readonly state: Exclude<QuestionState, "open">;
  readonly by?: string;
};
/** So many changed it at once that this change never came first. It may be tried again. */
export type QuestionContended = { readonly reason: "question_contended"; readonly attempts: number };
/** It is of another revision than whoever edits it has seen. */
export type QuestionChanged = { readonly reason: "question_changed"; readonly revision: number };
export type QuestionInvalid = {
  readonly reason: "question_invalid";
  readonly field: string;
  /** In words: what it may be. */
  readonly allowed: string;
};
export type QuestionsFull = { readonly reason: "questions_full"; readonly limit: number };
/** `allowed` says in words what the answer may be. */
export type AnswerInvalid = { readonly reason: "answer_invalid"; readonly field?: string; readonly allowed: string };
export type QuestionListInvalid =
  | { readonly reason: "question_limit_invalid"; readonly limitMax: number }
  | { readonly reason: "question_cursor_malformed" };

export type QuestionAskProblem = QuestionInvalid | QuestionsFull;
export type QuestionAnswerProblem = QuestionUnknown | QuestionClosed | AnswerInvalid | QuestionContended;
export type QuestionWithdrawProblem = QuestionUnknown | QuestionClosed | QuestionContended;
export type QuestionEditProblem =
  | QuestionUnknown
  | QuestionClosed
  | QuestionChanged
  | QuestionInvalid
  | QuestionContended;
