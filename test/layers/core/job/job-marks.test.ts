import { expect, test } from "vitest";
import { succeeded } from "../../../../layers/core/job/job-run.ts";
import { JOB_MARK_FRESH_MS, JOB_MARK_KEPT_MS } from "../../../../layers/core/job/limits.ts";
import { jobMarkKey } from "../../../../layers/core/store/keys.ts";
import { FLEET_TENANT } from "../../../../layers/core/tenant/tenant-id.ts";
import { acme, type JobBench, jobBench } from "../../../fixtures/job-bench.ts";
import { submitted } from "./job-helpers.ts";

const markOf = (bench: JobBench) =>
  bench.deps.table.get(jobMarkKey(FLEET_TENANT, { region: bench.deps.region, of: acme }));

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
