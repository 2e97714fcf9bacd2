import { expect, test } from "vitest";
import type { Job } from "../../../../layers/core/job/job.ts";
import { failed, type JobHandler, type JobRun, succeeded } from "../../../../layers/core/job/job-run.ts";
import { backoffMs } from "../../../../layers/core/job/job-worker.ts";
import {
  JOB_BACKOFF_MS_MAX,
  JOB_HEARTBEAT_MS,
  JOB_LEASE_MS,
  JOB_RESULT_BYTES_MAX,
  JOB_STOP_GRACE_MS,
} from "../../../../layers/core/job/limits.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { acme, anOrder, type JobBench, jobBench } from "../../../fixtures/job-bench.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { elapse, passing } from "../../../fixtures/virtual-time.ts";

async function submitted(bench: JobBench, given: Parameters<typeof anOrder>[0] = {}): Promise<Job> {
  const answer = await bench.jobs.submit(acme, anOrder(given));
  if (!answer.ok) throw new TypeError(answer.problem.reason);
  return answer.value.job;
}

const jobOf = async (bench: JobBench, { jobId }: Pick<Job, "jobId">): Promise<Job | undefined> =>
  bench.jobs.get(acme, jobId);

/** A handler that tells when it was begun and what it was given, and goes on when it is let. */
function heldHandler() {
  const runs: JobRun[] = [];
  const letGo: (() => void)[] = [];
  const handler: JobHandler = async (run) => {
    runs.push(run);
    await new Promise<void>((resolve) => letGo.push(resolve));
    return succeeded(`of term ${run.job.term}`);
  };
  return { runs, letGo: (index: number) => letGo[index]?.(), handler };
}

