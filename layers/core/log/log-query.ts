import type { LogLevel, LogStream } from "./log-line.ts";

/** What a line has to be to be found: all of it at once. One without anything finds every line. */
export interface LogQuery {
  /** One of these. */
  readonly levels?: ReadonlySet<LogLevel>;
  /** One of these. */
  readonly streams?: ReadonlySet<LogStream>;
  /** Of one of these runs. */
  readonly runIds?: ReadonlySet<string>;
  /** Of none of these runs. */
  readonly otherThanRunIds?: ReadonlySet<string>;
  /** Texts that stand in it, as `folded` writes them. */
  readonly includes: readonly string[];
  /** Texts that do not, likewise. */
  readonly excludes: readonly string[];
  /** At this moment or later. */
  readonly sinceEpochMs?: number;
  /** Before this moment. */
  readonly untilEpochMs?: number;
}

export const EVERY_LINE: LogQuery = { includes: [], excludes: [] };
