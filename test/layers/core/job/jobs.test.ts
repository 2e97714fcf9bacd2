import { expect, test } from "vitest";
import { isEnd, type Job } from "../../../../layers/core/job/job.ts";
import type { JobId } from "../../../../layers/core/job/job-id.ts";
import { failed, succeeded } from "../../../../layers/core/job/job-run.ts";
import { JOB_KEPT_MS, JOB_REQUEST_KEPT_MS } from "../../../../layers/core/job/limits.ts";
import type { Result } from "../../../../layers/core/result.ts";
import { refused } from "../../../../layers/core/result.ts";
import { acme, anOrder, type JobBench, jobBench } from "../../../fixtures/job-bench.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { passing } from "../../../fixtures/virtual-time.ts";

const bolt = tenant("bolt");

const doomed = async () => failed({ code: "doomed", message: "Never works." }, { isFinal: true });
const asking = async () => ({ outcome: "asked", questions: { name: "Who?", age: "How old?" } }) as const;

function value<T>(result: Result<T, unknown>): T {
  if (!result.ok) throw new TypeError(`refused: ${JSON.stringify(result.problem)}`);
  return result.value;
}

const submitted = async (bench: JobBench, given: Parameters<typeof anOrder>[0] = {}): Promise<Job> =>
  value(await bench.jobs.submit(acme, anOrder(given))).job;

/** Submits a job of a handler and lets it run once. */
async function ran(bench: JobBench, handler: Parameters<JobBench["worker"]>[0][string]): Promise<Job> {
  const { jobId } = await submitted(bench);
  await bench.takeNext(bench.worker({ echo: handler }));
  const job = await bench.jobs.get(acme, jobId);
  if (job === undefined) throw new TypeError("the job is gone");
  return job;
}

test("a job that succeeds at once costs five writes to the table, and no read", async () => {
  const bench = jobBench();
  const worker = bench.worker({ echo: async ({ input }) => succeeded(input) });
  await bench.jobs.submit(acme, anOrder());
  await bench.takeNext(worker);
  bench.operations();

  const answer = await bench.jobs.submit(acme, anOrder());
  const taken = await bench.takeNext(worker);

  expect(answer).toMatchObject({ ok: true, value: { isNew: true, job: { state: "queued" } } });
  expect(taken).toMatchObject({ message: "complete", job: { state: "succeeded" } });
  expect(bench.operations()).toEqual({ "delete JOB-OPEN": 1, "put JOB": 1, "put JOB-OPEN": 1, "update JOB": 2 });
  expect(bench.sent).toEqual([]);
  expect(await bench.quotaUsed(acme)).toBe(0);
  expect(bench.reports).toEqual([]);
});

test("a process marks its tenant once in five minutes", async () => {
  const bench = jobBench();

  await submitted(bench);
  bench.clock.advance(5 * 60_000 - 1);
  await submitted(bench);
  const within = bench.operations();
  bench.clock.advance(1);
  await submitted(bench);

  expect(within).toEqual({ "put JOB": 2, "put JOB-OPEN": 2, "put JOB-MARK": 1 });
  expect(bench.operations()).toMatchObject({ "put JOB-MARK": 1 });
});

test("a job keeps what it was ordered with", async () => {
  const bench = jobBench();
  const input = { deep: [1e300, null, { "": "\u0000" }] };

  const { jobId } = await submitted(bench, {
    input,
    priority: "high",
    delayMs: 2_500,
    attemptsMax: 10,
    title: "Größe",
  });

  const job = await bench.jobs.get(acme, jobId);
  expect(job).toMatchObject({
    tenantId: acme,
    kind: "echo",
    title: "Größe",
    state: "queued",
    priority: "high",
    attemptsMax: 10,
    submitter: anOrder().submitter,
    readyAtEpochMs: bench.clock.nowMs() + 2_500,
  });
  expect(job && (await bench.jobs.inputOf(job))).toEqual(input);
  expect(bench.sent).toMatchObject([{ tenantId: acme, priority: "high", visibleAtMs: bench.clock.nowMs() + 3_000 }]);
});

