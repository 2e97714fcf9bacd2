/** As a project's clients know them, the least first. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where a line came out; `system` are those that whoever runs the project adds itself. */
export const LOG_STREAMS = ["stdout", "stderr", "system"] as const;
export type LogStream = (typeof LOG_STREAMS)[number];

/**
 * Names a line's place among those of its project, also those of its earlier runs. Opaque: two are compared by the store
 * that gave them alone. It has letters, digits, `-` and `_`, so that it can be the id of an event.
 */
export type LogSequence = string;

/** One line that a project has written. */
export interface LogLine {
  readonly projectId: string;
  readonly runId: string;
  readonly sequence: LogSequence;
  /** When it was taken from the project, which is later than when it was written. */
  readonly atEpochMs: number;
  readonly level: LogLevel;
  readonly stream: LogStream;
  /** Without its end, as it was written, colours included; of at most `LINE_CHARACTERS_MAX` characters. */
  readonly text: string;
}

/** A line that is to be kept. Its level is recognised in its text. */
export interface WrittenLine {
  readonly runId: string;
  readonly atEpochMs: number;
  readonly stream: LogStream;
  readonly text: string;
}
