import type { Chance } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import type { Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { jobScheduleKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { CronClock, type CronInvalid } from "./cron.ts";
import { JobMarks } from "./job-marks.ts";
import { checkOrder, type JobOrder } from "./job-order.ts";
import type { JobOrderInvalid, JobTooLarge } from "./job-problem.ts";
import { type JobSchedule, parseStoredSchedule, type ScheduleTime, storedSchedule, timesOf } from "./job-schedule.ts";
import {
  JOB_ATTEMPTS,
  JOB_CHANGE_ATTEMPTS_MAX,
  JOB_INPUT_INLINE_BYTES_MAX,
  SCHEDULE_AT_MS_MAX,
  SCHEDULES_MAX,
} from "./limits.ts";

export type ScheduleOrder = Omit<JobOrder, "delayMs" | "idempotencyKey" | "requestDigest"> & {
  readonly time: ScheduleTime;
};

export type ScheduleTimeInvalid = { readonly reason: "schedule_time_invalid"; readonly allowed: string };
export type SchedulesFull = { readonly reason: "schedules_full"; readonly limit: number };
export type ScheduleUnknown = { readonly reason: "schedule_unknown" };
/** While it was paused its last time has passed. */
export type ScheduleOver = { readonly reason: "schedule_over" };
/** So many changed it at once that this change never came first. It may be tried again. */
export type ScheduleContended = { readonly reason: "schedule_contended"; readonly attempts: number };

export type ScheduleCreateProblem = JobOrderInvalid | JobTooLarge | CronInvalid | ScheduleTimeInvalid | SchedulesFull;
export type ScheduleChangeProblem = ScheduleUnknown | ScheduleOver | ScheduleContended;

/**
 * Jobs that are submitted by the clock: at the times of a cron expression, or at one moment. The sweeper submits each
 * occurrence once, up to two minutes ahead and with a delay, so that it is ready on its second. A schedule whose last
 * occurrence is submitted is gone.
 *
 * Not promised: that a pause or a removal stops an occurrence of the next two minutes, which may be submitted already; nor
 * that several who create at once stop exactly at the limit.
 */
export class JobSchedules {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #chance: Chance;
  readonly #marks: JobMarks;

  constructor(deps: {
    /** The one of regional state. */
    readonly table: Table;
    readonly clock: Clock;
    readonly chance: Chance;
    /** Whose sweeper runs them. */
    readonly region: string;
  }) {
    this.#table = deps.table;
    this.#clock = deps.clock;
    this.#chance = deps.chance;
    this.#marks = new JobMarks(deps);
  }

  async create(
    tenantId: TenantId,
    { time, ...order }: ScheduleOrder,
  ): Promise<Result<JobSchedule, ScheduleCreateProblem>> {
    const nowMs = this.#clock.nowMs();
    const checked = checkScheduled(order);
    if (!checked.ok) return checked;
    const first = firstTime(time, nowMs);
    if (!first.ok) return first;
    if ((await this.list(tenantId)).length >= SCHEDULES_MAX)
      return refused({ reason: "schedules_full", limit: SCHEDULES_MAX });
    const schedule: JobSchedule = {
      tenantId,
      scheduleId: `sch_${this.#chance.token(ID_BYTES)}`,
      title: order.title,
      time,
      state: "active",
      version: 1,
      kind: order.kind,
      input: order.input,
      submitter: order.submitter,
      priority: order.priority ?? "normal",
      attemptsMax: order.attemptsMax ?? JOB_ATTEMPTS,
      createdAtEpochMs: nowMs,
      nextAtEpochMs: first.value,
    };
    // Before, so that none is left that nobody is led to; and again, in case this took long: mostly for nothing.
    await this.#marks.mark(tenantId);
    await this.#table.put(storedSchedule(schedule), { if: "absent" });
    await this.#marks.mark(tenantId);
    return ok(schedule);
  }

  /** All of a tenant's, in no order that means anything. */
  async list(tenantId: TenantId): Promise<readonly JobSchedule[]> {
    const range = { pk: recordPartition(tenantId, "JOB-SCHEDULE"), limit: LISTED_MAX };
    const { items } = await this.#table.query(range);
    return items.map((item) => parseStoredSchedule(tenantId, item));
  }

  async get(tenantId: TenantId, scheduleId: string): Promise<JobSchedule | undefined> {
    if (!SCHEDULE_ID_PATTERN.test(scheduleId)) return undefined;
    const item = await this.#table.get(jobScheduleKey(tenantId, scheduleId));
    return item && parseStoredSchedule(tenantId, item);
  }

  /** Of a job that it has submitted nothing is changed. */
  async remove(tenantId: TenantId, scheduleId: string): Promise<Result<undefined, ScheduleUnknown>> {
    if (!SCHEDULE_ID_PATTERN.test(scheduleId)) return refused({ reason: "schedule_unknown" });
    const removed = await this.#table.delete(jobScheduleKey(tenantId, scheduleId), { if: "present" });
    return removed.ok ? ok() : refused({ reason: "schedule_unknown" });
  }

  pause(tenantId: TenantId, scheduleId: string): Promise<Result<JobSchedule, ScheduleChangeProblem>> {
    return this.#changed(tenantId, scheduleId, ({ nextAtEpochMs: _none, ...schedule }) =>
      ok({ ...schedule, state: "paused" }),
    );
  }

  /** What it has missed while it was paused is not made up for. */
  resume(tenantId: TenantId, scheduleId: string): Promise<Result<JobSchedule, ScheduleChangeProblem>> {
    return this.#changed(tenantId, scheduleId, (schedule) => {
      if (schedule.state === "active") return ok(schedule);
      const nextAtEpochMs = timesOf(schedule.time)(this.#clock.nowMs());
      if (nextAtEpochMs === undefined) return refused({ reason: "schedule_over" });
      return ok({ ...schedule, state: "active", nextAtEpochMs });
    });
  }

  async #changed(
    tenantId: TenantId,
    scheduleId: string,
    change: (schedule: JobSchedule) => Result<JobSchedule, ScheduleOver>,
  ): Promise<Result<JobSchedule, ScheduleChangeProblem>> {
    for (let attempt = 1; attempt <= JOB_CHANGE_ATTEMPTS_MAX; attempt++) {
      const schedule = await this.get(tenantId, scheduleId);
      if (schedule === undefined) return refused({ reason: "schedule_unknown" });
      const changed = change(schedule);
      if (!changed.ok) return changed;
      const next = { ...changed.value, version: schedule.version + 1 };
      const same = { if: "equals", attribute: "version", value: schedule.version } as const;
      if ((await this.#table.put(storedSchedule(next), same)).ok) {
        await this.#marks.mark(tenantId);
        return ok(next);
      }
    }
    return refused({ reason: "schedule_contended", attempts: JOB_CHANGE_ATTEMPTS_MAX });
  }
}