test("a large input lies beside its job, and its handler is given it", async () => {
  const bench = jobBench();
  const input = { text: "ä".repeat(500_000) };
  const seen: unknown[] = [];
  const worker = bench.worker({
    echo: async (run) => {
      seen.push(run.input);
      return succeeded(null);
    },
  });

  const job = await submitted(bench, { input });
  await bench.takeNext(worker);

  expect(job.input).toMatchObject({ at: "blob", bytes: 1_000_011 });
  expect(seen).toEqual([input]);
});

test.each([
  [{ kind: "" }, "kind"],
  [{ kind: "Echo" }, "kind"],
  [{ kind: "a".repeat(65) }, "kind"],
  [{ title: "" }, "title"],
  [{ title: "x".repeat(201) }, "title"],
  [{ title: "\ud800" }, "title"],
  [{ delayMs: -1 }, "delayMs"],
  [{ delayMs: 7 * 86_400_000 + 1 }, "delayMs"],
  [{ delayMs: Number.NaN }, "delayMs"],
  [{ attemptsMax: 0 }, "attemptsMax"],
  [{ attemptsMax: 11 }, "attemptsMax"],
  [{ attemptsMax: 1.5 }, "attemptsMax"],
  [{ idempotencyKey: "" }, "idempotencyKey"],
  [{ idempotencyKey: "x".repeat(256) }, "idempotencyKey"],
  [{ idempotencyKey: "schlüssel" }, "idempotencyKey"],
])("an order with %j is refused, and nothing is written", async (given, field) => {
  const bench = jobBench();

  const answer = await bench.jobs.submit(acme, anOrder(given));

  expect(answer).toMatchObject({ ok: false, problem: { reason: "job_order_invalid", field } });
  expect(bench.operations()).toEqual({});
});

test("an input of 4 MiB is taken, and of one byte more is not", async () => {
  const bench = jobBench();
  const bytesMax = 4 * 1024 * 1024;

  const taken = await bench.jobs.submit(acme, anOrder({ input: "x".repeat(bytesMax - 2) }));
  const answer = await bench.jobs.submit(acme, anOrder({ input: "x".repeat(bytesMax - 1) }));

  expect(taken.ok).toBe(true);
  expect(answer).toEqual(refused({ reason: "job_too_large", part: "input", bytes: bytesMax + 1, bytesMax }));
});

test("a tenant at its limit of open jobs is refused, and nothing is written; the next place is its own again", async () => {
  const bench = jobBench();
  bench.setLimit(1);
  await submitted(bench);
  bench.operations();

  const second = await bench.jobs.submit(acme, anOrder());
  const written = bench.operations();
  await bench.takeNext(bench.worker({ echo: async () => succeeded(null) }));
  const third = await bench.jobs.submit(acme, anOrder());

  expect(second).toEqual(refused({ reason: "quota_reached", quota: "jobsInFlight", limit: 1 }));
  expect(Object.keys(written).filter((operation) => !operation.startsWith("query"))).toEqual([]);
  expect(third.ok).toBe(true);
});

test.each(["suspended", "deleted", "none"] as const)("a tenant that is %s can't submit", async (status) => {
  const bench = jobBench();
  bench.setStatus(acme, status);

  const answer = await bench.jobs.submit(acme, anOrder());

  expect(answer).toEqual(refused({ reason: "tenant_inactive" }));
  expect(await bench.quotaUsed(acme)).toBe(0);
});

test("a queue that can't be reached does not fail a stored job", async () => {
  const bench = jobBench();
  bench.breakQueue(true);

  const job = await submitted(bench);

  expect(await bench.jobs.get(acme, job.jobId)).toMatchObject({ state: "queued" });
  expect(bench.reports).toMatchObject([{ code: "store_unavailable" }]);
});

