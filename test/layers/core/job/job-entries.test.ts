import { expect, test } from "vitest";
import { failed, succeeded } from "../../../../layers/core/job/job-run.ts";
import { Jobs } from "../../../../layers/core/job/jobs.ts";
import { ORPHAN_MS, RESEND_MS } from "../../../../layers/core/job/limits.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { ItemKey, Table } from "../../../../layers/core/ports/table.ts";
import { jobEntryKey, jobKey } from "../../../../layers/core/store/keys.ts";
import { acme, anOrder, type JobBench, jobBench } from "../../../fixtures/job-bench.ts";
import { elapse, passing } from "../../../fixtures/virtual-time.ts";
import { diesAtWrite, doomed, ran, submitted } from "./job-helpers.ts";

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

test("a submitter that takes a minute is not taken for dead", async () => {
  const bench = jobBench();
  await diesAtWrite(bench, 1, (jobs) => jobs.submit(acme, anOrder()));
  await submitted(bench);

  bench.clock.advance(ORPHAN_MS - 11);
  const { closed } = await bench.sweep();

  expect(closed).toBe(0);
});

test("a submitter whose job another has made meanwhile leaves its entry to it", async () => {
  const bench = jobBench();
  const { slow, goOn } = slowJobs(bench);
  const order = anOrder({ idempotencyKey: "k" });

  const first = slow.submit(acme, order);
  await elapse(bench.clock, 10);
  const second = await bench.jobs.submit(acme, order);
  goOn();
  const late = await first;

  expect([second, late]).toMatchObject([{ value: { isNew: true } }, { value: { isNew: false } }]);
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([1, 1]);
});

test("whoever drives a job again and was taken for dead does so under another entry", async () => {
  const bench = jobBench();
  const { jobId } = await ran(bench, doomed);
  const { slow, goOn } = slowJobs(bench);

  const driving = slow.redrive(acme, jobId);
  await elapse(bench.clock, ORPHAN_MS + RESEND_MS);
  const { closed } = await bench.sweep();
  goOn();
  const driven = await driving;

  expect(closed).toBe(1);
  expect(driven).toMatchObject({ ok: true, value: { state: "queued", drive: 3 } });
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([1, 1]);
});

test("a submitter that was taken for dead and comes late makes another job, and no entry is lost", async () => {
  const bench = jobBench();
  const { slow, goOn } = slowJobs(bench);

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

/** Jobs whose writes of jobs are held up until they may go on. */
function slowJobs(bench: JobBench): { readonly slow: Jobs; readonly goOn: () => void } {
  const { table } = bench.deps;
  let goOn = () => {};
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const isJob = ({ pk }: ItemKey): boolean => pk === jobKey(acme, "").pk;
  const slowed: Table = {
    ...table,
    put: async (item, ...rest) => {
      if (isJob(item)) await held;
      return table.put(item, ...rest);
    },
    update: async (key, ...rest) => {
      if (isJob(key)) await held;
      return table.update(key, ...rest);
    },
  };
  return { slow: new Jobs({ ...bench.deps, table: slowed }), goOn };
}