const ID_BYTES = 12;
const SCHEDULE_ID_PATTERN = /^sch_[A-Za-z0-9_-]{16}$/;
/** Those that were created at once past the limit are listed as well. */
const LISTED_MAX = 2 * SCHEDULES_MAX;

/** What a schedule holds is written with each of its occurrences, so it is no larger than what lies in a job itself. */
function checkScheduled(order: JobOrder): Result<undefined, JobOrderInvalid | JobTooLarge> {
  const checked = checkOrder(order);
  if (!checked.ok) return checked;
  const { bytes } = checked.value;
  if (bytes <= JOB_INPUT_INLINE_BYTES_MAX) return ok();
  return refused({ reason: "job_too_large", part: "input", bytes, bytesMax: JOB_INPUT_INLINE_BYTES_MAX });
}

function firstTime(time: ScheduleTime, nowMs: number): Result<number, CronInvalid | ScheduleTimeInvalid> {
  if (time.by === "at") {
    const isWithin =
      Number.isSafeInteger(time.atEpochMs) && time.atEpochMs > nowMs && time.atEpochMs - nowMs <= SCHEDULE_AT_MS_MAX;
    return isWithin
      ? ok(time.atEpochMs)
      : refused({ reason: "schedule_time_invalid", allowed: "a moment to come, within a year" });
  }
  const clock = CronClock.parse(time.cron);
  if (!clock.ok) return clock;
  const first = clock.value.after(nowMs);
  return first === undefined
    ? refused({ reason: "schedule_time_invalid", allowed: "times of which one is to come" })
    : ok(first);
}
