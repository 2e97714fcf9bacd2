import { expect, test } from "vitest";
import { succeeded } from "../../../../layers/core/job/job-run.ts";
import { acme, anOrder, jobBench } from "../../../fixtures/job-bench.ts";
import { passing } from "../../../fixtures/virtual-time.ts";

test("a job that succeeds at once costs five writes to the table, and no read", async () => {
  const bench = jobBench();
  const worker = bench.worker({ echo: async ({ input }) => succeeded(input) });
  await bench.jobs.submit(acme, anOrder());
  await bench.takeNext(worker);
  bench.operations();

  const submitted = await bench.jobs.submit(acme, anOrder());
  const taken = await bench.takeNext(worker);

  expect(submitted).toMatchObject({ ok: true, value: { isNew: true, job: { state: "queued" } } });
  expect(taken).toMatchObject({ message: "complete", job: { state: "succeeded" } });
  expect(bench.operations()).toEqual({ "delete JOB-OPEN": 1, "put JOB": 1, "put JOB-OPEN": 1, "update JOB": 2 });
  expect(bench.sent).toEqual([]);
  expect(await bench.quotaUsed(acme)).toBe(0);
  expect(bench.reports).toEqual([]);
});

test("a result is read from where it lies", async () => {
  const bench = jobBench();
  const worker = bench.worker({ echo: async () => succeeded({ large: "x".repeat(70_000) }) });
  await bench.jobs.submit(acme, anOrder());

  const taken = await passing(bench.clock, bench.takeNext(worker));

  const job = "job" in taken ? taken.job : undefined;
  expect(job?.result).toMatchObject({ at: "blob", bytes: 70_012 });
  expect(job && (await bench.jobs.resultOf(job))).toEqual({ large: "x".repeat(70_000) });
});
