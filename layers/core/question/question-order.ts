import type { JobId } from "../job/job-id.ts";
import type { Audience } from "../message/channel.ts";
import type { Chance } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import { ok, type Result, refused } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { QUESTION_TIMEOUT_MS_MAX, QUESTION_TIMEOUT_MS_MIN } from "./limits.ts";
import type { QuestionContent } from "./question.ts";
import { checkContent } from "./question-content.ts";
import { newQuestionId, questionIdOfJob } from "./question-id.ts";
import type { QuestionInvalid } from "./question-problem.ts";
import type { KeptQuestion } from "./stored-question.ts";

/** What somebody wants to know. */
export interface QuestionOrder {
  readonly content: QuestionContent;
  /** The subject in whose name it is asked. */
  readonly asker: string;
  readonly to: Audience;
  /** How long it may be answered: 1 second to 7 days. */
  readonly timeoutMs: number;
  /** The job that waits for the answer. It has one question: asked again, the first one is the answer. */
  readonly jobId?: JobId;
}

/** The question that an order asks for, open from now on, of which nobody was told yet. */
export function orderedQuestion(
  ports: { readonly clock: Clock; readonly chance: Chance },
  tenantId: TenantId,
  { content, timeoutMs, jobId, asker, to }: QuestionOrder,
): Result<KeptQuestion, QuestionInvalid> {
  const checked = checkContent(content);
  if (!checked.ok) return checked;
  if (!(timeoutMs >= QUESTION_TIMEOUT_MS_MIN && timeoutMs <= QUESTION_TIMEOUT_MS_MAX)) {
    const allowed = `${QUESTION_TIMEOUT_MS_MIN} to ${QUESTION_TIMEOUT_MS_MAX} milliseconds`;
    return refused({ reason: "question_invalid", field: "timeout", allowed });
  }
  const askedAtEpochMs = ports.clock.nowMs();
  return ok({
    ...checked.value,
    tenantId,
    questionId: jobId === undefined ? newQuestionId(ports, askedAtEpochMs) : questionIdOfJob(jobId),
    asker,
    to,
    ...(jobId !== undefined && { jobId }),
    state: "open",
    revision: 1,
    publishedRevision: 0,
    askedAtEpochMs,
    expiresAtEpochMs: askedAtEpochMs + Math.ceil(timeoutMs),
  });
}
