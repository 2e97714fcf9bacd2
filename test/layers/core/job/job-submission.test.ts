import { expect, test } from "vitest";
import { succeeded } from "../../../../layers/core/job/job-run.ts";
import { JOB_REQUEST_KEPT_MS } from "../../../../layers/core/job/limits.ts";
import { refused } from "../../../../layers/core/result.ts";
import { acme, anOrder, jobBench } from "../../../fixtures/job-bench.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { submitted, value } from "./job-helpers.ts";

const bolt = tenant("bolt");

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
    input: { at: "item", json: input },
    readyAtEpochMs: bench.clock.nowMs() + 2_500,
  });
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
