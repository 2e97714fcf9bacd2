import { audienceText } from "../../layers/core/message/audience-text.ts";
import type { ChannelMessage } from "../../layers/core/message/message.ts";
import type { PublishProblem } from "../../layers/core/message/publisher.ts";
import type { Question } from "../../layers/core/question/question.ts";
import type {
  QuestionAnswerProblem,
  QuestionAskProblem,
  QuestionEditProblem,
  QuestionListInvalid,
  QuestionWithdrawProblem,
} from "../../layers/core/question/question-problem.ts";
import { type Result, unreachable } from "../../layers/core/result.ts";
import { RETRY_AFTER_SECONDS } from "../../layers/http/limits.ts";
import type { OperationOutcome } from "../../layers/http/operation/operation-reply.ts";
import type { HttpProblem } from "../../layers/http/problem-reply.ts";
import type { ShownQuestion } from "../question-descriptions.ts";

type MessageShown = Omit<ChannelMessage, "tenantId">;

export function messageShown({ tenantId: _known, ...message }: ChannelMessage): MessageShown {
  return message;
}

export function questionShown({ tenantId: _known, to, answer, choices, ...question }: Question): ShownQuestion {
  return {
    ...question,
    to: audienceText(to),
    ...(choices !== undefined && { choices: [...choices] }),
    ...(answer !== undefined && { answer }),
  };
}

export function publishProblem(problem: PublishProblem): HttpProblem {
  const { reason: code } = problem;
  switch (problem.reason) {
    case "message_too_large":
      return { status: 413, code, detail: `the body may have ${problem.bytesMax} bytes as JSON` };
    case "channels_reached":
      return channelsReached(problem.limit);
    case "idempotency_key_reused":
      return { status: 422, code, detail: "this Idempotency-Key stands for another message; take a new one" };
    default:
      return unreachable(problem);
  }
}

export function channelsReached(limit: number): HttpProblem {
  return { status: 409, code: "channels_reached", detail: `the tenant has its ${limit} channels` };
}

export const QUESTION_ABSENT: HttpProblem = {
  status: 404,
  code: "question_unknown",
  detail: "there is no such question, or no longer",
};

type QuestionProblem =
  | QuestionAskProblem
  | QuestionAnswerProblem
  | QuestionEditProblem
  | QuestionWithdrawProblem
  | QuestionListInvalid;

export function questionOutcome(result: Result<Question, QuestionProblem>): OperationOutcome {
  return result.ok ? { json: questionShown(result.value) } : { problem: questionProblem(result.problem) };
}

/** Why nothing was done, as its caller is told. */
export function questionProblem(problem: QuestionProblem): HttpProblem {
  const { reason: code } = problem;
  const conflict = (detail: string): HttpProblem => ({ status: 409, code, detail });
  const wrong = (detail: string): HttpProblem => ({ status: 400, code, detail });
  switch (problem.reason) {
    case "question_unknown":
      return QUESTION_ABSENT;
    case "question_invalid":
      return wrong(`${problem.field}: takes ${problem.allowed}`);
    case "answer_invalid":
      return wrong(`answer${problem.field === undefined ? "" : `.${problem.field}`}: takes ${problem.allowed}`);
    case "question_limit_invalid":
      return wrong(`limit: takes a whole number from 1 to ${problem.limitMax}`);
    case "question_cursor_malformed":
      return wrong("the cursor is not one that this list gave");
    case "question_closed":
      return conflict(`the question is ${problem.state}${problem.by === undefined ? "" : ` by ${problem.by}`}`);
    case "question_changed":
      return conflict(`the question is of revision ${problem.revision} by now`);
    case "questions_full":
      return conflict(`the tenant has its ${problem.limit} open questions; wait for some to be over`);
    case "question_contended":
      return { status: 503, code, detail: "others change the question over and over; try again", headers: WAIT };
    default:
      return unreachable(problem);
  }
}

const WAIT = { "retry-after": String(RETRY_AFTER_SECONDS) } as const;
