import { expect, test } from "vitest";
import { failed, succeeded } from "../../../../layers/core/job/job-run.ts";
import { JobSweep } from "../../../../layers/core/job/job-sweep.ts";
import { Jobs } from "../../../../layers/core/job/jobs.ts";
import {
  JOB_LEASE_MS,
  JOB_OPEN_MS_MAX,
  JOB_WAIT_MS_MAX,
  QUEUE_DELAY_MS_MAX,
  RESEND_MS,
  RESEND_MS_MAX,
  WAITING_LOOK_MS,
} from "../../../../layers/core/job/limits.ts";
import { jobEntryKey, jobKey, jobMarkKey } from "../../../../layers/core/store/keys.ts";
import { FLEET_TENANT } from "../../../../layers/core/tenant/tenant-id.ts";
import { acme, anOrder, jobBench } from "../../../fixtures/job-bench.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";
import { minutesOfSends, submitted } from "./job-helpers.ts";

test("a job whose message was lost is sent again after a minute, then ever less often, and no less than each quarter of an hour", async () => {
  const bench = jobBench();
  await submitted(bench);
  bench.sent.length = 0;

  const sends = await minutesOfSends(bench, 70);

  expect(sends).toEqual([1, 2, 4, 8, 16, 31, 46, 61]);
  expect(bench.sent).toHaveLength(8);
  expect([RESEND_MS, RESEND_MS_MAX]).toEqual([60_000, 900_000]);
});

test("all that the queue held is sent again by one sweep", async () => {
  const bench = jobBench();
  for (let count = 1; count <= 30; count++) await submitted(bench);
  bench.sent.length = 0;
  bench.clock.advance(RESEND_MS);

  const run = await bench.sweep();
  const worker = bench.worker({ echo: async () => succeeded(null) });
  while (bench.sent.length > 0) await bench.takeNext(worker);

  expect(run).toEqual({ tenants: 1, sent: 30, closed: 0, scheduled: 0, isFinished: true });
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([0, 0]);
});

test("a job that waits in a queue that can't be reached is tried at every sweep, and sent at the first that can", async () => {
  const bench = jobBench();
  bench.breakQueue(true);
  await submitted(bench);

  const broken = await minutesOfSends(bench, 5);
  bench.breakQueue(false);
  const mended = await minutesOfSends(bench, 1);

  expect([broken, mended]).toEqual([[], [1]]);
});

test("a job of a worker that lives is let be, and of one that is lost is sent as soon as its lease is over", async () => {
  const bench = jobBench();
  await submitted(bench);
  const beats = { isAlive: true };
  const never = () => new Promise<never>(() => {});
  const sleep = (ms: number, signal?: AbortSignal) => (beats.isAlive ? bench.clock.sleep(ms, signal) : never());
  const worker = bench.workerOn({ clock: { nowMs: () => bench.clock.nowMs(), sleep } }, { echo: never });
  void bench.takeNext(worker);
  await elapse(bench.clock, 10);

  const runs: number[] = [];
  for (let half = 1; half <= 8; half++) {
    await elapse(bench.clock, JOB_LEASE_MS);
    runs.push((await bench.sweep()).sent);
  }
  beats.isAlive = false;
  await elapse(bench.clock, 2 * JOB_LEASE_MS + 10);
  const lost = await bench.sweep();
  const taken = await bench.takeNext(bench.worker({ echo: async () => succeeded(null) }));

  expect(runs).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
  expect(lost.sent).toBe(1);
  expect(taken).toMatchObject({ job: { state: "succeeded", term: 2 } });
});

test("a job that was claimed since it was last sent is sent again as often as at first", async () => {
  const bench = jobBench();
  await submitted(bench);
  await minutesOfSends(bench, 20);
  await bench.takeNext(bench.worker({ echo: async () => failed({ code: "no", message: "No." }, { isFinal: false }) }));
  const sends = await minutesOfSends(bench, 18);

  expect(sends).toEqual([11, 12, 14, 18]);
});

test("a job for later is sent when the queue can hold it back, to be ready on its second", async () => {
  const bench = jobBench();
  const job = await submitted(bench, { delayMs: 3_600_000 });

  const sends = await minutesOfSends(bench, 46);

  expect(sends).toEqual([45]);
  expect(bench.sent).toMatchObject([{ visibleAtMs: job.readyAtEpochMs }]);
  expect(QUEUE_DELAY_MS_MAX).toBe(900_000);
});

test("a job that was stored and no message sent is sent by the sweeper", async () => {
  const bench = jobBench();
  const queue = { send: () => new Promise<never>(() => {}) };
  void new Jobs({ ...bench.deps, queues: { high: queue, normal: queue } }).submit(acme, anOrder());
  await elapse(bench.clock, 10);

  expect(await minutesOfSends(bench, 1)).toEqual([1]);
});

