import type { NotedRun } from "../../core/log/log-book.ts";
import type { LogSequence } from "../../core/log/log-line.ts";

/** A line's place: its run's among those of the project, and its own in the run. */
export interface LinePlace {
  readonly notedAtEpochMs: number;
  readonly runId: string;
  /** Counts the lines of the run. */
  readonly number: number;
  /** When the line was printed: where in the stream to look for it. */
  readonly atEpochMs: number;
}

const PATTERN = /^(\d{1,15})-(\d{1,15})-(\d{1,15})-([A-Za-z0-9_-]{1,64})$/;

export function sequenceOf({ notedAtEpochMs, number, atEpochMs, runId }: LinePlace): LogSequence {
  return `${notedAtEpochMs}-${number}-${atEpochMs}-${runId}`;
}

/** Undefined for a place that was never one here. */
export function parseSequence(sequence: LogSequence | undefined): LinePlace | undefined {
  const [, noted, number, at, runId] = PATTERN.exec(sequence ?? "") ?? [];
  if (runId === undefined) return undefined;
  return { notedAtEpochMs: Number(noted), number: Number(number), atEpochMs: Number(at), runId };
}

type RunPlace = Pick<NotedRun, "notedAtEpochMs" | "runId">;

/** Below 0 where `one` comes before `other`, as the book has them. */
export function compareRuns(one: RunPlace, other: RunPlace): number {
  if (one.notedAtEpochMs !== other.notedAtEpochMs) return one.notedAtEpochMs - other.notedAtEpochMs;
  return one.runId === other.runId ? 0 : one.runId < other.runId ? -1 : 1;
}
