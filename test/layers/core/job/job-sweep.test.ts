import { expect, test } from "vitest";
import { failed, succeeded } from "../../../../layers/core/job/job-run.ts";
import { JobSweep } from "../../../../layers/core/job/job-sweep.ts";
import { Jobs } from "../../../../layers/core/job/jobs.ts";
import {
  JOB_LEASE_MS,
  JOB_MARK_FRESH_MS,
  JOB_MARK_KEPT_MS,
  JOB_OPEN_MS_MAX,
  JOB_WAIT_MS_MAX,
  ORPHAN_MS,
  QUEUE_DELAY_MS_MAX,
  RESEND_MS,
  RESEND_MS_MAX,
  WAITING_LOOK_MS,
} from "../../../../layers/core/job/limits.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import { jobEntryKey, jobKey, jobMarkKey } from "../../../../layers/core/store/keys.ts";
import { FLEET_TENANT } from "../../../../layers/core/tenant/tenant-id.ts";
import { acme, anOrder, type JobBench, jobBench } from "../../../fixtures/job-bench.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { elapse, passing } from "../../../fixtures/virtual-time.ts";

async function submitted(bench: JobBench, given: Parameters<typeof anOrder>[0] = {}) {
  const answer = await bench.jobs.submit(acme, anOrder(given));
  if (!answer.ok) throw new TypeError(answer.problem.reason);
  return answer.value.job;
}

const markOf = (bench: JobBench) =>
  bench.deps.table.get(jobMarkKey(FLEET_TENANT, { region: bench.deps.region, of: acme }));

/** Sweeps each minute, and tells at which minutes messages were sent. */
async function minutesOfSends(bench: JobBench, minutes: number): Promise<readonly number[]> {
  const sends: number[] = [];
  for (let minute = 1; minute <= minutes; minute++) {
    bench.clock.advance(60_000);
    const { sent } = await bench.sweep();
    if (sent > 0) sends.push(minute);
  }
  return sends;
}

/** Submits with jobs whose table answers no more after the nth write. */
async function diesAtWrite(bench: JobBench, nth: number, work: (jobs: Jobs) => Promise<unknown>): Promise<void> {
  let writes = 0;
  const write = <T>(call: () => Promise<T>): Promise<T> => {
    writes++;
    return writes > nth ? new Promise<T>(() => {}) : call();
  };
  const { table } = bench.deps;
  const dying = new Jobs({
    ...bench.deps,
    table: {
      ...table,
      put: (...of) => write(() => table.put(...of)),
      update: (...of) => write(() => table.update(...of)),
      delete: (...of) => write(() => table.delete(...of)),
    },
  });
  void work(dying);
  await elapse(bench.clock, 10);
}

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

test("a job for later is sent when the queue can hold it back, to be ready on its second", async () => {
  const bench = jobBench();
  const job = await submitted(bench, { delayMs: 3_600_000 });

  const sends = await minutesOfSends(bench, 46);

  expect(sends).toEqual([45]);
  expect(bench.sent).toMatchObject([{ visibleAtMs: job.readyAtEpochMs }]);
  expect(QUEUE_DELAY_MS_MAX).toBe(900_000);
});

test.each([
  ["its place was taken", 0, { entries: 0 }],
  ["its entry was written", 1, { entries: 1 }],
  ["its tenant was marked", 2, { entries: 1 }],
])("of a job whose submitter died after %s nothing is left", async (_, writes, { entries }) => {
  const bench = jobBench();
  await submitted(bench);
  await bench.takeNext(bench.worker({ echo: async () => succeeded(null) }));
  await diesAtWrite(bench, writes, (jobs) => jobs.submit(acme, anOrder()));
  const before = [await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)];

  bench.clock.advance(ORPHAN_MS);
  await bench.sweep();
  const after = [await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)];

  expect(before).toEqual([entries, 1]);
  // Without an entry the place comes back when the count is repaired.
  expect(after).toEqual([0, entries === 0 ? 1 : 0]);
  expect(await bench.jobs.list(acme, {})).toMatchObject({ value: { jobs: [{ state: "succeeded" }] } });
});