test("a key that comes again finds its job, in whatever state, and takes no other place", async () => {
  const bench = jobBench();
  bench.setLimit(1);
  const order = anOrder({ idempotencyKey: "k 1", requestDigest: "d" });

  const first = value(await bench.jobs.submit(acme, order));
  const second = value(await bench.jobs.submit(acme, order));
  await bench.takeNext(bench.worker({ echo: async () => succeeded("done") }));
  const third = value(await bench.jobs.submit(acme, order));

  expect([first.isNew, second.isNew, third.isNew]).toEqual([true, false, false]);
  expect([second.job.jobId, third.job.jobId]).toEqual([first.job.jobId, first.job.jobId]);
  expect(third.job.state).toBe("succeeded");
  expect(await bench.quotaUsed(acme)).toBe(0);
});

test("a key with another request is refused, and is another tenant's own", async () => {
  const bench = jobBench();
  const order = anOrder({ idempotencyKey: "k", requestDigest: "d" });
  const first = value(await bench.jobs.submit(acme, order));

  const other = await bench.jobs.submit(acme, { ...order, requestDigest: "e" });
  const elsewhere = value(await bench.jobs.submit(bolt, { ...order, requestDigest: "e" }));

  expect(other).toEqual(refused({ reason: "idempotency_key_reused" }));
  expect(elsewhere).toMatchObject({ isNew: true });
  expect(elsewhere.job.jobId).not.toBe(first.job.jobId);
});

test("a key is remembered for six days", async () => {
  const bench = jobBench();
  const order = anOrder({ idempotencyKey: "k" });
  await bench.jobs.submit(acme, order);

  bench.clock.advance(JOB_REQUEST_KEPT_MS - 1_000);
  const within = value(await bench.jobs.submit(acme, order));
  bench.clock.advance(1_000);
  const after = value(await bench.jobs.submit(acme, order));

  expect([within.isNew, after.isNew]).toEqual([false, true]);
});

test("two who submit with one key at once make one job, of one place", async () => {
  const bench = jobBench();
  const order = anOrder({ idempotencyKey: "k" });

  const answers = (await Promise.all([1, 2, 3].map(() => bench.jobs.submit(acme, order)))).map(value);

  expect(new Set(answers.map(({ job }) => job.jobId)).size).toBe(1);
  expect(answers.filter(({ isNew }) => isNew)).toHaveLength(1);
  expect(await bench.jobs.openJobs(acme)).toBe(1);
  expect(await bench.quotaUsed(acme)).toBe(1);
});

test("another tenant's job can't be seen, changed, or told from none", async () => {
  const bench = jobBench();
  const { jobId } = await submitted(bench);
  const unknown = refused({ reason: "job_unknown" });

  const seen = [await bench.jobs.get(bolt, jobId), await bench.jobs.list(bolt, {}), await bench.jobs.openJobs(bolt)];
  const changed = [
    await bench.jobs.cancel(bolt, jobId),
    await bench.jobs.answer(bolt, jobId, {}),
    await bench.jobs.redrive(bolt, jobId),
    await bench.jobs.changeOf(bolt, jobId, { since: 0, timeoutMs: 0 }),
  ];

  expect(seen).toEqual([undefined, { ok: true, value: { jobs: [] } }, 0]);
  expect(changed).toEqual([unknown, unknown, unknown, undefined]);
  expect(await bench.jobs.get(acme, jobId)).toMatchObject({ state: "queued", revision: 1 });
});

test("a job that waits in the queue or for answers is cancelled at once, and its place is free", async () => {
  const bench = jobBench();
  const queued = await submitted(bench);
  bench.sent.length = 0;
  const waiting = await ran(bench, asking);

  const answers = [await bench.jobs.cancel(acme, queued.jobId), await bench.jobs.cancel(acme, waiting.jobId)];

  expect(answers).toMatchObject([
    { ok: true, value: { state: "cancelled", endedAtEpochMs: bench.clock.nowMs() } },
    { ok: true, value: { state: "cancelled" } },
  ]);
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([0, 0]);
});

