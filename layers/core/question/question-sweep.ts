import { inParallel } from "../in-parallel.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { QUESTION_ORPHAN_MS, QUESTIONS_LOOKED_AT_ONCE } from "./limits.ts";
import { callWhenDue } from "./question-due.ts";
import { settleClosed, tellOpen } from "./question-end.ts";
import type { QuestionEntry } from "./question-entries.ts";
import { type QuestionDeps, type QuestionParts, questionParts } from "./question-parts.ts";
import { Questions } from "./questions.ts";

/**
 * Brings a tenant's open questions on, whatever was lost: tells those that were not told, has those ended whose time is over
 * soon, ends those whose time is over, and does what follows from an end. Any number of sweepers may be at it at once and each
 * may end anywhere.
 */
export class QuestionSweep {
  readonly #parts: QuestionParts;
  readonly #questions: Questions;

  constructor(deps: QuestionDeps) {
    this.#parts = questionParts(deps);
    this.#questions = new Questions(deps);
  }

  /**
   * Begins with nothing after `untilEpochMs`. What one question throws is reported and keeps no other waiting.
   *
   * @returns whether there is anything left to look after.
   */
  async sweep(tenantId: TenantId, { untilEpochMs }: { readonly untilEpochMs: number }): Promise<{ isEmpty: boolean }> {
    let isEmpty = true;
    for await (const entries of this.#parts.entries.pages(tenantId)) {
      if (entries.length > 0) isEmpty = false;
      await inParallel(entries, { parallelMax: QUESTIONS_LOOKED_AT_ONCE }, async (entry) => {
        if (this.#parts.clock.nowMs() < untilEpochMs) await this.#look(tenantId, entry).catch(this.#parts.report);
      });
    }
    return { isEmpty };
  }

  async #look(tenantId: TenantId, entry: QuestionEntry): Promise<void> {
    const { store, entries, clock } = this.#parts;
    const nowMs = clock.nowMs();
    const question = await store.get(tenantId, entry.questionId);
    if (question === undefined) {
      // Whoever was paused before it made the question may make it still, as long as it could be answered.
      if (nowMs - entry.expiresAtEpochMs > QUESTION_ORPHAN_MS) await entries.close(tenantId, entry);
    } else if (question.expiresAtEpochMs !== entry.expiresAtEpochMs) {
      await entries.close(tenantId, entry); // of an attempt to ask that came to nothing: the question has its own
    } else if (question.state !== "open") await settleClosed(this.#parts, question);
    else if (nowMs >= question.expiresAtEpochMs) await this.#questions.expire(tenantId, entry.questionId);
    else {
      if (question.publishedRevision < question.revision) await tellOpen(this.#parts, question);
      await callWhenDue(this.#parts, question);
    }
  }
}
