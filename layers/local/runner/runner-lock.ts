import { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../core/ports/clock.ts";
import { RUNNER_CONNECT_RETRY_MS, RUNNER_LOCK_WAIT_MS } from "./limits.ts";

/** Held until it is let go or the process ends, however it does: the kernel gives it back. */
export interface RunnerLock {
  release(): void;
}

/** Undefined where another process holds it, and goes on to. The file holds nothing: it is locked as SQLite locks. */
export async function takeRunnerLock(file: string, clock: Clock): Promise<RunnerLock | undefined> {
  const giveUpAtMs = clock.nowMs() + RUNNER_LOCK_WAIT_MS;
  do {
    const database = new DatabaseSync(file, { timeout: 0 });
    try {
      database.exec("BEGIN EXCLUSIVE");
      return { release: () => database.close() };
    } catch (error) {
      database.close();
      if (!isBusy(error)) throw error;
    }
    await clock.sleep(RUNNER_CONNECT_RETRY_MS);
  } while (clock.nowMs() < giveUpAtMs);
  return undefined;
}

const SQLITE_BUSY = 5;

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && Number(error.errcode) % 256 === SQLITE_BUSY;
}