test("a job that has ended can't be cancelled, answered, or driven again if it did not fail", async () => {
  const bench = jobBench();
  const { jobId } = await ran(bench, async () => succeeded(null));
  const wrong = refused({ reason: "job_state_wrong", state: "succeeded" });

  const answers = [
    await bench.jobs.cancel(acme, jobId),
    await bench.jobs.answer(acme, jobId, { name: "Ann" }),
    await bench.jobs.redrive(acme, jobId),
  ];

  expect(answers).toEqual([wrong, wrong, wrong]);
});

test("answers come in parts, and the last one queues the job with all of them", async () => {
  const bench = jobBench();
  const { jobId, questions } = await ran(bench, asking);

  const first = value(await bench.jobs.answer(acme, jobId, { name: "Ann", other: "?" }));
  const again = value(await bench.jobs.answer(acme, jobId, { name: "Bob" }));
  const sentBefore = bench.sent.length;
  const last = value(await bench.jobs.answer(acme, jobId, { age: 7 }));
  const taken = await bench.takeNext(bench.worker({ echo: async ({ job }) => succeeded(job.answers) }));

  expect(questions).toEqual({ name: "Who?", age: "How old?" });
  expect(first).toMatchObject({ state: "waiting", answers: { name: "Ann" } });
  expect(first.answers).not.toHaveProperty("other");
  expect(again).toEqual(first);
  expect(sentBefore).toBe(0);
  expect(last).toMatchObject({ state: "queued", answers: { name: "Ann", age: 7 } });
  expect(taken).toMatchObject({ job: { state: "succeeded", result: { json: { name: "Ann", age: 7 } } } });
});

test("answers that come at once are all kept", async () => {
  const bench = jobBench();
  const { jobId } = await ran(bench, asking);

  await Promise.all([bench.jobs.answer(acme, jobId, { name: "Ann" }), bench.jobs.answer(acme, jobId, { age: 7 })]);

  expect(await bench.jobs.get(acme, jobId)).toMatchObject({ state: "queued", answers: { name: "Ann", age: 7 } });
});

test("answers past 64 KiB are refused", async () => {
  const bench = jobBench();
  const { jobId } = await ran(bench, asking);

  const answer = await bench.jobs.answer(acme, jobId, { name: "x".repeat(65_536) });

  expect(answer).toMatchObject({ ok: false, problem: { reason: "job_too_large", part: "answers", bytesMax: 65_536 } });
  expect(await bench.jobs.get(acme, jobId)).toMatchObject({ state: "waiting", answers: {} });
});

test("a failed job runs again with its first number of attempts and a place of its own, and keeps why it failed", async () => {
  const bench = jobBench();
  const { jobId } = await ran(bench, doomed);
  const before = await bench.jobs.get(acme, jobId);

  const driven = value(await bench.jobs.redrive(acme, jobId));
  const used = await bench.quotaUsed(acme);
  const taken = await bench.takeNext(bench.worker({ echo: async () => succeeded("at last") }));

  expect(before).toMatchObject({ state: "failed", failure: { code: "doomed" } });
  expect(driven).toMatchObject({ state: "queued", drive: 2, attempts: 0, failures: [{ code: "doomed" }] });
  expect(driven.failure).toBeUndefined();
  expect(driven.endedAtEpochMs).toBeUndefined();
  expect(used).toBe(1);
  expect(taken).toMatchObject({ job: { state: "succeeded", term: 2 } });
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([0, 0]);
});

test("a job that was driven again is kept as long as it is open", async () => {
  const bench = jobBench();
  const { jobId } = await ran(bench, doomed);
  await bench.jobs.redrive(acme, jobId);

  bench.clock.advance(2 * JOB_KEPT_MS - 1);

  expect(await bench.jobs.get(acme, jobId)).toMatchObject({ state: "queued" });
});

test("two who drive a job again at once drive it once, under one place", async () => {
  const bench = jobBench();
  const { jobId } = await ran(bench, doomed);

  const answers = await Promise.all([1, 2].map(() => bench.jobs.redrive(acme, jobId)));

  expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  expect(await bench.jobs.get(acme, jobId)).toMatchObject({ state: "queued", drive: 2 });
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([1, 1]);
});

