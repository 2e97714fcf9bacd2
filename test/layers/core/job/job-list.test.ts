import { expect, test } from "vitest";
import type { JobFilter } from "../../../../layers/core/job/job-list.ts";
import { failed, succeeded } from "../../../../layers/core/job/job-run.ts";
import { JOB_LIST_READS_MAX } from "../../../../layers/core/job/limits.ts";
import { refused } from "../../../../layers/core/result.ts";
import { jobKey } from "../../../../layers/core/store/keys.ts";
import { acme, anOrder, type JobBench, jobBench } from "../../../fixtures/job-bench.ts";

/** A second apart; every third fails. */
async function filled(count: number): Promise<{ readonly bench: JobBench; readonly startMs: number }> {
  const bench = jobBench();
  bench.setLimit(1_000);
  const startMs = bench.clock.nowMs();
  const worker = bench.worker({
    echo: async ({ job }) =>
      Number(job.title) % 3 === 0 ? failed({ code: "no", message: "No." }, { isFinal: true }) : succeeded(null),
  });
  for (let index = 0; index < count; index++) {
    await bench.jobs.submit(acme, anOrder({ title: String(index) }));
    await bench.takeNext(worker);
    bench.clock.advance(1_000);
  }
  bench.operations();
  return { bench, startMs };
}

async function titles(
  bench: JobBench,
  filter: JobFilter,
): Promise<{ readonly titles: readonly string[]; readonly cursor?: string }> {
  const listed = await bench.jobs.list(acme, filter);
  if (!listed.ok) throw new TypeError(listed.problem.reason);
  const { jobs, cursor } = listed.value;
  return { titles: jobs.map(({ title }) => title), ...(cursor !== undefined && { cursor }) };
}

/** All pages, with how many reads each took. */
async function everyPage(bench: JobBench, filter: JobFilter) {
  const pages: string[][] = [];
  const reads: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await titles(bench, { ...filter, cursor });
    pages.push([...page.titles]);
    reads.push(bench.operations()["query JOB"] ?? 0);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { pages, reads };
}

test("jobs are listed by pages, the newest first, each once", async () => {
  const { bench } = await filled(25);

  const { pages } = await everyPage(bench, { limit: 10 });

  expect(pages.flat()).toEqual(Array.from({ length: 25 }, (_, index) => String(24 - index)));
  expect(Math.max(...pages.map(({ length }) => length))).toBe(10);
});

test("those of a state are the tenant's dead letters, with their reasons", async () => {
  const { bench } = await filled(10);

  const listed = await bench.jobs.list(acme, { state: "failed" });

  expect(listed.ok && listed.value.jobs.map(({ title, failure }) => [title, failure?.code])).toEqual([
    ["9", "no"],
    ["6", "no"],
    ["3", "no"],
    ["0", "no"],
  ]);
});

test("a page of what is rare ends after a bounded number of reads, and the next goes on", async () => {
  const { bench } = await filled(40);

  const { pages, reads } = await everyPage(bench, { state: "cancelled", limit: 1 });

  expect(pages.flat()).toEqual([]);
  expect(Math.max(...reads)).toBe(JOB_LIST_READS_MAX);
  expect(pages.length).toBe(40 / JOB_LIST_READS_MAX);
});

test("times include their first moment and leave out their last", async () => {
  const { bench, startMs } = await filled(6);

  const between = await titles(bench, {
    submittedAfterEpochMs: startMs + 2_000,
    submittedBeforeEpochMs: startMs + 4_000,
  });
  const none = await titles(bench, { submittedAfterEpochMs: startMs + 60_000 });

  expect([between, none]).toEqual([{ titles: ["3", "2"] }, { titles: [] }]);
});

test("what was never made is not listed", async () => {
  const { bench } = await filled(1);
  await bench.deps.table.put({ ...jobKey(acme, "job_zzzzzzzzzaaaaaaaaaaaaaaaaaaaaaa"), state: "void" });

  expect(await titles(bench, {})).toEqual({ titles: ["0"] });
});

test.each([0, -1, 1.5, Number.NaN, 101])("a limit of %d is refused", async (limit) => {
  const { bench } = await filled(0);

  expect(await bench.jobs.list(acme, { limit })).toEqual(refused({ reason: "job_limit_invalid", limitMax: 100 }));
});

test("a cursor that was never given is refused", async () => {
  const { bench } = await filled(0);

  expect(await bench.jobs.list(acme, { cursor: "here" })).toEqual(refused({ reason: "job_cursor_malformed" }));
});