/** Until it is told to stop, as most handlers do. */
const obedient: JobHandler = ({ signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

test("a message that comes twice runs its job once, and is gone once it has ended", async () => {
  const bench = jobBench();
  const { runs, letGo, handler } = heldHandler();
  await submitted(bench);
  const message = { ...bench.sent[0], tenantId: acme, body: bench.sent[0]?.body ?? "", attempt: 1 };
  const [one, other] = [bench.worker({ echo: handler }), bench.worker({ echo: handler })];
  const bounds = { deadlineEpochMs: bench.clock.nowMs() + 900_000 };

  const first = one.take(message, bounds);
  await elapse(bench.clock, 100);
  const second = await other.take(message, bounds);
  letGo(0);
  const third = [await first, await other.take(message, bounds)];

  expect(second).toEqual({ message: "later", afterSeconds: 30 });
  expect(third).toMatchObject([{ message: "complete", job: { state: "succeeded" } }, { message: "complete" }]);
  expect(third[1]).not.toHaveProperty("job");
  expect(runs).toHaveLength(1);
});

test("a message whose job has a worker is left to the sweeper after five deliveries", async () => {
  const bench = jobBench();
  const { letGo, handler } = heldHandler();
  await submitted(bench);
  const worker = bench.worker({ echo: handler });
  const body = bench.sent[0]?.body ?? "";
  const first = bench.takeNext(worker);
  await elapse(bench.clock, 10);

  const taken = await worker.take({ tenantId: acme, body, attempt: 5 }, { deadlineEpochMs: Number.MAX_SAFE_INTEGER });

  expect(taken).toEqual({ message: "complete" });
  letGo(0);
  await first;
});

test("what is no message of ours, or leads to no job, is thrown away", async () => {
  const bench = jobBench();
  const { jobId } = await submitted(bench);
  const worker = bench.worker({});
  const bounds = { deadlineEpochMs: Number.MAX_SAFE_INTEGER };
  const bodies = ["", "{", "null", "[]", '{"jobId":"job_x","readyAtEpochMs":1}', `{"jobId":"${jobId}"}`];

  for (const body of bodies) {
    expect(await worker.take({ tenantId: acme, body, attempt: 1 }, bounds)).toEqual({ message: "complete" });
  }
  const ofAnother = await worker.take(
    { tenantId: tenant("bolt"), body: bench.sent[0]?.body ?? "", attempt: 1 },
    bounds,
  );

  expect(ofAnother).toEqual({ message: "complete" });
  expect(bench.reports.map((fault) => fault instanceof Error && "code" in fault && fault.code)).toEqual(
    bodies.map(() => "job_message_malformed"),
  );
  expect(await jobOf(bench, { jobId })).toMatchObject({ state: "queued", term: 0 });
});

test("a job that is not ready is claimed by nobody, and its message comes back when it is", async () => {
  const bench = jobBench();
  const job = await submitted(bench, { delayMs: 5_000 });
  const worker = bench.worker({ echo: async () => succeeded(null) });
  const message = { tenantId: acme, body: bench.sent[0]?.body ?? "", attempt: 1 };
  const bounds = { deadlineEpochMs: Number.MAX_SAFE_INTEGER };

  const early = await worker.take(message, bounds);
  bench.clock.advance(5_000);
  const ready = await worker.take(message, bounds);

  expect(early).toEqual({ message: "later", afterSeconds: 5 });
  expect(ready).toMatchObject({ job: { jobId: job.jobId, state: "succeeded" } });
});

test("the message of an earlier attempt is done with: the retry has one of its own", async () => {
  const bench = jobBench();
  await submitted(bench);
  const worker = bench.worker({ echo: async () => failed({ code: "no", message: "No." }, { isFinal: false }) });
  const old = { tenantId: acme, body: bench.sent[0]?.body ?? "", attempt: 2 };
  bench.clock.advance(1);
  await bench.takeNext(worker);

  const taken = await worker.take(old, { deadlineEpochMs: Number.MAX_SAFE_INTEGER });

  expect(taken).toEqual({ message: "complete" });
  expect(bench.sent).toHaveLength(1);
});

test("a run that fails is tried again after a pause, until the attempts are used up; each failure is kept", async () => {
  const bench = jobBench();
  const { jobId } = await submitted(bench, { attemptsMax: 3 });
  let runs = 0;
  const worker = bench.worker({
    echo: async () => {
      runs++;
      throw Object.assign(new Error("secret"), { code: runs === 2 ? "wires_cut" : "Not a code" });
    },
  });

  const states: unknown[] = [];
  for (let attempt = 1; attempt <= 3; attempt++) {
    await bench.takeNext(worker);
    const job = await jobOf(bench, { jobId });
    states.push([job?.state, job?.attempts]);
    bench.clock.advance(60_000);
  }

  const job = await jobOf(bench, { jobId });
  expect(states).toEqual([
    ["queued", 1],
    ["queued", 2],
    ["failed", 3],
  ]);
  expect(job?.failures.map(({ code }) => code)).toEqual(["handler_failed", "wires_cut", "handler_failed"]);
  expect(job?.failure?.code).toBe("handler_failed");
  expect(JSON.stringify(job)).not.toContain("secret");
  expect(bench.reports).toHaveLength(3);
  expect([runs, await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([3, 0, 0]);
});

test("a failure that is final is tried no more", async () => {
  const bench = jobBench();
  const { jobId } = await submitted(bench);

  await bench.takeNext(bench.worker({ echo: async () => failed({ code: "no", message: "No." }, { isFinal: true }) }));

  expect(await jobOf(bench, { jobId })).toMatchObject({
    state: "failed",
    attempts: 1,
    failure: { code: "no", message: "No." },
  });
});

test("pauses between attempts are random, up to twice as long each time, and at most ten minutes", () => {
  const chance = seededChance(1);
  const most = (attempts: number) => Math.max(...Array.from({ length: 500 }, () => backoffMs(chance, attempts)));
  const least = Math.min(...Array.from({ length: 500 }, () => backoffMs(chance, 4)));

  expect([1, 2, 3, 4].map((attempts) => Math.round(most(attempts) / 1_000))).toEqual([1, 2, 4, 8]);
  expect(most(40)).toBeLessThanOrEqual(JOB_BACKOFF_MS_MAX);
  expect(most(40)).toBeGreaterThan(0.95 * JOB_BACKOFF_MS_MAX);
  expect(least).toBeLessThan(100);
});

test("a kind that no worker knows fails once its attempts are used up", async () => {
  const bench = jobBench();
  const { jobId } = await submitted(bench, { attemptsMax: 1, kind: "unheard-of" });

  await bench.takeNext(bench.worker({}));

  expect(await jobOf(bench, { jobId })).toMatchObject({ state: "failed", failure: { code: "job_kind_unknown" } });
});

test("a worker that lives keeps its job, however long the work takes", async () => {
  const bench = jobBench();
  const { runs, letGo, handler } = heldHandler();
  const job = await submitted(bench);
  const message = { tenantId: acme, body: bench.sent[0]?.body ?? "", attempt: 1 };
  const other = bench.worker({ echo: handler });

  const taking = bench.takeNext(bench.worker({ echo: handler }));
  await elapse(bench.clock, 5 * JOB_LEASE_MS);
  const beats = bench.operations()["update JOB"];
  const meanwhile = await other.take(message, { deadlineEpochMs: Number.MAX_SAFE_INTEGER });
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
  const message = { tenantId: acme, body: bench.sent[0]?.body ?? "", attempt: 1 };
  const worker = bench.worker({ echo: handler });

  const first = bench.takeNext(worker);
  await elapse(bench.clock, 10);
  cut.isCut = true;
  await elapse(bench.clock, JOB_LEASE_MS);
  const reason: unknown = runs[0]?.signal.reason;
  bench.clock.advance(1);
  cut.isCut = false;
  const second = bench.worker({ echo: handler }).take(message, { deadlineEpochMs: Number.MAX_SAFE_INTEGER });
  await elapse(bench.clock, 10);
  letGo(0);
  const left = await passing(bench.clock, first);
  letGo(1);
  await second;

  expect(reason).toBe("lease_lost");
  expect(left).toEqual({ message: "complete" });
  expect(await jobOf(bench, job)).toMatchObject({ state: "succeeded", term: 2, result: { json: "of term 2" } });
});

test("a job whose workers are lost one after the other fails with that reason", async () => {
  const bench = jobBench();
  const job = await submitted(bench, { attemptsMax: 2 });
  const message = { tenantId: acme, body: bench.sent[0]?.body ?? "", attempt: 1 };
  const bounds = { deadlineEpochMs: Number.MAX_SAFE_INTEGER };
  const lost = dyingWorker(bench);

  for (let attempt = 1; attempt <= 2; attempt++) {
    void lost.take(message, bounds);
    await elapse(bench.clock, 10);
    bench.clock.advance(JOB_LEASE_MS + 1);
  }
  const taken = await bench.worker({}).take(message, bounds);

  expect(taken).toMatchObject({ job: { jobId: job.jobId, state: "failed", failure: { code: "worker_lost" } } });
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([0, 0]);
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
  const message = { tenantId: acme, body: bench.sent[0]?.body ?? "", attempt: 1 };
  const bounds = { deadlineEpochMs: Number.MAX_SAFE_INTEGER };
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
  const message = { tenantId: acme, body: bench.sent[0]?.body ?? "", attempt: 1 };
  const bounds = { deadlineEpochMs: Number.MAX_SAFE_INTEGER, signal: ending.signal };

  const taking = bench.worker({ echo: obedient }).take(message, bounds);
  await elapse(bench.clock, 10);
  ending.abort();

  expect(await passing(bench.clock, taking)).toMatchObject({ job: { state: "queued" } });
});

test.each(["suspended", "deleted", "none"] as const)("no job of a tenant that is %s is claimed", async (status) => {
  const bench = jobBench();
  const job = await submitted(bench);
  bench.setStatus(acme, status);

  const taken = await bench.takeNext(bench.worker({ echo: () => expect.unreachable() }));

  expect(taken).toEqual({ message: "complete" });
  expect(await jobOf(bench, job)).toMatchObject({ state: "queued", term: 0 });
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

test("a job that asks waits, its worker is free, and its attempts count anew after the answers", async () => {
  const bench = jobBench();
  const job = await submitted(bench, { attemptsMax: 1 });
  const echo: JobHandler = async (run) =>
    run.job.answers.name === undefined ? run.ask({ name: "Who?" }) : succeeded(run.job.answers.name);
  const worker = bench.worker({ echo });

  const asked = await bench.takeNext(worker);
  await bench.jobs.answer(acme, job.jobId, { name: "Ann" });
  const answered = await bench.takeNext(worker);

  expect(asked).toMatchObject({ message: "complete", job: { state: "waiting", questions: { name: "Who?" } } });
  expect(answered).toMatchObject({ job: { state: "succeeded", result: { json: "Ann" }, attempts: 1 } });
});

test.each([
  ["nothing", {}, "job_asked_nothing"],
  [
    "too many questions",
    Object.fromEntries(Array.from({ length: 101 }, (_, n) => [n, "?"])),
    "job_questions_too_large",
  ],
  ["a question that is too large", { name: "x".repeat(65_536) }, "job_questions_too_large"],
])("a job that asks %s fails", async (_, questions, code) => {
  const bench = jobBench();
  const job = await submitted(bench);

  await bench.takeNext(bench.worker({ echo: async (run) => run.ask(questions) }));

  expect(await jobOf(bench, job)).toMatchObject({ state: "failed", failure: { code } });
});

test("a result past 16 MiB fails its job", async () => {
  const bench = jobBench();
  const job = await submitted(bench);

  await bench.takeNext(bench.worker({ echo: async () => succeeded("x".repeat(JOB_RESULT_BYTES_MAX - 1)) }));

  expect(await jobOf(bench, job)).toMatchObject({ state: "failed", failure: { code: "job_result_too_large" } });
});

test("an input that is over fails its job", async () => {
  const bench = jobBench();
  const job = await submitted(bench, { input: "x".repeat(20_000) });
  for (const key of bench.blob.keys()) await bench.blob.delete(key);

  await bench.takeNext(bench.worker({ echo: () => expect.unreachable() }));

  expect(await jobOf(bench, job)).toMatchObject({ state: "failed", failure: { code: "job_input_gone" } });
});

test("a job that has not ended two weeks after it was ready fails", async () => {
  const bench = jobBench();
  const job = await submitted(bench);
  bench.clock.advance(14 * 86_400_000 + 1);

  await bench.takeNext(bench.worker({ echo: () => expect.unreachable() }));

  expect(await jobOf(bench, job)).toMatchObject({ state: "failed", failure: { code: "job_too_old" } });
});

test("an end that the table did not answer is written again, and counts once", async () => {
  const cut = cutOff();
  const bench = jobBench({ wrap: cut.wrap });
  const job = await submitted(bench);
  const echo: JobHandler = async () => {
    cut.answersLost = 1;
    return succeeded("done");
  };

  const taken = await passing(bench.clock, bench.takeNext(bench.worker({ echo })));

  expect(taken).toMatchObject({ job: { jobId: job.jobId, state: "succeeded", term: 1 } });
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([0, 0]);
});

test("where the table does not come back, the worker fails and the message is not done with", async () => {
  const cut = cutOff();
  const bench = jobBench({ wrap: cut.wrap });
  await submitted(bench);
  const echo: JobHandler = async () => {
    cut.isCut = true;
    return succeeded("done");
  };

  const taking = passing(bench.clock, bench.takeNext(bench.worker({ echo })));

  await expect(taking).rejects.toMatchObject({ code: "store_unavailable" });
});

/** A way to the table that can be cut. */
function cutOff() {
  const state = { isCut: false, answersLost: 0, wrap };
  async function through<T>(work: () => Promise<T>): Promise<T> {
    if (state.isCut) throw new StoreFault("table", "answer", { cause: "cut" });
    const answer = await work();
    if (state.answersLost === 0) return answer;
    state.answersLost--;
    throw new StoreFault("table", "answer", { cause: "lost" });
  }
  function wrap(table: Table): Table {
    return {
      ...table,
      get: (...of) => through(() => table.get(...of)),
      put: (...of) => through(() => table.put(...of)),
      update: (...of) => through(() => table.update(...of)),
      delete: (...of) => through(() => table.delete(...of)),
    };
  }
  return state;
}

/** A worker that dies with its first claim: nothing in it goes on, not even its clock. */
function dyingWorker(bench: JobBench) {
  const never = () => new Promise<never>(() => {});
  return bench.workerOn({ clock: { nowMs: () => bench.clock.nowMs(), sleep: never } }, { echo: never });
}
