import type { Audience } from "../message/channel.ts";
import type { MessageType } from "../message/message.ts";
import type { Json } from "../ports/table.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { ANSWER_TOLD_CHARACTERS_MAX } from "./limits.ts";
import type { Question, QuestionState } from "./question.ts";

/** What those are told who are asked. Told again, it is the same message: its id says so. */
export interface QuestionMessage {
  readonly audience: Audience;
  readonly type: Extract<MessageType, "ask_user" | "question_closed">;
  readonly from: string;
  readonly messageId: string;
  readonly body: Json;
}

/** Stores a message for its audience and has it delivered. */
export interface QuestionPublisher {
  /** @returns `ok: false` where it can't be stored, whoever tries; it throws where it may be another time. */
  publish(tenantId: TenantId, message: QuestionMessage): Promise<{ readonly ok: boolean }>;
}

/** That it is asked, or has changed; or that it is over. */
export function messageOf(question: Question): QuestionMessage {
  const { to: audience, questionId, revision, state } = question;
  const about = { audience, messageId: `${questionId}.${revision}` };
  return state === "open"
    ? { ...about, type: "ask_user", from: question.asker, body: askedBody(question) }
    : {
        ...about,
        type: "question_closed",
        from: question.closedBy ?? question.asker,
        body: closedBody(question, state),
      };
}

/** The first two are what the Frontend Router's clients read. Times are ISO 8601. */
export function askedBody(question: Question): Readonly<Record<string, Json>> {
  const { questionId, choices, schema, urgency, asker, revision, askedAtEpochMs, expiresAtEpochMs } = question;
  return {
    request_id: questionId,
    question: question.question,
    ...(choices !== undefined && { choices }),
    ...(schema !== undefined && { schema }),
    urgency,
    asked_by: asker,
    asked_at: new Date(askedAtEpochMs).toISOString(),
    expires_at: new Date(expiresAtEpochMs).toISOString(),
    revision,
  };
}

/**
 * `by` answered or withdrew it; left out where its time ran out. Those who are asked are shown what was answered, unless
 * that is long: then it is read with the question.
 */
function closedBody({ questionId, closedBy, answer }: Question, reason: Exclude<QuestionState, "open">): Json {
  const isTold = answer !== undefined && JSON.stringify(answer.value).length <= ANSWER_TOLD_CHARACTERS_MAX;
  return {
    request_id: questionId,
    reason,
    ...(closedBy !== undefined && { by: closedBy }),
    ...(isTold && { answer: answer.value }),
  };
}
