import { LogCounter } from "./log-counts.ts";
import type { LogLine } from "./log-line.ts";
import type { LogStats } from "./log-store.ts";

/** What is there, of all lines of a project. */
export async function logStats(every: AsyncIterable<readonly LogLine[]>): Promise<LogStats> {
  const counter = new LogCounter();
  let lineCount = 0;
  let characterCount = 0;
  let oldestAtEpochMs = Number.POSITIVE_INFINITY;
  let newestAtEpochMs = Number.NEGATIVE_INFINITY;
  for await (const lines of every) {
    lineCount += lines.length;
    for (const line of lines) {
      counter.count(line);
      characterCount += line.text.length;
      oldestAtEpochMs = Math.min(oldestAtEpochMs, line.atEpochMs);
      newestAtEpochMs = Math.max(newestAtEpochMs, line.atEpochMs);
    }
  }
  const span = lineCount > 0 ? { oldestAtEpochMs, newestAtEpochMs } : {};
  return { lineCount, characterCount, ...span, ...counter.counts() };
}
