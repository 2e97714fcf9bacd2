import { StoreFault } from "../ports/store-fault.ts";
import type { Json } from "../ports/table.ts";
import type { Job, JobProgress } from "./job.ts";
import type { JobParts } from "./job-parts.ts";
import type { JobStop } from "./job-run.ts";
import { heldIn } from "./job-store.ts";
import {
  JOB_HEARTBEAT_MS,
  JOB_HEARTBEAT_RETRY_MS,
  JOB_LEASE_MS,
  JOB_PROGRESS_EVERY_MS,
  JOB_PROGRESS_MESSAGE_CHARACTERS_MAX,
} from "./limits.ts";

type ClaimParts = Pick<JobParts, "store" | "clock" | "policies" | "report">;

/**
 * A worker's hold of a job: extends the lease, writes progress, and sees what is to stop the work. It knows its own lease by
 * its own clock, and counts from before the write that extended it; so it stops no later than another may begin, but for
 * what their clocks differ. What it writes after that is refused by the term.
 */
export class JobClaim {
  readonly #parts: ClaimParts;
  readonly #job: Job;
  readonly #deadlineEpochMs: number;
  readonly #stopped = new AbortController();
  readonly #over = new AbortController();
  #wake = new AbortController();
  #leaseUntilMs: number;
  #nextBeatMs: number;
  #lastBeatMs: number;
  #unwritten: JobProgress | undefined;
  #isLost = false;
  #beats: Promise<unknown> = Promise.resolve();

  constructor(parts: ClaimParts, job: Job, given: { readonly claimedAtMs: number; readonly deadlineEpochMs: number }) {
    this.#parts = parts;
    this.#job = job;
    this.#deadlineEpochMs = given.deadlineEpochMs;
    this.#leaseUntilMs = given.claimedAtMs + JOB_LEASE_MS;
    this.#lastBeatMs = given.claimedAtMs;
    this.#nextBeatMs = given.claimedAtMs + JOB_HEARTBEAT_MS;
  }

  /** Aborted once the work is to stop. */
  get signal(): AbortSignal {
    return this.#stopped.signal;
  }

  /** Why the work is to stop; undefined while it is not. */
  get stop(): JobStop | undefined {
    return this.#why;
  }
  #why: JobStop | undefined;

  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  start(): void {
    this.#beats = Promise.all([this.#beat(), this.#watchTime()]);
  }

  /** Ends the heartbeats, and tells the progress that was not yet written. */
  async end(): Promise<JobProgress | undefined> {
    this.#over.abort(OVER);
    this.#wake.abort(OVER);
    await this.#beats;
    return this.#unwritten;
  }

  halt(why: JobStop): void {
    if (this.#why !== undefined) return;
    this.#why = why;
    this.#stopped.abort(why);
  }

  tell(progress: JobProgress): void {
    this.#unwritten = checkedProgress(progress);
    this.#beatBy(this.#lastBeatMs + JOB_PROGRESS_EVERY_MS);
  }

  #beatBy(atMs: number): void {
    if (atMs >= this.#nextBeatMs) return;
    this.#nextBeatMs = atMs;
    this.#wake.abort(OVER);
  }

  /** As long as the work takes, which has a deadline. */
  async #beat(): Promise<void> {
    while (!this.isOver && !this.#isLost) {
      this.#wake = new AbortController();
      await this.#parts.clock.sleep(Math.max(0, this.#nextBeatMs - this.#parts.clock.nowMs()), this.#wake.signal);
      if (!this.isOver && this.#parts.clock.nowMs() >= this.#nextBeatMs) await this.#beatOnce();
    }
  }

  async #beatOnce(): Promise<void> {
    const sentAtMs = this.#parts.clock.nowMs();
    const progress = this.#unwritten;
    this.#lastBeatMs = sentAtMs;
    this.#nextBeatMs = sentAtMs + JOB_HEARTBEAT_MS;
    this.#unwritten = undefined;
    try {
      if (!(await this.#isTenantActive())) this.halt("tenant_inactive");
      const beaten = await this.#parts.store.change(this.#job.tenantId, this.#job.jobId, {
        change: beatOf({ sentAtMs, progress }),
        where: heldIn(this.#job.term),
      });
      if (!beaten.ok) return this.#lose();
      this.#leaseUntilMs = sentAtMs + JOB_LEASE_MS;
      if (beaten.value.cancelAskedAtEpochMs !== undefined) this.halt("cancelled");
    } catch (fault) {
      if (!(fault instanceof StoreFault)) throw fault;
      this.#parts.report(fault);
      this.#unwritten ??= progress;
      this.#beatBy(sentAtMs + JOB_HEARTBEAT_RETRY_MS);
    }
  }

  /** Where that can't be read the work goes on: the table that the job is in may well answer. */
  async #isTenantActive(): Promise<boolean> {
    try {
      return (await this.#parts.policies.policyOf(this.#job.tenantId))?.status === "active";
    } catch (fault) {
      this.#parts.report(fault);
      return true;
    }
  }

  #lose(): void {
    this.#isLost = true;
    this.halt("lease_lost");
  }

  /** Also where a heartbeat hangs. */
  async #watchTime(): Promise<void> {
    while (!this.isOver && !this.signal.aborted) {
      const nowMs = this.#parts.clock.nowMs();
      if (nowMs >= this.#deadlineEpochMs) this.halt("deadline");
      else if (nowMs >= this.#leaseUntilMs) this.halt("lease_lost");
      else
        await this.#parts.clock.sleep(Math.min(this.#deadlineEpochMs, this.#leaseUntilMs) - nowMs, this.#over.signal);
    }
  }
}

/** A reason of its own: making an error for each end of each job would cost more than a table's write. */
const OVER = "over";

function beatOf({ sentAtMs, progress }: { readonly sentAtMs: number; readonly progress: JobProgress | undefined }) {
  const leaseUntilEpochMs = sentAtMs + JOB_LEASE_MS;
  if (progress === undefined) return { set: { leaseUntilEpochMs } };
  return {
    set: { leaseUntilEpochMs, progress: storedProgress(progress), changedAtEpochMs: sentAtMs },
    add: { revision: 1 },
  };
}

export const storedProgress = (progress: JobProgress): Json => ({ ...progress });

/** Progress that is no number is a handler's mistake, and no reason for its job to fail. */
function checkedProgress({ done, total, message }: JobProgress): JobProgress {
  return {
    done: finite(done) ?? 0,
    ...(finite(total) !== undefined && { total: finite(total) ?? 0 }),
    ...(message !== undefined && { message: message.slice(0, JOB_PROGRESS_MESSAGE_CHARACTERS_MAX).toWellFormed() }),
  };
}

function finite(value: number | undefined): number | undefined {
  if (value === undefined || !Number.isFinite(value)) return undefined;
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value));
}
