import type { Condition, Item, ItemTooLarge, Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import type { Job } from "./job.ts";

/** The worker has lost its job, or ended it: its write did nothing. */
export type TermOver = { readonly reason: "term_over" };
/** Something lies there that this job has not written: its write did nothing. */
export type WrittenElsewhere = { readonly reason: "written_elsewhere"; readonly current: Item };

/**
 * What a job's handler writes to the table, so that its effect is there once, however many workers were at it.
 *
 * Each item carries the job and the term under which it was written. It is written where nothing lies, or what this same job
 * wrote under this term or an earlier one; so of two workers that write one item the later claim wins, in whatever order
 * the writes arrive.
 *
 * Promised: once a worker has written an item, no worker of an earlier term changes it any more. A handler that writes
 * the same keys each time it runs, before it returns, leaves exactly what the run wrote that ended the job.
 *
 * Not promised: an item that an earlier worker wrote and a later one does not touch stays as it is, also where it arrives
 * after the later claim, so keys must not depend on chance. And nothing outside of the table is fenced, neither calls
 * to other services nor blobs: what must not happen twice there needs a name that the service knows again, such as
 * the job's id.
 */
export class FencedWriter {
  readonly #table: Table;
  readonly #job: Pick<Job, "jobId" | "term">;
  readonly #isOver: () => boolean;

  constructor(deps: {
    readonly table: Table;
    readonly job: Pick<Job, "jobId" | "term">;
    readonly isOver: () => boolean;
  }) {
    this.#table = deps.table;
    this.#job = deps.job;
    this.#isOver = deps.isOver;
  }

  async put(item: Item): Promise<Result<undefined, TermOver | WrittenElsewhere | ItemTooLarge>> {
    if (this.#isOver()) return refused({ reason: "term_over" });
    const { jobId, term } = this.#job;
    const written = await this.#table.put({ ...item, writtenByJob: jobId, writtenInTerm: term }, mineUpTo(this.#job));
    if (written.ok) return ok();
    if (written.problem.reason === "item_too_large") return refused(written.problem);
    const { current } = written.problem;
    return current === undefined || current.writtenByJob === jobId
      ? refused({ reason: "term_over" })
      : refused({ reason: "written_elsewhere", current });
  }
}

function mineUpTo({ jobId, term }: Pick<Job, "jobId" | "term">): Condition {
  const mine: Condition = { if: "equals", attribute: "writtenByJob", value: jobId };
  return {
    if: "any",
    of: [{ if: "absent" }, { if: "all", of: [mine, { if: "below", attribute: "writtenInTerm", value: term + 1 }] }],
  };
}
