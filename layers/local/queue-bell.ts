import { closeSync, constants, type FSWatcher, openSync, watch, writeSync } from "node:fs";
import type { Clock } from "../core/ports/clock.ts";
import { OWN_FILE_MODE } from "./own-file.ts";

/** Wakes receivers when there may be something for them: at once in this process, and through a file in all others. */
export interface QueueBell {
  /** After a change is committed. */
  ring(): void;
  /** Resolves at the next ring, after `durationMs`, or when `signal` is aborted. */
  heard(durationMs: number, signal: AbortSignal | undefined): Promise<void>;
  close(): void;
}

/**
 * The processes that share a queue run on one kernel (SQLite's write-ahead log asks for it), which tells each of them
 * when another writes to the bell's file. Not promised: that a ring reaches a process where the kernel is out of watches,
 * or that one reaches any after its process was killed; so nobody waits for a ring alone.
 *
 * @param file made where there is none, for its owner alone; what is in it means nothing.
 */
export function queueBell(file: string, clock: Clock): QueueBell {
  const descriptor = openSync(file, constants.O_CREAT | constants.O_WRONLY, OWN_FILE_MODE);
  let isOpen = true;
  let watching: FSWatcher | undefined;
  let isRingTold = false;
  let rung: AbortController | undefined;

  const wake = (): void => {
    rung?.abort("rung");
    rung = undefined;
  };
  const tellOthers = (): void => {
    isRingTold = false;
    if (!isOpen) return;
    try {
      writeSync(descriptor, "!", 0);
    } catch {
      // A full disk: the others look for themselves from time to time.
    }
  };

  return {
    ring() {
      wake();
      if (isRingTold) return;
      isRingTold = true;
      // Once for all that one commit has brought.
      setImmediate(tellOthers);
    },
    heard(durationMs, signal) {
      watching ??= watched(file, wake);
      rung ??= new AbortController();
      return clock.sleep(durationMs, signal === undefined ? rung.signal : AbortSignal.any([rung.signal, signal]));
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      watching?.close();
      closeSync(descriptor);
      wake();
    },
  };
}

/** Undefined where the kernel gives no watch. */
function watched(file: string, wake: () => void): FSWatcher | undefined {
  try {
    // A watch that breaks says so, and is as good as none.
    return watch(file, { persistent: false }, wake).on("error", () => {});
  } catch {
    return undefined;
  }
}
