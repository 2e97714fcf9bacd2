import type { Message } from "../ports/queue.ts";
import { parseQuestionDue } from "../question/question-due.ts";
import type { QuestionsDue } from "../question/questions-due.ts";
import type { Lanes, LaneTaking } from "./lanes.ts";

export interface PeopleMessageParts {
  readonly lanes: Pick<Lanes, "take">;
  readonly questions: Pick<QuestionsDue, "take">;
}

/** Takes what lies in the queue of what people are told: messages about lanes, and about the ends of questions. */
export function peopleMessages({ lanes, questions }: PeopleMessageParts) {
  return async (
    message: Pick<Message, "tenantId" | "body">,
    bounds: { readonly deadlineEpochMs: number },
  ): Promise<LaneTaking> => {
    const questionId = parseQuestionDue(message.body);
    return questionId === undefined ? lanes.take(message, bounds) : questions.take(message, questionId);
  };
}
