import type { Message } from "../ports/queue.ts";
import { QUESTION_CONTENDED_SECONDS, QUESTION_DUE_AHEAD_MS } from "./limits.ts";
import { type QuestionDeps, type QuestionParts, questionParts } from "./question-parts.ts";
import { Questions } from "./questions.ts";

/** What becomes of a message. */
export type DueTaking = { readonly message: "complete" } | { readonly message: "later"; readonly afterSeconds: number };

const COMPLETE: DueTaking = { message: "complete" };

/**
 * Ends the questions whose time is over, on their second: all who were asked are told then, and nobody is shown as open what
 * they can't answer. A message says only where to look. So one that comes twice, or late, or for a question that was answered,
 * changes nothing; one that comes early comes again; and where one is lost, the sweeper ends the question up to a minute later.
 */
export class QuestionsDue {
  readonly #parts: QuestionParts;
  readonly #questions: Pick<Questions, "expire">;

  constructor(deps: QuestionDeps) {
    this.#parts = questionParts(deps);
    this.#questions = new Questions(deps);
  }

  /** @throws {StoreFault} when the table fails: let the message come again. */
  async take({ tenantId }: Pick<Message, "tenantId">, questionId: string): Promise<DueTaking> {
    const { store, clock } = this.#parts;
    const question = await store.get(tenantId, questionId);
    if (question?.state !== "open" || question.jobId !== undefined) return COMPLETE;
    const leftMs = question.expiresAtEpochMs - clock.nowMs();
    if (leftMs > QUESTION_DUE_AHEAD_MS) return COMPLETE;
    if (leftMs > 0) return { message: "later", afterSeconds: Math.ceil(leftMs / 1_000) };
    const ended = await this.#questions.expire(tenantId, questionId);
    const isContended = !ended.ok && ended.problem.reason === "question_contended";
    return isContended ? { message: "later", afterSeconds: QUESTION_CONTENDED_SECONDS } : COMPLETE;
  }
}
