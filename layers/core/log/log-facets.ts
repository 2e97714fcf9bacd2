import { FACET_BUCKETS_MAX } from "./limits.ts";
import { LogCounter, type LogCounts } from "./log-counts.ts";
import type { LogLine } from "./log-line.ts";

/** So many lines were written in the time that begins here. */
export interface LogBucket {
  readonly fromEpochMs: number;
  readonly count: number;
}

/** What a query found, by what it was. */
export interface LogFacets extends LogCounts {
  readonly total: number;
  /** How long each bucket is. */
  readonly bucketMs: number;
  /** From the first in which there is a line to the last, those without any between them too. */
  readonly byTime: readonly LogBucket[];
}

/** Lengths that a person reads at a glance, from a second to a day. */
const BUCKET_SECONDS = [
  1,
  5,
  15,
  30,
  60,
  300,
  900,
  1_800,
  3_600,
  3 * 3_600,
  6 * 3_600,
  12 * 3_600,
  24 * 3_600,
] as const;

/**
 * Counts what was found, by level, stream and run, and over time, in the shortest buckets of which at most
 * {@link FACET_BUCKETS_MAX} are needed.
 */
export async function logFacets(found: AsyncIterable<readonly LogLine[]>): Promise<LogFacets> {
  const counter = new LogCounter();
  const bySecond = new Map<number, number>();
  let total = 0;
  for await (const lines of found) {
    total += lines.length;
    for (const line of lines) {
      counter.count(line);
      const second = Math.floor(line.atEpochMs / 1_000);
      bySecond.set(second, (bySecond.get(second) ?? 0) + 1);
    }
  }
  return { total, ...counter.counts(), ...overTime(bySecond) };
}

function overTime(bySecond: ReadonlyMap<number, number>): Pick<LogFacets, "bucketMs" | "byTime"> {
  const [firstSecond = 0, lastSecond = 0] = ends(bySecond.keys());
  const bucketSeconds = bucketFor(firstSecond, lastSecond);
  const counts = new Map<number, number>();
  for (const [second, count] of bySecond) {
    const bucket = Math.floor(second / bucketSeconds);
    counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  }
  const first = Math.floor(firstSecond / bucketSeconds);
  const length = counts.size === 0 ? 0 : Math.floor(lastSecond / bucketSeconds) - first + 1;
  const bucketMs = bucketSeconds * 1_000;
  const byTime = Array.from({ length }, (_, index) => ({
    fromEpochMs: (first + index) * bucketMs,
    count: counts.get(first + index) ?? 0,
  }));
  return { bucketMs, byTime };
}

function ends(seconds: Iterable<number>): readonly [number?, number?] {
  let first: number | undefined;
  let last: number | undefined;
  for (const second of seconds) {
    first = first === undefined ? second : Math.min(first, second);
    last = last === undefined ? second : Math.max(last, second);
  }
  return first === undefined || last === undefined ? [] : [first, last];
}

function bucketFor(firstSecond: number, lastSecond: number): number {
  const needed = (seconds: number) => Math.floor(lastSecond / seconds) - Math.floor(firstSecond / seconds) + 1;
  const fitting = BUCKET_SECONDS.find((seconds) => needed(seconds) <= FACET_BUCKETS_MAX);
  // Lines of a clock that was years off are put in few buckets too.
  return fitting ?? Math.ceil((lastSecond - firstSecond + 1) / (FACET_BUCKETS_MAX - 1));
}
