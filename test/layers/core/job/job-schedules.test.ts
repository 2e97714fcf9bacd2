import { expect, test } from "vitest";
import type { Job } from "../../../../layers/core/job/job.ts";
import type { JobSchedule } from "../../../../layers/core/job/job-schedule.ts";
import type { ScheduleOrder } from "../../../../layers/core/job/job-schedules.ts";
import { SCHEDULE_AT_MS_MAX, SCHEDULES_MAX } from "../../../../layers/core/job/limits.ts";
import { type Result, refused } from "../../../../layers/core/result.ts";
import { jobMarkKey } from "../../../../layers/core/store/keys.ts";
import { FLEET_TENANT } from "../../../../layers/core/tenant/tenant-id.ts";
import { acme, anOrder, type JobBench, jobBench } from "../../../fixtures/job-bench.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const hourly = { by: "cron", cron: { expression: "0 * * * *", zone: "UTC" } } as const;

const aSchedule = (given: Partial<ScheduleOrder> = {}): ScheduleOrder => {
  const { kind, title, input, submitter } = anOrder();
  return { kind, title, input, submitter, time: hourly, ...given };
};

function value<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new TypeError(`refused: ${JSON.stringify(result.problem)}`);
  return result.value;
}

const created = async (bench: JobBench, given: Partial<ScheduleOrder> = {}): Promise<JobSchedule> =>
  value(await bench.schedules.create(acme, aSchedule(given)));

/** The hours for which jobs were made, since the bench began. */
async function hoursOfJobs(bench: JobBench): Promise<readonly number[]> {
  const { jobs } = value(await bench.jobs.list(acme, { limit: 100 }));
  return jobs.map(({ readyAtEpochMs }: Job) => (readyAtEpochMs - START_MS) / HOUR_MS).sort((a, b) => a - b);
}
const START_MS = Date.UTC(2027, 0, 1);

async function sweepEachMinute(bench: JobBench, minutes: number): Promise<void> {
  for (let minute = 1; minute <= minutes; minute++) {
    bench.clock.advance(60_000);
    await bench.sweep();
  }
}

test("each occurrence is submitted once, ahead of its time, and is ready on its second", async () => {
  const bench = jobBench();
  await created(bench, { priority: "high", attemptsMax: 7, input: { report: "daily" } });

  await sweepEachMinute(bench, 57);
  const before = await hoursOfJobs(bench);
  await sweepEachMinute(bench, 1);
  const after = await hoursOfJobs(bench);
  await sweepEachMinute(bench, 122);

  expect([before, after]).toEqual([[], [1]]);
  expect(await hoursOfJobs(bench)).toEqual([1, 2, 3]);
  expect(bench.sent[0]).toMatchObject({ visibleAtMs: START_MS + HOUR_MS, priority: "high" });
  const [job] = value(await bench.jobs.list(acme, {})).jobs;
  expect(job).toMatchObject({ kind: "echo", priority: "high", attemptsMax: 7, input: { json: { report: "daily" } } });
});

test("many sweepers at once submit an occurrence once", async () => {
  const bench = jobBench();
  await created(bench);
  bench.clock.advance(HOUR_MS);

  const runs = await Promise.all([1, 2, 3, 4].map(() => bench.sweep()));

  expect(runs.reduce((sum, { scheduled }) => sum + scheduled, 0)).toBe(1);
  expect(await hoursOfJobs(bench)).toEqual([1]);
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([1, 1]);
});

test("a sweeper that dies after it has submitted leaves nothing to be submitted twice", async () => {
  const bench = jobBench();
  const schedule = await created(bench);
  const stored = await bench.deps.table.get({ pk: "TENANT#acme#JOB-SCHEDULE", sk: schedule.scheduleId });
  bench.clock.advance(HOUR_MS);
  await bench.sweep();
  if (stored !== undefined) await bench.deps.table.put(stored);

  await bench.sweep();

  expect(await hoursOfJobs(bench)).toEqual([1]);
  expect(await bench.schedules.get(acme, schedule.scheduleId)).toMatchObject({
    last: { atEpochMs: START_MS + HOUR_MS },
  });
});

test("of what was missed while nothing ran the latest is made up for, and none that is older than five days", async () => {
  const bench = jobBench();
  const daily = { by: "cron", cron: { expression: "0 1 * * *", zone: "UTC" } } as const;
  const monthly = { by: "cron", cron: { expression: "0 1 1 * *", zone: "UTC" } } as const;
  await created(bench, { time: daily });
  await created(bench, { time: monthly, title: "monthly" });

  bench.clock.advance(3 * DAY_MS);
  await bench.sweep();
  const three = await hoursOfJobs(bench);
  bench.clock.advance(34 * DAY_MS);
  await bench.sweep();

  expect(three).toEqual([1, 49]);
  // The month's other day was six days ago.
  expect(await hoursOfJobs(bench)).toEqual([1, 49, 36 * 24 + 1]);
  expect(await bench.schedules.list(acme)).toMatchObject(
    expect.arrayContaining([expect.objectContaining({ title: "monthly", nextAtEpochMs: Date.UTC(2027, 2, 1, 1) })]),
  );
});

test("a schedule of one moment runs once, on its second, and is gone", async () => {
  const bench = jobBench();
  const { scheduleId } = await created(bench, { time: { by: "at", atEpochMs: START_MS + 190_000 } });

  await sweepEachMinute(bench, 1);
  const before = await bench.schedules.get(acme, scheduleId);
  await sweepEachMinute(bench, 5);

  expect(before).toMatchObject({ state: "active", nextAtEpochMs: START_MS + 190_000 });
  expect(await bench.schedules.get(acme, scheduleId)).toBeUndefined();
  expect(bench.sent[0]?.visibleAtMs).toBe(START_MS + 190_000);
  expect(await hoursOfJobs(bench)).toHaveLength(1);
});

