import { expect, test } from "vitest";
import { type JobHandler, succeeded } from "../../../../layers/core/job/job-run.ts";
import {
  JOB_HEARTBEAT_MS,
  JOB_HEARTBEAT_RETRY_MS,
  JOB_LEASE_MS,
  JOB_STOP_GRACE_MS,
} from "../../../../layers/core/job/limits.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import { acme, jobBench } from "../../../fixtures/job-bench.ts";
import { elapse, passing } from "../../../fixtures/virtual-time.ts";
import { cutOff, dyingWorker, ENDLESS, firstMessage, heldHandler, jobOf, obedient, submitted } from "./job-helpers.ts";

test("a worker that lives keeps its job, however long the work takes", async () => {
  const bench = jobBench();
  const { runs, letGo, handler } = heldHandler();
  const job = await submitted(bench);
  const message = firstMessage(bench);
  const other = bench.worker({ echo: handler });

  const taking = bench.takeNext(bench.worker({ echo: handler }));
  await elapse(bench.clock, 5 * JOB_LEASE_MS);
  const beats = bench.operations()["update JOB"];
  const meanwhile = await other.take(message, ENDLESS);
  letGo(0);
  await taking;

  expect(beats).toBe(1 + (5 * JOB_LEASE_MS) / JOB_HEARTBEAT_MS);
  expect(meanwhile).toMatchObject({ message: "later" });
  expect(runs).toHaveLength(1);
  expect(await jobOf(bench, job)).toMatchObject({ state: "succeeded", term: 1 });
});

test("a worker that is silent for longer than its lease has lost its job, is told so, and ends nothing", async () => {
  const cut = cutOff();
  const bench = jobBench({ wrap: cut.wrap });
  const { runs, letGo, handler } = heldHandler();
  const job = await submitted(bench);
  const message = firstMessage(bench);
  const worker = bench.worker({ echo: handler });

  const first = bench.takeNext(worker);
  await elapse(bench.clock, 10);
  cut.isCut = true;
  await elapse(bench.clock, JOB_LEASE_MS);
  const reason: unknown = runs[0]?.signal.reason;
  bench.clock.advance(1);
  cut.isCut = false;
  const second = bench.worker({ echo: handler }).take(message, ENDLESS);
  await elapse(bench.clock, 10);
  letGo(0);
  const left = await passing(bench.clock, first);
  letGo(1);
  await second;

  expect(reason).toBe("lease_lost");
  expect(left).toEqual({ message: "complete" });
  expect(await jobOf(bench, job)).toMatchObject({ state: "succeeded", term: 2, result: { json: "of term 2" } });
});

test("a worker whose job another has claimed is told so at its next heartbeat", async () => {
  const bench = jobBench();
  const { runs, letGo, handler } = heldHandler();
  const job = await submitted(bench);
  const message = firstMessage(bench);
  const ahead = { nowMs: () => bench.clock.nowMs() + 2 * JOB_LEASE_MS, sleep: bench.clock.sleep };

  const first = bench.takeNext(bench.worker({ echo: handler }));
  await elapse(bench.clock, 10);
  const second = bench.workerOn({ clock: ahead }, { echo: handler }).take(message, ENDLESS);
  await elapse(bench.clock, JOB_HEARTBEAT_MS);
  const reasons = runs.map(({ signal }) => signal.reason);
  letGo(0);
  letGo(1);
  const left = await first;
  await second;

  expect(reasons).toEqual(["lease_lost", undefined]);
  expect(left).toEqual({ message: "complete" });
  expect(await jobOf(bench, job)).toMatchObject({ state: "succeeded", term: 2, result: { json: "of term 2" } });
});

test("a heartbeat that the table did not answer is tried again soon, with the progress that it carried", async () => {
  const cut = cutOff();
  const bench = jobBench({ wrap: cut.wrap });
  const { runs, letGo, handler } = heldHandler();
  const job = await submitted(bench);
  const taking = bench.takeNext(bench.worker({ echo: handler }));
  await elapse(bench.clock, 1_500);

  cut.isCut = true;
  runs[0]?.progress({ done: 1 });
  await elapse(bench.clock, 100);
  cut.isCut = false;
  const before = await jobOf(bench, job);
  await elapse(bench.clock, JOB_HEARTBEAT_RETRY_MS);
  const after = await jobOf(bench, job);
  letGo(0);
  await taking;

  expect([before?.progress, after?.progress]).toEqual([undefined, { done: 1 }]);
});

test("a cancellation is seen at the next heartbeat, and the job ends as cancelled", async () => {
  const bench = jobBench();
  const job = await submitted(bench);
  const taking = bench.takeNext(bench.worker({ echo: obedient }));
  await elapse(bench.clock, 10);

  const asked = await bench.jobs.cancel(acme, job.jobId);
  const again = await bench.jobs.cancel(acme, job.jobId);
  const before = bench.clock.nowMs();
  const taken = await passing(bench.clock, taking);

  expect(asked).toMatchObject({ ok: true, value: { state: "running", cancelAskedAtEpochMs: before } });
  expect(again).toEqual(asked);
  expect(taken).toMatchObject({ job: { state: "cancelled" } });
  expect(bench.clock.nowMs() - before).toBeLessThanOrEqual(JOB_HEARTBEAT_MS + 100);
  expect(bench.reports).toEqual([]);
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([0, 0]);
});

test("what has succeeded before it heard of its cancellation has succeeded", async () => {
  const bench = jobBench();
  const { letGo, handler } = heldHandler();
  const job = await submitted(bench);
  const taking = bench.takeNext(bench.worker({ echo: handler }));
  await elapse(bench.clock, 10);

  await bench.jobs.cancel(acme, job.jobId);
  letGo(0);

  expect(await taking).toMatchObject({ job: { state: "succeeded" } });
});

