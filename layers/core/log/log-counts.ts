import type { LogLevel, LogLine, LogStream } from "./log-line.ts";

/** Lines of each sort. What there is none of counts 0, but for runs and times. */
export interface LogCounts {
  readonly byLevel: Readonly<Record<LogLevel, number>>;
  readonly byStream: Readonly<Record<LogStream, number>>;
  /** In the order in which the runs first wrote. */
  readonly byRun: Readonly<Record<string, number>>;
}

/** Counts lines, as many as there are, in little memory. */
export class LogCounter {
  readonly #levels = { debug: 0, info: 0, warn: 0, error: 0 };
  readonly #streams = { stdout: 0, stderr: 0, system: 0 };
  readonly #runs = new Map<string, number>();

  count({ level, stream, runId }: Pick<LogLine, "level" | "stream" | "runId">): void {
    this.#levels[level]++;
    this.#streams[stream]++;
    this.#runs.set(runId, (this.#runs.get(runId) ?? 0) + 1);
  }

  counts(): LogCounts {
    return { byLevel: { ...this.#levels }, byStream: { ...this.#streams }, byRun: Object.fromEntries(this.#runs) };
  }
}
