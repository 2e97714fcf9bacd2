import { expect, test } from "vitest";
import { isEnd } from "../../../../layers/core/job/job.ts";
import type { JobId } from "../../../../layers/core/job/job-id.ts";
import { succeeded } from "../../../../layers/core/job/job-run.ts";
import { JOB_KEPT_MS } from "../../../../layers/core/job/limits.ts";
import { refused } from "../../../../layers/core/result.ts";
import { acme, jobBench } from "../../../fixtures/job-bench.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { passing } from "../../../fixtures/virtual-time.ts";
import { asking, ran, submitted, value } from "./job-helpers.ts";

const bolt = tenant("bolt");

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

test("a result is read from where it lies", async () => {
  const bench = jobBench();

  const job = await ran(bench, async () => succeeded({ large: "x".repeat(70_000) }));

  expect(job.result).toMatchObject({ at: "blob", bytes: 70_012 });
  expect(await bench.jobs.resultOf(job)).toEqual({ large: "x".repeat(70_000) });
});

test("an input of 16 KiB and a result of 64 KiB lie in the job itself, and of one byte more beside it", async () => {
  const bench = jobBench();
  const places = async (inputBytes: number, resultBytes: number) => {
    const { jobId } = await submitted(bench, { input: "x".repeat(inputBytes - 2) });
    await bench.takeNext(bench.worker({ echo: async () => succeeded("x".repeat(resultBytes - 2)) }));
    const job = await bench.jobs.get(acme, jobId);
    return [job?.input.at, job?.result?.at];
  };

  expect(await places(16_384, 65_536)).toEqual(["item", "item"]);
  expect(await places(16_385, 65_537)).toEqual(["blob", "blob"]);
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
