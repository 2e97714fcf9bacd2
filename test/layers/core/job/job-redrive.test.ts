import { expect, test } from "vitest";
import { succeeded } from "../../../../layers/core/job/job-run.ts";
import { JOB_KEPT_MS } from "../../../../layers/core/job/limits.ts";
import { refused } from "../../../../layers/core/result.ts";
import { acme, jobBench } from "../../../fixtures/job-bench.ts";
import { doomed, ran, submitted, value } from "./job-helpers.ts";

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
