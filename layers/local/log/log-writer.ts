import { closeSync, mkdirSync, rmSync, writeSync } from "node:fs";
import type { WrittenLine } from "../../core/log/log-line.ts";
import type { LogWriter } from "../../core/log/log-store.ts";
import type { Clock } from "../../core/ports/clock.ts";
import { StoreFault } from "../../core/ports/store-fault.ts";
import { whileLocked } from "../sqlite-file.ts";
import { SEGMENT_BYTES_MAX } from "./limits.ts";
import {
  beginSegment,
  type FolderLock,
  isOver,
  isUnchanged,
  makeRoom,
  nextNumber,
  openFolderLock,
  openTail,
  segmentsIn,
  type Tail,
} from "./log-folder.ts";
import { encodedLine } from "./segment.ts";

/**
 * Writes to one log's folder, in turn with whoever else does. Nothing is opened before the first line, and a call blocks
 * its thread for as long as the system takes to copy the lines.
 *
 * Once its log is erased, what it is given is refused with a fault.
 */
export class LogFolderWriter implements LogWriter {
  readonly #folder: string;
  readonly #clock: Clock;
  #lock: FolderLock | undefined;
  #tail: Tail | undefined;
  #wasOpened = false;

  constructor(folder: string, clock: Clock) {
    this.#folder = folder;
    this.#clock = clock;
  }

  async append(lines: readonly WrittenLine[]): Promise<void> {
    if (lines.length === 0) return;
    const encoded = lines.map(encodedLine);
    this.#locked("append", () => this.#write(encoded));
  }

  /** Forgets all lines so far but for their number. */
  async clear(): Promise<void> {
    this.#locked("clear", () => this.#forget(() => true));
  }

  /** Deletes what is older than lines are kept. */
  async trim(): Promise<void> {
    this.#locked("trim", () => this.#forget((path) => isOver(path, this.#clock.nowMs())));
  }

  close(): void {
    if (this.#tail !== undefined) closeSync(this.#tail.descriptor);
    this.#tail = undefined;
    this.#lock?.close();
    this.#lock = undefined;
  }

  #locked(operation: string, work: () => void): void {
    try {
      whileLocked(this.#opened(), work);
    } catch (cause) {
      this.close();
      throw new StoreFault("log", operation, { cause });
    }
  }

  /** A folder that was there and is gone was erased, and is not made again. */
  #opened(): FolderLock {
    if (!this.#wasOpened) mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    this.#wasOpened = true;
    this.#lock ??= openFolderLock(this.#folder);
    return this.#lock;
  }

  #write(encoded: readonly Buffer[]): void {
    let tail = this.#current();
    let waiting: Buffer[] = [];
    let waitingBytes = 0;
    for (const line of encoded) {
      if (tail.bytes + waitingBytes + line.byteLength > SEGMENT_BYTES_MAX) {
        writeLines(tail, waiting);
        waiting = [];
        waitingBytes = 0;
        tail = this.#turnOver(tail);
      }
      waiting.push(line);
      waitingBytes += line.byteLength;
    }
    writeLines(tail, waiting);
  }

  /** The newest segment, as whoever wrote last has left it. */
  #current(): Tail {
    const newest = segmentsIn(this.#folder).at(-1);
    if (newest === undefined) return this.#take(beginSegment(this.#folder, this.#after()));
    if (this.#tail?.segment.first === newest.first && isUnchanged(this.#tail)) return this.#tail;
    return this.#take(openTail(newest));
  }

  /** Where the files were deleted under it by another hand, numbers go on all the same. */
  #after(): number {
    return this.#tail === undefined ? 1 : nextNumber(this.#tail);
  }

  #turnOver(tail: Tail): Tail {
    const next = this.#take(beginSegment(this.#folder, nextNumber(tail)));
    makeRoom(segmentsIn(this.#folder), this.#clock.nowMs());
    return next;
  }

  #take(tail: Tail): Tail {
    if (this.#tail !== undefined) closeSync(this.#tail.descriptor);
    this.#tail = tail;
    return tail;
  }

  #forget(isForgotten: (path: string) => boolean): void {
    const segments = segmentsIn(this.#folder);
    const forgotten = segments.filter(({ path }) => isForgotten(path));
    const newest = segments.at(-1);
    if (newest === undefined || forgotten.length === 0) return;
    const tail = this.#current();
    if (forgotten.at(-1) === newest) {
      if (tail.lineCount > 0) this.#turnOver(tail);
      else forgotten.pop();
    }
    for (const { path } of forgotten) rmSync(path, { force: true });
  }
}

function writeLines(tail: Tail, lines: readonly Buffer[]): void {
  const bytes = Buffer.concat(lines);
  let written = 0;
  while (written < bytes.byteLength) written += writeSync(tail.descriptor, bytes, written);
  tail.bytes += bytes.byteLength;
  tail.lineCount += lines.length;
}