test("a job that was to be cancelled when its worker was lost is run no more", async () => {
  const bench = jobBench();
  const job = await submitted(bench);
  const message = firstMessage(bench);
  const bounds = ENDLESS;
  void dyingWorker(bench).take(message, bounds);
  await elapse(bench.clock, 10);
  await bench.jobs.cancel(acme, job.jobId);
  bench.clock.advance(JOB_LEASE_MS + 1);

  const taken = await bench.worker({ echo: () => expect.unreachable() }).take(message, bounds);

  expect(taken).toMatchObject({ job: { state: "cancelled" } });
});

test("a handler that does not stop when told is left behind, and what it still writes is refused", async () => {
  const bench = jobBench();
  const { runs, letGo, handler } = heldHandler();
  const job = await submitted(bench);
  const taking = bench.takeNext(bench.worker({ echo: handler }));
  await elapse(bench.clock, 10);
  await bench.jobs.cancel(acme, job.jobId);
  const before = bench.clock.nowMs();

  const taken = await passing(bench.clock, taking);
  const late = await runs[0]?.writer.put({ pk: "TENANT#acme#RECIPE", sk: "late" });
  runs[0]?.progress({ done: 1 });
  letGo(0);
  await elapse(bench.clock, JOB_HEARTBEAT_MS);

  expect(taken).toMatchObject({ job: { state: "cancelled" } });
  expect(bench.clock.nowMs() - before).toBeLessThan(3 * JOB_HEARTBEAT_MS + JOB_STOP_GRACE_MS);
  expect(late).toEqual({ ok: false, problem: { reason: "term_over" } });
  expect(await jobOf(bench, job)).toMatchObject({ state: "cancelled" });
});

test("work that takes longer than its worker has is stopped in time and tried again", async () => {
  const bench = jobBench();
  const job = await submitted(bench);

  const taken = await passing(bench.clock, bench.takeNext(bench.worker({ echo: obedient }), { deadlineMs: 12_000 }));

  expect(taken).toMatchObject({ message: "complete", job: { state: "queued", attempts: 1 } });
  expect(await jobOf(bench, job)).toMatchObject({ failures: [{ code: "deadline_passed" }] });
  expect(bench.sent).toHaveLength(1);
});

test("a worker that is to end tells its handlers so", async () => {
  const bench = jobBench();
  const ending = new AbortController();
  await submitted(bench);
  const message = firstMessage(bench);
  const bounds = { deadlineEpochMs: Number.MAX_SAFE_INTEGER, signal: ending.signal };

  const taking = bench.worker({ echo: obedient }).take(message, bounds);
  await elapse(bench.clock, 10);
  ending.abort();

  expect(await passing(bench.clock, taking)).toMatchObject({ job: { state: "queued" } });
});

test("a job that runs when its tenant is suspended is stopped at the next heartbeat and cancelled, with the reason", async () => {
  const bench = jobBench();
  await submitted(bench);
  const taking = bench.takeNext(bench.worker({ echo: obedient }));
  await elapse(bench.clock, 10);
  bench.setStatus(acme, "suspended");

  const taken = await passing(bench.clock, taking);

  expect(taken).toMatchObject({ job: { state: "cancelled", failure: { code: "tenant_inactive" } } });
});

test("a worker goes on where it can't be read whether its tenant is active", async () => {
  const bench = jobBench();
  let reads = 0;
  const policyOf: typeof bench.deps.policies.policyOf = (of) => {
    if (++reads > 1) throw new StoreFault("table", "answer", { cause: "cut" });
    return bench.deps.policies.policyOf(of);
  };
  const { runs, letGo, handler } = heldHandler();
  await submitted(bench);

  const taking = bench.takeNext(bench.workerOn({ policies: { policyOf } }, { echo: handler }));
  await elapse(bench.clock, 3 * JOB_LEASE_MS);
  const isStopped = runs[0]?.signal.aborted;
  letGo(0);

  expect(isStopped).toBe(false);
  expect(await taking).toMatchObject({ job: { state: "succeeded", term: 1 } });
  expect(bench.reports).toHaveLength((3 * JOB_LEASE_MS) / JOB_HEARTBEAT_MS);
});

test("progress is shown at once, then once a second, and the last of it is kept with the end", async () => {
  const bench = jobBench();
  const { runs, letGo, handler } = heldHandler();
  const job = await submitted(bench);
  const taking = bench.takeNext(bench.worker({ echo: handler }));
  await elapse(bench.clock, 1_500);
  const seen: unknown[] = [];
  const look = async () => seen.push((await jobOf(bench, job))?.progress?.done);

  runs[0]?.progress({ done: 1, total: 9, message: "one" });
  await elapse(bench.clock, 10);
  await look();
  for (const done of [2, 3, 4]) runs[0]?.progress({ done });
  await elapse(bench.clock, 900);
  await look();
  await elapse(bench.clock, 200);
  await look();
  runs[0]?.progress({ done: 5 });
  letGo(0);
  await taking;
  await look();

  expect(seen).toEqual([1, 1, 4, 5]);
  expect(bench.operations()["update JOB"]).toBe(4);
});

test("progress that is no number, or tells too much, fails nothing", async () => {
  const bench = jobBench();
  const job = await submitted(bench);
  const echo: JobHandler = async (run) => {
    run.progress({ done: Number.NaN, total: Number.POSITIVE_INFINITY, message: `${"x".repeat(600)}\ud800` });
    return succeeded(null);
  };

  await bench.takeNext(bench.worker({ echo }));

  expect((await jobOf(bench, job))?.progress).toEqual({ done: 0, message: "x".repeat(500) });
});
