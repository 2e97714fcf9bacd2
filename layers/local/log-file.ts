import { closeSync, fstatSync, openSync, readdirSync, renameSync, rmSync, statSync, write, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../core/ports/clock.ts";
import {
  LOG_FILE_BYTES_MAX,
  LOG_FILES_KEPT_MAX,
  LOG_FLUSH_BYTES,
  LOG_FLUSH_MS,
  LOG_WAITING_BYTES_MAX,
} from "./limits.ts";

/**
 * Lines of JSON, written some at a time so that a line costs its call next to nothing. Several processes may write one
 * file; a full one is put aside under the time of it.
 *
 * Not promised: a kill -9 loses the lines of the last {@link LOG_FLUSH_MS}, and a disk that fails or can't keep up
 * loses lines, of which the next line that gets through says how many. Calls go on either way.
 */
export class LogFile {
  readonly #file: string;
  readonly #clock: Clock;
  #descriptor: number | undefined;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #lostLineCount = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing = false;

  /** Nothing is opened before the first line. */
  constructor(file: string, clock: Clock) {
    this.#file = file;
    this.#clock = clock;
  }

  append(line: object): void {
    if (this.#waitingBytes >= LOG_WAITING_BYTES_MAX) {
      this.#lostLineCount++;
      return;
    }
    const text = `${JSON.stringify(line)}\n`;
    this.#waiting.push(text);
    this.#waitingBytes += text.length;
    if (!this.#writing) this.#flushSoon();
  }

  /** Writes what waits, now. Nothing may be appended afterwards. */
  close(): void {
    clearTimeout(this.#timer);
    const lines = this.#takeWaiting();
    try {
      if (lines.length > 0) writeSync(this.#openedFile(), lines.join(""));
      // A write that is still on its way needs it; the process is about to end.
      if (this.#descriptor !== undefined && !this.#writing) closeSync(this.#descriptor);
    } catch {
      // A process that ends has nobody left to tell that its log could not be written.
    }
  }

  #flushSoon(): void {
    if (this.#waitingBytes >= LOG_FLUSH_BYTES) this.#flush();
    else this.#timer ??= setTimeout(() => this.#flush(), LOG_FLUSH_MS).unref();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = true;
    const lines = this.#takeWaiting();
    const done = (error: unknown): void => {
      this.#writing = false;
      if (error !== null) this.#lostLineCount += lines.length;
      if (this.#waiting.length > 0) this.#flushSoon();
    };
    try {
      write(this.#openedFile(), lines.join(""), done);
    } catch (error) {
      done(error);
    }
  }

  #takeWaiting(): string[] {
    const lines = this.#waiting;
    if (this.#lostLineCount > 0) lines.push(`${JSON.stringify({ lostLineCount: this.#lostLineCount })}\n`);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#lostLineCount = 0;
    return lines;
  }

  #openedFile(): number {
    if (this.#descriptor !== undefined && this.#isPast(this.#descriptor)) {
      closeSync(this.#descriptor);
      this.#descriptor = undefined;
    }
    this.#descriptor ??= openSync(this.#file, "a", 0o600);
    return this.#descriptor;
  }

  /** Full, or put aside by another process. */
  #isPast(descriptor: number): boolean {
    const ours = fstatSync(descriptor);
    if (statSync(this.#file, { throwIfNoEntry: false })?.ino !== ours.ino) return true;
    if (ours.size < LOG_FILE_BYTES_MAX) return false;
    this.#putAside();
    return true;
  }

  #putAside(): void {
    const folder = dirname(this.#file);
    const prefix = `${basename(this.#file, ".ndjson")}-`;
    renameSync(this.#file, join(folder, `${prefix}${this.#clock.nowMs()}.ndjson`));
    const aside = readdirSync(folder).filter((name) => name.startsWith(prefix));
    for (const oldest of aside.sort().slice(0, -LOG_FILES_KEPT_MAX)) rmSync(join(folder, oldest), { force: true });
  }
}
