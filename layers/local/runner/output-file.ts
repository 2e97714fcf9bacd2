import { type FileHandle, mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { OUTPUT_KEPT_BYTES, type RunOutput } from "../../core/ports/runner.ts";
import { faultCode } from "../../http/fault-reply.ts";
import { OUTPUT_FLUSH_MS, OUTPUT_PIECE_BYTES, OUTPUT_WAITING_BYTES_MAX } from "./limits.ts";

const LINE_END = 0x0a;
const NOTHING = Buffer.alloc(0);

/** Takes the lines of one run in their order. */
export interface OutputSink {
  take(lines: readonly RunOutput[]): void;
  /** More waits for the disk than should: come back when {@link drained} resolves. */
  readonly isFull: boolean;
  drained(): Promise<void>;
  /** Resolves when all that was taken is kept, or has failed to be. */
  close(): Promise<void>;
}

/**
 * Lines on the disk, in pieces `<number>.jsonl` of a folder of the run's own; the newest pieces stay. What was written
 * outlives a kill of the process. Lines that the disk refuses are lost, and the sequence of the next one tells.
 */
export function outputFile(folder: string, report: (fault: unknown) => void): OutputSink {
  const piecesMax = Math.floor(OUTPUT_KEPT_BYTES / OUTPUT_PIECE_BYTES);
  let waiting: string[] = [];
  let waitingBytes = 0;
  let writing: Promise<void> | undefined;
  let piece: { readonly handle: FileHandle; readonly number: number; bytes: number } | undefined;

  async function write(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, OUTPUT_FLUSH_MS));
    while (waiting.length > 0) {
      const text = waiting.join("");
      waiting = [];
      waitingBytes = 0;
      try {
        await append(Buffer.from(text));
      } catch (fault) {
        report(fault);
      }
    }
  }

  async function append(bytes: Buffer): Promise<void> {
    if (piece === undefined || piece.bytes >= OUTPUT_PIECE_BYTES) await turnOver();
    if (piece === undefined) return;
    await piece.handle.appendFile(bytes);
    piece.bytes += bytes.byteLength;
  }

  async function turnOver(): Promise<void> {
    const number = (piece?.number ?? 0) + 1;
    await piece?.handle.close();
    piece = undefined;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    piece = { handle: await open(join(folder, pieceName(number)), "a", 0o600), number, bytes: 0 };
    if (number > piecesMax) await rm(join(folder, pieceName(number - piecesMax)), { force: true });
  }

  return {
    take(lines) {
      for (const { stream, atEpochMs, text, sequence } of lines) {
        const line = `${JSON.stringify([sequence, stream === "stdout" ? 1 : 2, atEpochMs, text])}\n`;
        waiting.push(line);
        waitingBytes += line.length;
      }
      if (waiting.length === 0 || writing !== undefined) return;
      writing = write().finally(() => {
        writing = undefined;
      });
    },
    get isFull() {
      return waitingBytes > OUTPUT_WAITING_BYTES_MAX;
    },
    drained: async () => writing,
    async close() {
      await writing;
      await piece?.handle.close();
      piece = undefined;
    },
  };
}

const pieceName = (number: number): string => `${String(number).padStart(9, "0")}.jsonl`;

export interface ReadOutput {
  readonly lines: readonly RunOutput[];
  readonly cursor: string;
  /** All that was there has been read. */
  readonly isAtEnd: boolean;
}

const CURSOR_PATTERN = /^(\d{1,9})\.(\d{1,12})$/;

/** On from a cursor, or from the oldest line that is kept. A cursor whose piece is gone goes on at the oldest. */
export async function readOutput(
  folder: string,
  {
    runId,
    cursor,
    linesMax,
  }: { readonly runId: string; readonly cursor: string | undefined; readonly linesMax: number },
): Promise<ReadOutput> {
  const pieces = await piecesIn(folder);
  const [, asked = "0", askedOffset = "0"] = CURSOR_PATTERN.exec(cursor ?? "") ?? [];
  const lines: RunOutput[] = [];
  let at = { number: Number(asked), offset: Number(askedOffset) };
  for (const number of pieces.filter((each) => each >= at.number)) {
    if (number !== at.number) at = { number, offset: 0 };
    const bytes = await bytesFrom(join(folder, pieceName(number)), at.offset);
    let begin = 0;
    for (let end = bytes.indexOf(LINE_END); end !== -1; end = bytes.indexOf(LINE_END, begin)) {
      if (lines.length >= linesMax) return { lines, cursor: `${at.number}.${at.offset}`, isAtEnd: false };
      const line = parseLine(runId, bytes.toString("utf8", begin, end));
      if (line !== undefined) lines.push(line);
      at = { number, offset: at.offset + end + 1 - begin };
      begin = end + 1;
    }
  }
  return { lines, cursor: `${at.number}.${at.offset}`, isAtEnd: true };
}

async function piecesIn(folder: string): Promise<readonly number[]> {
  try {
    const numbers = (await readdir(folder)).map((name) => Number.parseInt(name, 10));
    return numbers.filter(Number.isInteger).sort((left, right) => left - right);
  } catch (error) {
    if (faultCode(error) === "ENOENT") return [];
    throw error;
  }
}

/** Nothing where the piece has gone meanwhile. */
async function bytesFrom(file: string, offset: number): Promise<Buffer> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(file, "r");
    const { size } = await handle.stat();
    const bytes = Buffer.alloc(Math.max(0, size - offset));
    const { bytesRead } = await handle.read(bytes, 0, bytes.byteLength, offset);
    return bytes.subarray(0, bytesRead);
  } catch (error) {
    if (faultCode(error) === "ENOENT") return NOTHING;
    throw error;
  } finally {
    await handle?.close();
  }
}

/** Undefined for a line that a full disk has left half written. */
function parseLine(runId: string, text: string): RunOutput | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!Array.isArray(parsed)) return undefined;
    const [sequence, stream, atEpochMs, line]: unknown[] = parsed;
    if (typeof sequence !== "number" || typeof atEpochMs !== "number" || typeof line !== "string") return undefined;
    return { runId, stream: stream === 2 ? "stderr" : "stdout", atEpochMs, text: line, sequence };
  } catch {
    return undefined;
  }
}
