import type { LogLine } from "./log-line.ts";
import type { LogQuery } from "./log-query.ts";
import { folded } from "./log-text.ts";

/** What a query judges a line by. */
export type JudgedLine = Pick<LogLine, "runId" | "atEpochMs" | "level" | "stream" | "text">;

/** Whether a query finds a line. Takes as long as the line and the query are, whatever is in them. */
export function matchesQuery(query: LogQuery, line: JudgedLine): boolean {
  if (!matchesAllButText(query, line)) return false;
  const { includes, excludes } = query;
  if (includes.length === 0 && excludes.length === 0) return true;
  const text = folded(line.text);
  return includes.every((term) => text.includes(term)) && !excludes.some((term) => text.includes(term));
}

/** The part that needs no look at the text. */
export function matchesAllButText(
  { levels, streams, runIds, otherThanRunIds, sinceEpochMs, untilEpochMs }: LogQuery,
  { level, stream, runId, atEpochMs }: Omit<JudgedLine, "text">,
): boolean {
  return (
    (levels === undefined || levels.has(level)) &&
    (streams === undefined || streams.has(stream)) &&
    (runIds === undefined || runIds.has(runId)) &&
    otherThanRunIds?.has(runId) !== true &&
    (sinceEpochMs === undefined || atEpochMs >= sinceEpochMs) &&
    (untilEpochMs === undefined || atEpochMs < untilEpochMs)
  );
}