test("a job is not driven again past the limit, for a tenant that is suspended, or without its input", async () => {
  const bench = jobBench();
  const large = await submitted(bench, { input: "x".repeat(20_000) });
  await bench.takeNext(bench.worker({ echo: doomed }));
  bench.setLimit(0);
  const full = await bench.jobs.redrive(acme, large.jobId);
  bench.setLimit(10);
  bench.setStatus(acme, "suspended");
  const suspended = await bench.jobs.redrive(acme, large.jobId);
  bench.setStatus(acme, "active");
  for (const key of bench.blob.keys()) await bench.blob.delete(key);

  const gone = await bench.jobs.redrive(acme, large.jobId);

  expect(full).toMatchObject({ ok: false, problem: { reason: "quota_reached" } });
  expect(suspended).toEqual(refused({ reason: "tenant_inactive" }));
  expect(gone).toEqual(refused({ reason: "job_input_gone" }));
  expect([await bench.jobs.openJobs(acme), await bench.quotaUsed(acme)]).toEqual([0, 0]);
});

test("a result is read from where it lies", async () => {
  const bench = jobBench();

  const job = await ran(bench, async () => succeeded({ large: "x".repeat(70_000) }));

  expect(job.result).toMatchObject({ at: "blob", bytes: 70_012 });
  expect(await bench.jobs.resultOf(job)).toEqual({ large: "x".repeat(70_000) });
});

test("a job that has ended is kept for a week", async () => {
  const bench = jobBench();
  const { jobId } = await ran(bench, async () => succeeded(null));

  bench.clock.advance(JOB_KEPT_MS - 1_000);
  const within = await bench.jobs.get(acme, jobId);
  bench.clock.advance(1_000);

  expect(within?.state).toBe("succeeded");
  expect(await bench.jobs.get(acme, jobId)).toBeUndefined();
});

test("a change is told once it is there, or the job as it is when the time is over", async () => {
  const bench = jobBench();
  const job = await submitted(bench);
  const startMs = bench.clock.nowMs();

  const unchanged = await passing(bench.clock, bench.jobs.changeOf(acme, job.jobId, { since: 1, timeoutMs: 3_000 }));
  const waitedMs = bench.clock.nowMs() - startMs;
  const watching = bench.jobs.changeOf(acme, job.jobId, { since: job.revision, timeoutMs: 600_000 });
  await bench.jobs.cancel(acme, job.jobId);
  const changed = await passing(bench.clock, watching);
  const at = bench.clock.nowMs();
  const atOnce = await bench.jobs.changeOf(acme, job.jobId, { since: 1, timeoutMs: 600_000 });

  expect(unchanged).toMatchObject({ state: "queued", revision: 1 });
  expect(waitedMs).toBeGreaterThanOrEqual(3_000);
  expect(waitedMs).toBeLessThan(3_100);
  expect(changed && isEnd(changed.state)).toBe(true);
  expect(atOnce?.state).toBe("cancelled");
  expect(bench.clock.nowMs()).toBe(at);
});

test("who waits for a change looks ever less often, and leaves when told", async () => {
  const bench = jobBench();
  const job = await submitted(bench);
  const leaving = new AbortController();
  bench.operations();

  await passing(bench.clock, bench.jobs.changeOf(acme, job.jobId, { since: 1, timeoutMs: 60_000 }));
  const looks = bench.operations()["get JOB"];
  const watching = bench.jobs.changeOf(acme, job.jobId, { since: 1, timeoutMs: 60_000, signal: leaving.signal });
  leaving.abort();

  expect(looks).toBeGreaterThan(60);
  expect(looks).toBeLessThan(75);
  expect((await watching)?.state).toBe("queued");
});

test("an id that was never given is of no job", async () => {
  const bench = jobBench();
  const { jobId } = await submitted(bench);
  const other = `${jobId.slice(0, -1)}${jobId.endsWith("A") ? "B" : "A"}` as JobId;

  expect(await bench.jobs.get(acme, other)).toBeUndefined();
});
