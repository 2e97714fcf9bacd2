import { open, readdir, readFile } from "node:fs/promises";
import type { LogLine } from "../../core/log/log-line.ts";
import { EVERY_LINE, type LogQuery } from "../../core/log/log-query.ts";
import type { LogPage, LogPageAsked } from "../../core/log/log-store.ts";
import { findLines, type SegmentText } from "./find-lines.ts";
import { lineCountIn, type Segment, segmentsAmong, wholeLines } from "./segment.ts";

/** Where a log lies. */
export interface LogPlace {
  readonly folder: string;
  readonly projectId: string;
}

/** The segments that there are now, the oldest first; none where the project has never written. */
export async function listSegments(folder: string): Promise<readonly Segment[]> {
  return segmentsAmong(folder, (await readdir(folder).catch(undefinedWhenMissing)) ?? []);
}

/** Without what was never finished; undefined where it was deleted meanwhile. */
async function readSegment(projectId: string, segment: Segment): Promise<SegmentText | undefined> {
  const bytes = await readFile(segment.path).catch(undefinedWhenMissing);
  return bytes && { projectId, first: segment.first, text: wholeLines(bytes).toString() };
}

/** What follows in a segment after so many bytes, which end with a line. */
export async function readOn(
  segment: Segment,
  { fromByte, bytesMax }: { readonly fromByte: number; readonly bytesMax: number },
): Promise<Buffer | undefined> {
  const file = await open(segment.path, "r").catch(undefinedWhenMissing);
  if (file === undefined) return undefined;
  try {
    const { size } = await file.stat();
    const buffer = Buffer.allocUnsafe(Math.min(bytesMax, Math.max(0, size - fromByte)));
    const { bytesRead } = await file.read(buffer, 0, buffer.byteLength, fromByte);
    return wholeLines(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

/** The number of the last line; 0 where there never was any. */
export async function lastNumberIn(segments: readonly Segment[]): Promise<number> {
  const newest = segments.at(-1);
  const bytes = newest && (await readFile(newest.path).catch(undefinedWhenMissing));
  return newest === undefined ? 0 : newest.first - 1 + lineCountIn(bytes ?? NOTHING);
}

const NOTHING = Buffer.alloc(0);

export async function readPage(
  { folder, projectId }: LogPlace,
  { query, limit, from, after, before }: Omit<LogPageAsked, "after" | "before"> & NumberRange,
): Promise<LogPage> {
  const segments = await listSegments(folder);
  const end = from === "newest" && before === undefined ? await lastNumberIn(segments) : 0;
  const isNewestFirst = from === "newest";
  const range = { query, ...(after !== undefined && { after }), ...(before !== undefined && { before }) };
  let found: LogLine[] = [];
  for (const segment of isNewestFirst ? within(segments, range).reverse() : within(segments, range)) {
    const text = await readSegment(projectId, segment);
    if (text === undefined) continue;
    // One more than fits tells whether there is another page.
    const lines = findLines(text, isNewestFirst ? range : { ...range, limit: limit + 1 - found.length });
    found = isNewestFirst ? [...lines, ...found] : [...found, ...lines];
    if (found.length > limit) break;
  }
  const lines = isNewestFirst ? found.slice(-limit) : found.slice(0, limit);
  const last = isNewestFirst ? lines[0] : lines.at(-1);
  return {
    lines,
    ...(found.length > limit && last !== undefined && { next: last.sequence }),
    ...(end > 0 && { end: String(end) }),
  };
}

export interface NumberRange {
  readonly after?: number;
  readonly before?: number;
}

/** Those that may have lines with numbers between the two. */
function within(
  segments: readonly Segment[],
  { after = 0, before = Number.POSITIVE_INFINITY }: NumberRange,
): Segment[] {
  return segments.filter(({ first }, index) => {
    const nextFirst = segments[index + 1]?.first ?? Number.POSITIVE_INFINITY;
    return first < before && nextFirst > after + 1;
  });
}

export async function* scanLines(
  { folder, projectId }: LogPlace,
  query: LogQuery = EVERY_LINE,
): AsyncGenerator<readonly LogLine[]> {
  for (const segment of await listSegments(folder)) {
    const text = await readSegment(projectId, segment);
    const lines = text === undefined ? [] : findLines(text, { query });
    if (lines.length > 0) yield lines;
  }
}

export function undefinedWhenMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
    return undefined;
  throw error;
}
