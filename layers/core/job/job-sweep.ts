import { inParallel } from "../in-parallel.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { TOO_OLD } from "./ending-of.ts";
import { isEnd, type Job, startsAt } from "./job.ts";
import { endedAt, releaseEnded } from "./job-end.ts";
import { firstLookAt, type JobEntry } from "./job-entries.ts";
import type { JobMark } from "./job-marks.ts";
import { type JobDeps, type JobParts, jobParts } from "./job-parts.ts";
import { asSeen, inState } from "./job-store.ts";
import {
  JOB_KEPT_MS,
  JOB_WAIT_MS_MAX,
  ORPHAN_MS,
  QUEUE_DELAY_MS_MAX,
  RESEND_MS,
  RESEND_MS_MAX,
  SWEEP_ENTRIES_AT_ONCE,
  SWEEP_MARK_PAGES_MAX,
  SWEEP_TENANTS_AT_ONCE,
  WAITING_LOOK_MS,
} from "./limits.ts";
import { ScheduleRun } from "./schedule-run.ts";

export interface SweepRun {
  /** Tenants that were looked at. */
  readonly tenants: number;
  /** Messages that were sent. */
  readonly sent: number;
  /** Entries that were deleted. */
  readonly closed: number;
  /** Jobs that schedules have made. */
  readonly scheduled: number;
  /** Whether it came to the last tenant. */
  readonly isFinished: boolean;
}

type Tally = { -readonly [Name in Exclude<keyof SweepRun, "isFinished">]: number };

/** Looks after what else a tenant may have. Begins with nothing after `untilEpochMs`, and says whether there is anything left. */
export type TenantSweep = (
  tenantId: TenantId,
  bounds: { readonly untilEpochMs: number },
) => Promise<{ readonly isEmpty: boolean }>;

export interface JobSweepDeps extends JobDeps {
  /** Of what is not jobs, and marks its tenant as jobs do. A mark goes once all of them have nothing left. @default none */
  readonly others?: readonly TenantSweep[];
  /** Whose marks it follows: its own region's, and those of regions that nobody else sweeps. @default its own */
  readonly regions?: readonly string[];
}

/**
 * Brings every open job on, whatever was lost: messages, workers, or the processes that submitted.
 *
 * It follows a region's marks to the tenants, and their entries to the jobs. It sends what is ready and has no worker,
 * sends what will be ready within a quarter of an hour so that it starts on its second, ends what has been open or has
 * waited too long, deletes the entries of what has ended or was never made, and gives back their places. It is the clock of
 * schedules too.
 *
 * Any number of sweepers may be at it at once and each may end anywhere: each step is conditional or may be done twice.
 * A message that is sent needlessly changes nothing. Of a tenant that is not active nothing is touched.
 */
export class JobSweep {
  readonly #parts: JobParts;
  readonly #regions: readonly string[];
  readonly #schedules: ScheduleRun;
  readonly #others: readonly TenantSweep[];
  /** Where the last run of each region stopped before its end: the next goes on from there, so that all have their turn. */
  readonly #reached = new Map<string, string>();

  constructor({ regions, others = [], ...deps }: JobSweepDeps) {
    this.#others = others;
    this.#parts = jobParts(deps);
    this.#regions = regions ?? [deps.region];
    this.#schedules = new ScheduleRun(this.#parts);
  }

