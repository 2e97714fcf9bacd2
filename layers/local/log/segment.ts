import { join } from "node:path";
import { levelOf } from "../../core/log/log-level.ts";
import { LOG_LEVELS, LOG_STREAMS, type LogLevel, type LogStream, type WrittenLine } from "../../core/log/log-line.ts";
import { checkRunId, keptText } from "../../core/log/log-rules.ts";

/**
 * A log is a folder of segments. Each is named after the number of its first line, and only ever added to; the next one
 * begins with the number after its last line. A line stands there as
 *
 *     <ms since the epoch, 13 digits><level's letter><stream's letter><run id> TAB <text> LF
 *
 * What has no LF at its end was never finished, and is no line.
 */
export interface Segment {
  readonly path: string;
  /** The number of its first line, from 1. */
  readonly first: number;
}

const NUMBER_DIGITS = 16;
const NAME_PATTERN = /^(\d{16})\.log$/;

export function segmentName(first: number): string {
  return `${String(first).padStart(NUMBER_DIGITS, "0")}.log`;
}

/** Those among the names in a folder, the oldest first. */
export function segmentsAmong(folder: string, names: readonly string[]): Segment[] {
  const segments: Segment[] = [];
  for (const name of names) {
    const [, digits] = NAME_PATTERN.exec(name) ?? [];
    if (digits !== undefined) segments.push({ path: join(folder, name), first: Number(digits) });
  }
  return segments.sort((left, right) => left.first - right.first);
}

export const LINE_END = 0x0a;
const TIME_DIGITS = 13;
const RUN_AT = TIME_DIGITS + 2;

const LETTER_OF_LEVEL: Readonly<Record<LogLevel, string>> = { debug: "d", info: "i", warn: "w", error: "e" };
const LETTER_OF_STREAM: Readonly<Record<LogStream, string>> = { stdout: "o", stderr: "e", system: "s" };
const LEVEL_OF_LETTER = new Map(LOG_LEVELS.map((level) => [LETTER_OF_LEVEL[level], level]));
const STREAM_OF_LETTER = new Map(LOG_STREAMS.map((stream) => [LETTER_OF_STREAM[stream], stream]));

export function encodedLine({ runId, atEpochMs, stream, text }: WrittenLine): Buffer {
  checkRunId(runId);
  const kept = keptText(text);
  const time = String(Math.trunc(atEpochMs)).padStart(TIME_DIGITS, "0");
  const letters = LETTER_OF_LEVEL[levelOf(kept, stream)] + LETTER_OF_STREAM[stream];
  return Buffer.from(`${time}${letters}${runId}\t${kept}\n`);
}

/** What stands before a line's text. */
export interface LineHead {
  readonly atEpochMs: number;
  readonly level: LogLevel;
  readonly stream: LogStream;
  readonly runId: string;
  /** Where the text begins. */
  readonly textAt: number;
}

/** Undefined for what is none of ours: a disk that lost power may hold anything. */
export function readHead(segment: string, start: number, end: number): LineHead | undefined {
  const level = LEVEL_OF_LETTER.get(segment[start + TIME_DIGITS] ?? "");
  const stream = STREAM_OF_LETTER.get(segment[start + TIME_DIGITS + 1] ?? "");
  const tabAt = segment.indexOf("\t", start + RUN_AT);
  if (level === undefined || stream === undefined || tabAt === -1 || tabAt >= end) return undefined;
  const atEpochMs = Number(segment.slice(start, start + TIME_DIGITS));
  if (!Number.isSafeInteger(atEpochMs)) return undefined;
  return { atEpochMs, level, stream, runId: segment.slice(start + RUN_AT, tabAt), textAt: tabAt + 1 };
}

export function lineCountIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(LINE_END); at !== -1; at = bytes.indexOf(LINE_END, at + 1)) count++;
  return count;
}

/** Without what was never finished. */
export function wholeLines(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.lastIndexOf(LINE_END) + 1);
}
