import { FOLLOW_LINES_MAX } from "../../core/log/limits.ts";
import type { NotedRun } from "../../core/log/log-book.ts";
import { answered } from "../../core/log/log-fault.ts";
import type { LogLine, LogSequence } from "../../core/log/log-line.ts";
import type { LogBatch, LogFollower } from "../../core/log/log-store.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { RUN_SETTLED_MS, STAMP_LATE_MS_MAX } from "./limits.ts";
import { compareRuns, type LinePlace } from "./log-place.ts";
import { type EventsAsked, type LinesPage, type RunStream, readLines } from "./run-lines.ts";

export interface FollowedProject {
  readonly clock: Clock;
  readonly pollMs: number;
  runs(): Promise<readonly NotedRun[]>;
  streamOf(run: NotedRun): RunStream;
  /** What of lines is told now. */
  found(lines: readonly LogLine[]): Promise<readonly LogLine[]>;
}

/** The run that is read, how far, and how the next page of it is asked for. */
interface Standing {
  readonly run: NotedRun;
  readonly number: number;
  readonly asked: EventsAsked;
}

/** Asks run after run for what is new, the next one once this one has had the time to say its last. */
export class CloudWatchFollower implements LogFollower {
  readonly #project: FollowedProject;
  #standing: Standing | undefined;
  #hasBegun: boolean;
  #after: LinePlace | undefined;
  #position: LogSequence | undefined;

  /** @param after undefined for what comes from now on; `beginning` for all that is there. */
  constructor(project: FollowedProject, after: LinePlace | "beginning" | undefined) {
    this.#project = project;
    this.#hasBegun = after !== undefined;
    this.#after = after === "beginning" ? undefined : after;
  }

  async next(waitMs: number, signal?: AbortSignal): Promise<LogBatch> {
    let leftMs = waitMs;
    for (;;) {
      const read = await answered("follow", () => this.#step());
      if (read.length > 0) return this.#batch(read);
      if (leftMs <= 0 || signal?.aborted === true) return this.#batch([]);
      const pauseMs = Math.min(leftMs, this.#project.pollMs);
      await this.#project.clock.sleep(pauseMs, signal);
      leftMs -= pauseMs;
    }
  }

  close(): void {}

  async #batch(read: readonly LogLine[]): Promise<LogBatch> {
    const lines = read.length === 0 ? read : await answered("follow", () => this.#project.found(read));
    this.#position = read.at(-1)?.sequence ?? this.#position;
    return { lines, ...(this.#position !== undefined && { position: this.#position }) };
  }

  async #step(): Promise<readonly LogLine[]> {
    const runs = await this.#project.runs();
    if (!this.#hasBegun) await this.#begin(runs.at(-1));
    this.#standing ??= this.#first(runs);
    for (let passed = 0; passed <= runs.length && this.#standing !== undefined; passed++) {
      const standing: Standing = this.#standing;
      const page = await readLines(this.#project.streamOf(standing.run), "head", standing.asked);
      this.#standing = movedOn(standing, page);
      const fresh = page.lines.filter(({ number }) => number > standing.number);
      if (fresh.length > 0) return fresh.map(({ line }) => line);
      // An empty page with another token has more behind it.
      if (page.forwardToken !== undefined && page.forwardToken !== standing.asked.nextToken) continue;
      const next = this.#afterSettling(runs, standing.run);
      if (next === undefined) return [];
      this.#standing = fromHead(next);
    }
    return [];
  }

  /** The end of the newest run, as far as it has come. */
  async #begin(newest: NotedRun | undefined): Promise<void> {
    this.#hasBegun = true;
    if (newest === undefined) return;
    const page = await readLines(this.#project.streamOf(newest), "end", { limit: 1 });
    const last = page.lines.at(-1);
    this.#position = last?.line.sequence;
    this.#standing = movedOn({ ...fromHead(newest), number: last?.number ?? 0 }, page);
  }

  #first(runs: readonly NotedRun[]): Standing | undefined {
    const after = this.#after;
    if (after === undefined) return runs[0] && fromHead(runs[0]);
    const run = runs.find((each) => compareRuns(each, after) >= 0);
    if (run === undefined) return undefined;
    if (compareRuns(run, after) > 0) return fromHead(run);
    const startTime = Math.max(0, after.atEpochMs - STAMP_LATE_MS_MAX);
    return { run, number: after.number, asked: { limit: FOLLOW_LINES_MAX, startTime } };
  }

  #afterSettling(runs: readonly NotedRun[], run: NotedRun): NotedRun | undefined {
    const next = runs.find((each) => compareRuns(each, run) > 0);
    return next !== undefined && this.#project.clock.nowMs() >= next.notedAtEpochMs + RUN_SETTLED_MS ? next : undefined;
  }
}

const fromHead = (run: NotedRun): Standing => ({ run, number: 0, asked: { limit: FOLLOW_LINES_MAX } });

function movedOn({ run, number, asked }: Standing, { lines, forwardToken }: LinesPage): Standing {
  return {
    run,
    number: Math.max(number, lines.at(-1)?.number ?? 0),
    asked: { limit: FOLLOW_LINES_MAX, ...(forwardToken === undefined ? asked : { nextToken: forwardToken }) },
  };
}
