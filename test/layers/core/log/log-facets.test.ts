import { expect, test } from "vitest";
import { FACET_BUCKETS_MAX } from "../../../../layers/core/log/limits.ts";
import { logFacets } from "../../../../layers/core/log/log-facets.ts";
import type { LogLine } from "../../../../layers/core/log/log-line.ts";

const NOON_MS = Date.UTC(2027, 0, 31, 12);

function aLine(given: Partial<LogLine>): LogLine {
  return {
    projectId: "p",
    runId: "r",
    sequence: "1",
    atEpochMs: NOON_MS,
    level: "info",
    stream: "stdout",
    text: "",
    ...given,
  };
}

async function* inOnes(lines: readonly LogLine[]): AsyncGenerator<readonly LogLine[]> {
  for (const line of lines) yield [line];
}

test("what was found is counted by level, stream and run, the runs in their order", async () => {
  const facets = await logFacets(
    inOnes([aLine({ level: "error", runId: "two" }), aLine({ level: "error", stream: "stderr" }), aLine({})]),
  );

  expect(facets).toEqual({
    total: 3,
    byLevel: { debug: 0, info: 1, warn: 0, error: 2 },
    byStream: { stdout: 2, stderr: 1, system: 0 },
    byRun: { two: 1, r: 2 },
    bucketMs: 1_000,
    byTime: [{ fromEpochMs: NOON_MS, count: 3 }],
  });
});

test("times without any line are told between those with", async () => {
  const facets = await logFacets(inOnes([0, 999, 2_500].map((afterMs) => aLine({ atEpochMs: NOON_MS + afterMs }))));

  expect(facets.byTime).toEqual([
    { fromEpochMs: NOON_MS, count: 2 },
    { fromEpochMs: NOON_MS + 1_000, count: 0 },
    { fromEpochMs: NOON_MS + 2_000, count: 1 },
  ]);
});

const MINUTE_MS = 60_000;
test.each([
  [59_999, 1_000],
  [MINUTE_MS, 5_000],
  [59 * MINUTE_MS, MINUTE_MS],
  [60 * MINUTE_MS, 5 * MINUTE_MS],
  [3 * 24 * 60 * MINUTE_MS, 3 * 60 * MINUTE_MS],
])("lines over %d ms are counted in buckets of %d ms, as many as can be read", async (spanMs, bucketMs) => {
  const facets = await logFacets(inOnes([aLine({ atEpochMs: NOON_MS + spanMs }), aLine({})]));

  expect(facets.bucketMs).toBe(bucketMs);
  expect(facets.byTime.length).toBeLessThanOrEqual(FACET_BUCKETS_MAX);
  expect(facets.byTime.reduce((sum, { count }) => sum + count, 0)).toBe(2);
});

test("also lines of a clock that was years off are counted in so many buckets", async () => {
  const facets = await logFacets(inOnes([aLine({ atEpochMs: 0 }), aLine({})]));

  expect(facets.byTime.length).toBeLessThanOrEqual(FACET_BUCKETS_MAX);
  expect([facets.byTime[0]?.count, facets.byTime.at(-1)?.count]).toEqual([1, 1]);
});

test("nothing found is counted too", async () => {
  expect(await logFacets(inOnes([]))).toMatchObject({ total: 0, byRun: {}, byTime: [] });
});