test("a submitter that was taken for dead and comes late makes another job, and no entry is lost", async () => {
  const bench = jobBench();
  const { table } = bench.deps;
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const put: typeof table.put = async (item, condition) => {
    if (item.kind !== undefined) await held;
    return table.put(item, condition);
  };
  const slow = new Jobs({ ...bench.deps, table: { ...table, put } });

  const submitting = slow.submit(acme, anOrder({ idempotencyKey: "k" }));
  await elapse(bench.clock, ORPHAN_MS + RESEND_MS);
  const run = await bench.sweep();
  goOn();
  const answer = await submitting;
  const again = await bench.jobs.submit(acme, anOrder({ idempotencyKey: "k" }));

  expect(run.closed).toBe(1);
  expect(answer).toMatchObject({ ok: true, value: { isNew: true, job: { state: "queued" } } });
  expect(again).toMatchObject({ value: { isNew: false, job: { jobId: answer.ok && answer.value.job.jobId } } });
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([1, 1]);
});

test("a job that was stored and no message sent is sent by the sweeper", async () => {
  const bench = jobBench();
  const queue = { send: () => new Promise<never>(() => {}) };
  void new Jobs({ ...bench.deps, queues: { high: queue, normal: queue } }).submit(acme, anOrder());
  await elapse(bench.clock, 10);

  expect(await minutesOfSends(bench, 1)).toEqual([1]);
});

test("the entry of a job that has ended is deleted and its place given back once, however many sweep at once", async () => {
  const bench = jobBench();
  const other = await submitted(bench);
  bench.sent.length = 0;
  const ended = await submitted(bench);
  const { table } = bench.deps;
  const cut = { ...table, delete: () => Promise.reject(new StoreFault("table", "delete", { cause: "cut" })) };
  await bench.takeNext(bench.workerOn({ table: cut }, { echo: async () => succeeded(null) }));
  const before = [await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)];
  bench.clock.advance(RESEND_MS);

  const runs = await Promise.all([bench.sweep(), bench.sweep(), bench.sweep()]);

  expect(before).toEqual([2, 2]);
  expect(runs.every(({ isFinished }) => isFinished)).toBe(true);
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([1, 1]);
  expect(await bench.deps.table.get(jobEntryKey(acme, ended))).toBeUndefined();
  expect(await bench.deps.table.get(jobEntryKey(acme, other))).toBeDefined();
});

test("whoever dies while it drives a job again leaves a failed one, which can be driven again", async () => {
  const bench = jobBench();
  const { jobId } = await submitted(bench);
  await bench.takeNext(bench.worker({ echo: async () => failed({ code: "no", message: "No." }, { isFinal: true }) }));
  await diesAtWrite(bench, 1, (jobs) => jobs.redrive(acme, jobId));
  const before = [await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)];

  bench.clock.advance(ORPHAN_MS);
  await bench.sweep();
  const after = [await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)];
  const driven = await bench.jobs.redrive(acme, jobId);

  expect([before, after]).toEqual([
    [1, 1],
    [0, 0],
  ]);
  expect(driven).toMatchObject({ ok: true, value: { state: "queued", drive: 3 } });
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([1, 1]);
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

test("a mark that leads to nothing is taken away once no process counts on it, and no sooner", async () => {
  const bench = jobBench();
  await submitted(bench);
  await bench.takeNext(bench.worker({ echo: async () => succeeded(null) }));
  bench.clock.advance(JOB_MARK_KEPT_MS - 1);
  await bench.sweep();
  const before = await markOf(bench);

  bench.clock.advance(1);
  await bench.sweep();
  const after = await markOf(bench);
  await submitted(bench);

  expect([before, after]).toEqual([expect.anything(), undefined]);
  expect(JOB_MARK_FRESH_MS).toBeLessThan(JOB_MARK_KEPT_MS);
  expect(await markOf(bench)).toBeDefined();
});

test("a mark stays as long as a job is open", async () => {
  const bench = jobBench();
  await submitted(bench);
  bench.clock.advance(2 * JOB_MARK_KEPT_MS);

  await bench.sweep();

  expect(await markOf(bench)).toBeDefined();
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

test("the count of open jobs is what the quota is repaired by", async () => {
  const bench = jobBench();
  await submitted(bench);
  await diesAtWrite(bench, 0, (jobs) => jobs.submit(acme, anOrder()));
  const before = await bench.quotaUsed(acme);
  const counters = { jobsInFlight: (of: typeof acme) => bench.jobs.openJobs(of) };

  await bench.deps.quotas.reconcile(acme, counters);
  bench.clock.advance(900_000);
  await passing(bench.clock, bench.deps.quotas.reconcile(acme, counters));

  expect([before, await bench.quotaUsed(acme)]).toEqual([2, 1]);
});