test("a job whose last answer was not followed by a message is sent within five minutes", async () => {
  const bench = jobBench();
  const { jobId } = await submitted(bench);
  await bench.takeNext(bench.worker({ echo: async (run) => run.ask({ name: "Who?" }) }));
  await minutesOfSends(bench, 12);
  await bench.jobs.answer(acme, jobId, { name: "Ann" });
  bench.sent.length = 0;

  const sends = await minutesOfSends(bench, WAITING_LOOK_MS / 60_000);

  expect(sends.length).toBeGreaterThan(0);
  expect(bench.sent.length).toBe(sends.length);
});

test("a job that waits a day for its answers fails", async () => {
  const bench = jobBench();
  const { jobId } = await submitted(bench);
  await bench.takeNext(bench.worker({ echo: async (run) => run.ask({ name: "Who?" }) }));
  bench.clock.advance(JOB_WAIT_MS_MAX);
  await bench.sweep();
  const within = await bench.jobs.get(acme, jobId);

  bench.clock.advance(1);
  await bench.sweep();

  expect(within?.state).toBe("waiting");
  expect(await bench.jobs.get(acme, jobId)).toMatchObject({ state: "failed", failure: { code: "job_unanswered" } });
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([0, 0]);
});

test("a job that nobody ever ran fails two weeks after it was ready", async () => {
  const bench = jobBench();
  const { jobId } = await submitted(bench);
  bench.clock.advance(JOB_OPEN_MS_MAX + 1);

  await bench.sweep();

  expect(await bench.jobs.get(acme, jobId)).toMatchObject({ state: "failed", failure: { code: "job_too_old" } });
});

test("of a tenant that is suspended nothing is touched, and within a minute of its return its jobs are sent", async () => {
  const bench = jobBench();
  await submitted(bench);
  bench.setStatus(acme, "suspended");
  const suspended = await minutesOfSends(bench, 30);

  bench.setStatus(acme, "active");
  const active = await minutesOfSends(bench, 1);

  expect([suspended, active]).toEqual([[], [1]]);
});

test("a sweep that has no time left is gone on with where it stopped", async () => {
  const bench = jobBench();
  const names = Array.from({ length: 250 }, (_, index) => tenant(`tenant-${String(index).padStart(3, "0")}`));
  for (const name of names)
    await bench.jobs.submit(name, anOrder({ submitter: { ...anOrder().submitter, tenantId: name } }));
  bench.clock.advance(RESEND_MS);
  bench.sent.length = 0;
  let looks = 0;
  const policyOf: typeof bench.deps.policies.policyOf = (of) => {
    if (++looks === 150) bench.clock.advance(1_000);
    return bench.deps.policies.policyOf(of);
  };
  const sweep = new JobSweep({ ...bench.deps, policies: { policyOf } });

  const first = await sweep.run({ untilEpochMs: bench.clock.nowMs() + 1_000 });
  const second = await sweep.run({ untilEpochMs: bench.clock.nowMs() + 1_000 });

  expect(first.isFinished).toBe(false);
  expect(first.tenants).toBeLessThan(160);
  expect(second.isFinished).toBe(true);
  expect(second.tenants).toBe(150);
  expect(new Set(bench.sent.map(({ tenantId }) => tenantId)).size).toBe(250);
});

test("a record that can't be read is told of, and holds up no other", async () => {
  const bench = jobBench();
  await submitted(bench);
  const corrupt = await submitted(bench);
  const { table } = bench.deps;
  await table.put({ ...jobMarkKey(FLEET_TENANT, { region: "here", of: "aaa" }), tenantId: "A A" });
  await table.put({ ...jobEntryKey(acme, { jobId: "job_0", drive: 1 }), jobId: "job_0" });
  await table.put({ ...jobKey(acme, corrupt.jobId), state: "nowhere" });
  await table.put({ pk: "TENANT#acme#JOB-SCHEDULE", sk: "sch_0", state: "active" });
  bench.clock.advance(RESEND_MS);

  const { sent } = await bench.sweep();

  expect(sent).toBe(1);
  expect(bench.reports.map((fault) => fault instanceof Error && "code" in fault && fault.code).sort()).toEqual([
    "job_corrupt",
    "job_entry_corrupt",
    "job_mark_corrupt",
    "job_schedule_corrupt",
  ]);
});

test("a sweeper can look after a region that nobody else sweeps", async () => {
  const bench = jobBench();
  await submitted(bench);
  bench.clock.advance(RESEND_MS);
  const elsewhere = { ...bench.deps, region: "there" };

  const own = await new JobSweep(elsewhere).run({ untilEpochMs: Number.POSITIVE_INFINITY });
  const both = await new JobSweep({ ...elsewhere, regions: ["there", "here"] }).run({
    untilEpochMs: Number.POSITIVE_INFINITY,
  });

  expect([own.sent, both.sent]).toEqual([0, 1]);
});
