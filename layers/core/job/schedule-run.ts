import { type Condition, type Item, QUERY_LIMIT_MAX } from "../ports/table.ts";
import { jobScheduleKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { JobParts } from "./job-parts.ts";
import { type JobSchedule, parseStoredSchedule, storedSchedule, timesOf } from "./job-schedule.ts";
import { JobSubmission } from "./job-submission.ts";
import { SCHEDULE_AHEAD_MS, SCHEDULE_MAKE_UP_MS_MAX } from "./limits.ts";

/**
 * Submits what schedules have due.
 *
 * An occurrence is submitted under the name of its schedule and time, and only then is the schedule moved on. So who dies
 * in between leaves the same occurrence to be submitted again, which finds its job made; and two at once make one job. Of
 * occurrences that were missed while nothing ran, the latest is made up for, and none that is older than five days.
 */
export class ScheduleRun {
  readonly #parts: JobParts;
  readonly #submission: JobSubmission;

  constructor(parts: JobParts) {
    this.#parts = parts;
    this.#submission = new JobSubmission(parts);
  }

  /** `kept`: as many schedules as there were. */
  async run(tenantId: TenantId): Promise<{ readonly submitted: number; readonly kept: number }> {
    // There are fewer of a tenant's than a page holds.
    const range = { pk: recordPartition(tenantId, "JOB-SCHEDULE"), limit: QUERY_LIMIT_MAX };
    const { items } = await this.#parts.table.query(range);
    const schedules = items.flatMap((item) => this.#read(tenantId, item));
    let submitted = 0;
    for (const schedule of schedules) {
      if ((schedule.nextAtEpochMs ?? Number.POSITIVE_INFINITY) > this.#parts.clock.nowMs() + SCHEDULE_AHEAD_MS)
        continue;
      try {
        if (await this.#runDue(schedule)) submitted++;
      } catch (fault) {
        this.#parts.report(fault);
      }
    }
    return { submitted, kept: items.length };
  }

  /** One that can't be read holds up no other. */
  #read(tenantId: TenantId, item: Item): readonly JobSchedule[] {
    try {
      return [parseStoredSchedule(tenantId, item)];
    } catch (fault) {
      this.#parts.report(fault);
      return [];
    }
  }

  async #runDue(schedule: JobSchedule): Promise<boolean> {
    const nowMs = this.#parts.clock.nowMs();
    const dueAtEpochMs = latestDue(schedule, nowMs);
    if (dueAtEpochMs === undefined) {
      await this.#move(schedule, { afterEpochMs: nowMs, done: {} });
      return false;
    }
    const { kind, title, input, submitter, priority, attemptsMax, scheduleId, tenantId } = schedule;
    const submitted = await this.#submission.submit(
      tenantId,
      { kind, title, input, submitter, priority, attemptsMax },
      { occurrence: { name: `${scheduleId}#${dueAtEpochMs}`, atEpochMs: dueAtEpochMs } },
    );
    if (!submitted.ok) {
      const problem = submitted.problem.reason;
      if (schedule.problem !== problem) await this.#write(schedule, { ...schedule, problem });
      return false;
    }
    const last = { atEpochMs: dueAtEpochMs, jobId: submitted.value.job.jobId };
    await this.#move(schedule, { afterEpochMs: dueAtEpochMs, done: { last } });
    return submitted.value.isNew;
  }

  async #move(
    schedule: JobSchedule,
    { afterEpochMs, done }: { readonly afterEpochMs: number; readonly done: Partial<Pick<JobSchedule, "last">> },
  ): Promise<void> {
    const next = timesOf(schedule.time)(afterEpochMs);
    if (next === undefined) {
      await this.#parts.table.delete(jobScheduleKey(schedule.tenantId, schedule.scheduleId), asRead(schedule));
      return;
    }
    const { problem: _solved, ...rest } = schedule;
    await this.#write(schedule, { ...rest, ...done, nextAtEpochMs: next });
  }

  /** Where somebody has changed the schedule meanwhile, theirs counts. */
  async #write(before: JobSchedule, after: JobSchedule): Promise<void> {
    await this.#parts.table.put(storedSchedule({ ...after, version: before.version + 1 }), asRead(before));
  }
}

const asRead = ({ version }: JobSchedule): Condition => ({ if: "equals", attribute: "version", value: version });

/** The next occurrence where its time is still to come, else the latest one whose time has; undefined where that is too old. */
function latestDue({ time, nextAtEpochMs }: JobSchedule, nowMs: number): number | undefined {
  if (nextAtEpochMs === undefined) return undefined;
  if (nextAtEpochMs > nowMs) return nextAtEpochMs;
  const after = timesOf(time);
  for (const spanMs of LOOK_BACK_MS) {
    const first = nextAtEpochMs > nowMs - spanMs ? nextAtEpochMs : after(nowMs - spanMs);
    if (first !== undefined && first <= nowMs) return latestUpTo(nowMs, { first, after });
  }
  return undefined;
}

/** The shorter a span, the fewer occurrences lie in it; only the last of them counts. */
const LOOK_BACK_MS = [3_600_000, 86_400_000, SCHEDULE_MAKE_UP_MS_MAX] as const;

function latestUpTo(
  nowMs: number,
  { first, after }: { readonly first: number; readonly after: (epochMs: number) => number | undefined },
): number {
  let latest = first;
  let following = after(first);
  while (following !== undefined && following <= nowMs) {
    latest = following;
    following = after(following);
  }
  return latest;
}
