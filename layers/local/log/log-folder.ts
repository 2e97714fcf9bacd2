import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { KEPT_MS, RING_BYTES_MAX } from "../../core/log/limits.ts";
import { LAST_LINE_BYTES_MAX, SEGMENT_BYTES_MAX } from "./limits.ts";
import { lineCountIn, readHead, type Segment, segmentName, segmentsAmong, wholeLines } from "./segment.ts";

/** Beside the segments of a log. Of SQLite's locks, which the system lets go of when it ends a process. */
const LOCK_NAME = "writer.lock";

export type FolderLock = DatabaseSync;

/**
 * For {@link whileLocked}, which blocks its thread while another process writes: some hundred microseconds as a rule.
 * Fails where there is no such folder.
 */
export function openFolderLock(folder: string): FolderLock {
  return new DatabaseSync(join(folder, LOCK_NAME), { timeout: 0 });
}

export function segmentsIn(folder: string): Segment[] {
  return segmentsAmong(folder, readdirSync(folder));
}

/** The segment that is written to now. */
export interface Tail {
  readonly segment: Segment;
  readonly descriptor: number;
  bytes: number;
  lineCount: number;
}

/** The number of the line that comes after all that are there. */
export const nextNumber = ({ segment, lineCount }: Tail): number => segment.first + lineCount;

/** A segment whose end was never finished is not written on: whoever reads it at that moment would read a mixture. */
export function openTail(segment: Segment): Tail {
  const descriptor = openSync(segment.path, "a", 0o600);
  const bytes = readFileSync(segment.path);
  const whole = wholeLines(bytes);
  const tail: Tail = { segment, descriptor, bytes: whole.byteLength, lineCount: lineCountIn(whole) };
  if (whole.byteLength < bytes.byteLength) tail.bytes = SEGMENT_BYTES_MAX;
  return tail;
}

/** Whether no other process has written to the same segment meanwhile. */
export function isUnchanged(tail: Tail): boolean {
  return fstatSync(tail.descriptor).size === tail.bytes;
}

export function beginSegment(folder: string, first: number): Tail {
  const segment = { path: join(folder, segmentName(first)), first };
  // One that has this number already has no line that was ever finished. A file of its own takes its place.
  rmSync(segment.path, { force: true });
  return { segment, descriptor: openSync(segment.path, "ax", 0o600), bytes: 0, lineCount: 0 };
}

/** Deletes the oldest segments until one more has room, and those that are too old. The last one stays, for its number. */
export function makeRoom(segments: readonly Segment[], nowMs: number): void {
  const sizes = segments.map(({ path }) => statSync(path).size);
  let bytes = sizes.reduce((sum, size) => sum + size, 0);
  for (const [index, { path }] of segments.slice(0, -1).entries()) {
    const isTooMuch = bytes + SEGMENT_BYTES_MAX > RING_BYTES_MAX;
    if (!isTooMuch && !isOver(path, nowMs)) return;
    rmSync(path, { force: true });
    bytes -= sizes[index] ?? 0;
  }
}

/** Whether the last line of a segment is older than lines are kept. */
export function isOver(path: string, nowMs: number): boolean {
  const lastAtEpochMs = lastLineTime(path);
  return lastAtEpochMs !== undefined && lastAtEpochMs < nowMs - KEPT_MS;
}

function lastLineTime(path: string): number | undefined {
  const descriptor = openSync(path, "r");
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, LAST_LINE_BYTES_MAX));
    const read = readSync(descriptor, buffer, 0, buffer.byteLength, size - buffer.byteLength);
    const text = wholeLines(buffer.subarray(0, read)).toString();
    const start = text.lastIndexOf("\n", text.length - 2) + 1;
    return text === "" ? undefined : readHead(text, start, text.length)?.atEpochMs;
  } finally {
    closeSync(descriptor);
  }
}
