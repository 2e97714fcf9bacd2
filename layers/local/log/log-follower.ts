import { FOLLOW_LINES_MAX } from "../../core/log/limits.ts";
import type { LogLine } from "../../core/log/log-line.ts";
import type { LogQuery } from "../../core/log/log-query.ts";
import type { LogBatch, LogFollower } from "../../core/log/log-store.ts";
import { findLines } from "./find-lines.ts";
import { FolderWatch } from "./folder-watch.ts";
import { FOLLOW_BYTES_MAX, SEGMENT_BYTES_MAX } from "./limits.ts";
import { type LogPlace, lastNumberIn, listSegments, readOn } from "./log-reader.ts";
import { LINE_END, lineCountIn, type Segment } from "./segment.ts";

/** Where a listener stands: the number of the last line it was told, and where the next one begins, if that is known. */
interface Standing {
  readonly number: number;
  readonly byte?: { readonly of: number; readonly at: number };
}

interface Step {
  readonly lines: readonly LogLine[];
  readonly missedCount: number;
  readonly standing: Standing;
}

/** Reads on in a log as it is written. The log itself is what waits for a slow listener: nothing is kept here. */
export class LogFolderFollower implements LogFollower {
  readonly #place: LogPlace;
  /** Anew for each look: what is too old moves on. */
  readonly #query: () => LogQuery;
  readonly #watch: FolderWatch;
  readonly #nowMs: () => number;
  #standing: Standing | undefined;

  constructor(
    place: LogPlace,
    from: { readonly query: () => LogQuery; readonly after?: number },
    nowMs: () => number = () => performance.now(),
  ) {
    this.#place = place;
    this.#query = from.query;
    this.#watch = new FolderWatch(place.folder);
    this.#nowMs = nowMs;
    if (from.after !== undefined) this.#standing = { number: from.after };
  }

  async next(waitMs: number, signal?: AbortSignal): Promise<LogBatch> {
    const untilMs = this.#nowMs() + waitMs;
    for (;;) {
      this.#watch.begin();
      this.#standing ??= { number: await lastNumberIn(await listSegments(this.#place.folder)) };
      const step = await this.#step(this.#standing);
      const hasMoved = step.standing.number !== this.#standing.number || step.missedCount > 0;
      this.#standing = step.standing;
      if (hasMoved) return this.#batch(step);
      const leftMs = untilMs - this.#nowMs();
      if (leftMs <= 0 || signal?.aborted === true) return this.#batch(step);
      await this.#watch.changed(leftMs, signal);
    }
  }

  close(): void {
    this.#watch.close();
  }

  #batch({ lines, missedCount, standing }: Step): LogBatch {
    return {
      lines,
      ...(standing.number > 0 && { position: String(standing.number) }),
      ...(missedCount > 0 && { missed: { count: missedCount } }),
    };
  }

  async #step(standing: Standing): Promise<Step> {
    const segments = await listSegments(this.#place.folder);
    const oldest = segments[0];
    if (oldest === undefined) return { lines: [], missedCount: 0, standing: { number: 0 } }; // never written, or erased
    const next = standing.number + 1;
    if (next < oldest.first) {
      const step = await this.#readOn(oldest, { number: oldest.first - 1 });
      return { ...step, missedCount: oldest.first - next };
    }
    const index = segments.findLastIndex(({ first }) => first <= next);
    const segment = segments[index] ?? oldest;
    return this.#readOn(segment, standing);
  }

  async #readOn(segment: Segment, standing: Standing): Promise<Step> {
    const fromByte = await this.#byteIn(segment, standing);
    // A place beyond the end is one of an earlier log of that name: all of this one is new.
    if (fromByte === undefined) return this.#fromBeginning();
    const bytes = await readOn(segment, { fromByte, bytesMax: FOLLOW_BYTES_MAX });
    if (bytes === undefined || bytes.byteLength === 0) return { lines: [], missedCount: 0, standing };
    const read = { projectId: this.#place.projectId, first: standing.number + 1, text: bytes.toString() };
    const lines = findLines(read, { query: this.#query(), limit: FOLLOW_LINES_MAX });
    const last = lines.length === FOLLOW_LINES_MAX ? Number(lines.at(-1)?.sequence) : undefined;
    const number = last ?? standing.number + lineCountIn(bytes);
    const readBytes = last === undefined ? bytes.byteLength : endOfLine(bytes, last - standing.number);
    return { lines, missedCount: 0, standing: { number, byte: { of: segment.first, at: fromByte + readBytes } } };
  }

  async #fromBeginning(): Promise<Step> {
    const oldest = (await listSegments(this.#place.folder))[0];
    const standing = { number: (oldest?.first ?? 1) - 1 };
    return oldest === undefined ? { lines: [], missedCount: 0, standing } : this.#readOn(oldest, standing);
  }

  /** Where the line after the standing begins; undefined where the segment ends before. */
  async #byteIn(segment: Segment, { number, byte }: Standing): Promise<number | undefined> {
    if (byte?.of === segment.first) return byte.at;
    const before = number + 1 - segment.first;
    if (before === 0) return 0;
    const bytes = await readOn(segment, { fromByte: 0, bytesMax: SEGMENT_BYTES_MAX });
    if (bytes === undefined) return 0;
    return lineCountIn(bytes) < before ? undefined : endOfLine(bytes, before);
  }
}

/** Where the so-manieth line ends. */
function endOfLine(bytes: Buffer, count: number): number {
  let end = 0;
  for (let line = 0; line < count; line++) end = bytes.indexOf(LINE_END, end) + 1;
  return end;
}