test("an occurrence that the quota does not allow is told of and tried again, until the next is due", async () => {
  const bench = jobBench();
  bench.setLimit(0);
  const { scheduleId } = await created(bench);
  await sweepEachMinute(bench, 62);
  const refusedOnce = await bench.schedules.get(acme, scheduleId);

  bench.setLimit(1);
  await sweepEachMinute(bench, 1);
  const solved = await bench.schedules.get(acme, scheduleId);

  expect(refusedOnce).toMatchObject({ problem: "quota_reached", nextAtEpochMs: START_MS + HOUR_MS });
  expect(await hoursOfJobs(bench)).toEqual([1]);
  expect(solved?.problem).toBeUndefined();
});

test("a schedule keeps its tenant marked, also where it alone is left", async () => {
  const bench = jobBench();
  await created(bench);
  bench.clock.advance(30 * 60_000);

  await bench.sweep();

  expect(await bench.deps.table.get(jobMarkKey(FLEET_TENANT, { region: "here", of: acme }))).toBeDefined();
});

test("a schedule that is paused submits nothing, and after it nothing is made up for", async () => {
  const bench = jobBench();
  const { scheduleId } = await created(bench);
  const paused = value(await bench.schedules.pause(acme, scheduleId));
  await sweepEachMinute(bench, 150);
  const resumed = value(await bench.schedules.resume(acme, scheduleId));
  const again = value(await bench.schedules.resume(acme, scheduleId));
  await sweepEachMinute(bench, 30);

  expect(paused).toMatchObject({ state: "paused" });
  expect(paused.nextAtEpochMs).toBeUndefined();
  expect(resumed).toMatchObject({ state: "active", nextAtEpochMs: START_MS + 3 * HOUR_MS });
  expect(again).toMatchObject({ state: "active", nextAtEpochMs: START_MS + 3 * HOUR_MS });
  expect(await hoursOfJobs(bench)).toEqual([3]);
});

test("a schedule that is removed is gone, with no job of its own", async () => {
  const bench = jobBench();
  const { scheduleId } = await created(bench);

  const removed = await bench.schedules.remove(acme, scheduleId);
  const again = await bench.schedules.remove(acme, scheduleId);
  await sweepEachMinute(bench, 61);

  expect([removed.ok, again]).toEqual([true, refused({ reason: "schedule_unknown" })]);
  expect(await hoursOfJobs(bench)).toEqual([]);
});

test("another tenant's schedule can't be seen or changed", async () => {
  const bench = jobBench();
  const bolt = tenant("bolt");
  const { scheduleId } = await created(bench);
  const unknown = refused({ reason: "schedule_unknown" });

  const answers = [
    await bench.schedules.get(bolt, scheduleId),
    await bench.schedules.list(bolt),
    await bench.schedules.pause(bolt, scheduleId),
    await bench.schedules.resume(bolt, scheduleId),
    await bench.schedules.remove(bolt, scheduleId),
    await bench.schedules.get(acme, "sch_"),
    await bench.schedules.remove(acme, ""),
  ];

  expect(answers).toEqual([undefined, [], unknown, unknown, unknown, undefined, unknown]);
  expect(await bench.schedules.get(acme, scheduleId)).toMatchObject({ state: "active", version: 1 });
});

test("a schedule whose last time has passed while it was paused can't be resumed", async () => {
  const bench = jobBench();
  const { scheduleId } = await created(bench, { time: { by: "at", atEpochMs: START_MS + 180_000 } });
  await bench.schedules.pause(acme, scheduleId);
  await sweepEachMinute(bench, 4);

  expect(await bench.schedules.resume(acme, scheduleId)).toEqual(refused({ reason: "schedule_over" }));
});

test.each([
  [{ kind: "" }, { reason: "job_order_invalid", field: "kind" }],
  [{ title: "" }, { reason: "job_order_invalid", field: "title" }],
  [{ input: "x".repeat(16_383) }, { reason: "job_too_large", bytesMax: 16_384 }],
  [{ time: { by: "cron", cron: { expression: "* *", zone: "UTC" } } }, { reason: "cron_invalid", part: "expression" }],
  [{ time: { by: "cron", cron: { expression: "* * * * *", zone: "Here" } } }, { reason: "cron_invalid", part: "zone" }],
  [{ time: { by: "cron", cron: { expression: "0 0 31 2 *", zone: "UTC" } } }, { reason: "schedule_time_invalid" }],
  [{ time: { by: "at", atEpochMs: START_MS } }, { reason: "schedule_time_invalid" }],
  [{ time: { by: "at", atEpochMs: START_MS + SCHEDULE_AT_MS_MAX + 1 } }, { reason: "schedule_time_invalid" }],
  [{ time: { by: "at", atEpochMs: Number.NaN } }, { reason: "schedule_time_invalid" }],
] as const)("a schedule with %j is refused, and nothing is written", async (given, problem) => {
  const bench = jobBench();

  const answer = await bench.schedules.create(acme, aSchedule(given));

  expect(answer).toMatchObject({ ok: false, problem });
  expect(bench.operations()).toEqual({});
});

test("a tenant has a hundred schedules at most", async () => {
  const bench = jobBench();
  for (let count = 1; count < SCHEDULES_MAX; count++) await created(bench);
  await created(bench, { time: { by: "at", atEpochMs: START_MS + 1_000 } });

  const full = await bench.schedules.create(acme, aSchedule());
  await sweepEachMinute(bench, 1);
  const next = await bench.schedules.create(acme, aSchedule());

  expect(full).toEqual(refused({ reason: "schedules_full", limit: 100 }));
  expect(next.ok).toBe(true);
});