  /**
   * Begins with nothing after `untilEpochMs`; the next run goes on from there. What one tenant's records throw is reported and keeps no other waiting.
   *
   * @throws {StoreFault} when the marks can't be read.
   */
  async run({ untilEpochMs }: { readonly untilEpochMs: number }): Promise<SweepRun> {
    const tally: Tally = { tenants: 0, sent: 0, closed: 0, scheduled: 0 };
    for (const region of this.#regions) {
      if (!(await this.#sweepRegion(region, { untilEpochMs, tally }))) return { ...tally, isFinished: false };
    }
    return { ...tally, isFinished: true };
  }

  async #sweepRegion(region: string, run: { readonly untilEpochMs: number; readonly tally: Tally }): Promise<boolean> {
    for (let page = 1; page <= SWEEP_MARK_PAGES_MAX; page++) {
      const { marks, last } = await this.#parts.marks.page(region, {
        after: this.#reached.get(region),
        report: this.#parts.report,
      });
      await inParallel(marks, { parallelMax: SWEEP_TENANTS_AT_ONCE }, async (mark) => {
        if (this.#parts.clock.nowMs() < run.untilEpochMs) await this.#follow(mark, run).catch(this.#parts.report);
      });
      if (this.#parts.clock.nowMs() >= run.untilEpochMs) return false;
      if (last === undefined) {
        this.#reached.delete(region);
        return true;
      }
      this.#reached.set(region, last);
    }
    return false;
  }

  async #follow(mark: JobMark, { untilEpochMs, tally }: { readonly untilEpochMs: number; readonly tally: Tally }) {
    const { tenantId } = mark;
    const policy = await this.#parts.policies.policyOf(tenantId);
    tally.tenants++;
    // Of a tenant that is erased nothing is left to look at, and its mark goes; of one that may come back all stays.
    if (policy !== undefined && policy.status !== "active") return;
    const schedules = await this.#schedules.run(tenantId);
    tally.scheduled += schedules.submitted;
    let isEmpty = schedules.kept === 0;
    for await (const entries of this.#parts.entries.pages(tenantId)) {
      if (entries.length > 0) isEmpty = false;
      const due = entries.filter(({ lookAtEpochMs }) => lookAtEpochMs <= this.#parts.clock.nowMs());
      await inParallel(due, { parallelMax: SWEEP_ENTRIES_AT_ONCE }, async (entry) => {
        if (this.#parts.clock.nowMs() < untilEpochMs)
          await this.#look(tenantId, entry, tally).catch(this.#parts.report);
      });
    }
    for (const sweep of this.#others) {
      if (!(await sweep(tenantId, { untilEpochMs })).isEmpty) isEmpty = false;
    }
    if (isEmpty) await this.#parts.marks.removeIfOld(mark);
  }

  async #look(tenantId: TenantId, entry: JobEntry, tally: Tally): Promise<void> {
    const job = await this.#parts.store.get(tenantId, entry.jobId);
    const isGone = job === undefined || entry.drive > job.drive;
    if (isGone && !(await this.#isNeverDriven(tenantId, entry, job))) return;
    if (isGone || job.drive > entry.drive) {
      await this.#parts.entries.close(tenantId, entry);
      tally.closed++;
    } else if (isEnd(job.state)) {
      await releaseEnded(this.#parts, job);
      tally.closed++;
    } else if (await this.#isOverdue(job)) tally.closed++;
    else if (await this.#bringOn(tenantId, { job, entry })) tally.sent++;
  }

  /** Whether it is certain by now that nobody makes or drives the job under this entry any more. */
  async #isNeverDriven(tenantId: TenantId, entry: JobEntry, job: Job | undefined): Promise<boolean> {
    const { clock, store } = this.#parts;
    const nowMs = clock.nowMs();
    if (nowMs - entry.openedAtEpochMs < ORPHAN_MS) return false;
    if (job === undefined) {
      const expiresAtEpochSeconds = Math.ceil((nowMs + JOB_KEPT_MS) / 1_000);
      return (await store.makeVoid(tenantId, entry.jobId, expiresAtEpochSeconds)).ok;
    }
    const counted = await store.change(tenantId, entry.jobId, {
      change: { set: { drive: entry.drive }, add: { revision: 1 } },
      where: [inState("failed"), ...asSeen(job)],
    });
    return counted.ok;
  }

  /** Ends a job that nobody runs and that has been open, or has waited, for too long. */
  async #isOverdue(job: Job): Promise<boolean> {
    const nowMs = this.#parts.clock.nowMs();
    const isUnanswered =
      job.state === "waiting" && job.wakeAtEpochMs === undefined && nowMs - job.changedAtEpochMs > JOB_WAIT_MS_MAX;
    const isTooOld = job.state !== "running" && nowMs > job.endByEpochMs;
    if (!isUnanswered && !isTooOld) return false;
    const failure = isUnanswered
      ? { code: "job_unanswered", message: "The job has waited too long for its answers." }
      : TOO_OLD;
    const ended = await this.#parts.store.change(job.tenantId, job.jobId, {
      change: {
        set: { state: "failed", failure: { ...failure }, changedAtEpochMs: nowMs, ...endedAt(nowMs) },
        add: { revision: 1 },
      },
      where: [inState(job.state), ...asSeen(job)],
    });
    if (ended.ok) await releaseEnded(this.#parts, ended.value);
    return ended.ok;
  }

  /** Whether a message was sent. Sent first and put off then: who dies in between leaves it to the next sweep. */
  async #bringOn(
    tenantId: TenantId,
    { job, entry }: { readonly job: Job; readonly entry: JobEntry },
  ): Promise<boolean> {
    const nowMs = this.#parts.clock.nowMs();
    const { term } = job;
    const resends = entry.term === term ? entry.resends : 0;
    const putOff = (lookAtEpochMs: number, count: number) =>
      this.#parts.entries.putOff(tenantId, entry, { lookAtEpochMs, resends: count, term });
    const startsAtEpochMs = startsAt(job);
    if (startsAtEpochMs === undefined) {
      await putOff(Math.min(job.changedAtEpochMs + JOB_WAIT_MS_MAX + 1, nowMs + WAITING_LOOK_MS), 0);
      return false;
    }
    const leaseUntilEpochMs = job.state === "running" ? (job.leaseUntilEpochMs ?? 0) : 0;
    if (leaseUntilEpochMs >= nowMs) {
      await putOff(leaseUntilEpochMs + 1, 0);
      return false;
    }
    // What it waits for may come at any time, and the message that follows may be lost.
    const latestLook = job.state === "waiting" ? nowMs + WAITING_LOOK_MS : Number.POSITIVE_INFINITY;
    if (startsAtEpochMs - nowMs > QUEUE_DELAY_MS_MAX) {
      await putOff(Math.min(firstLookAt(startsAtEpochMs, nowMs), latestLook), 0);
      return false;
    }
    if (!(await this.#parts.sender.sendStart(job))) return false;
    const waitMs = Math.min(RESEND_MS * 2 ** resends, RESEND_MS_MAX);
    await putOff(
      Math.min(Math.max(nowMs, startsAtEpochMs) + waitMs, latestLook),
      job.state === "waiting" ? 0 : resends + 1,
    );
    return true;
  }
}
