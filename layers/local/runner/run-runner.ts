import { appendFileSync, existsSync, statSync, truncateSync, writeFileSync } from "node:fs";
import process from "node:process";
import { faultCode } from "../../http/fault-reply.ts";
import { systemClock } from "../../node/system-clock.ts";
import { fileLogs } from "../log/file-logs.ts";
import { isolationHere, NO_ISOLATION } from "./isolation.ts";
import {
  IDLE_END_MS,
  LOOK_INTERVAL_MS,
  PS_LOOK_INTERVAL_MS,
  RUNNER_LOG_BYTES_MAX,
  SWEEP_INTERVAL_MS,
} from "./limits.ts";
import { procTable, psTable } from "./process-table.ts";
import { LOOPBACK_PRELOAD } from "./run-environment.ts";
import { RunHost } from "./run-host.ts";
import { endRemains } from "./run-remains.ts";
import { openRunStore } from "./run-store.ts";
import { projectLogsFolder, type RunnerFolder, runnerFolder } from "./runner-folder.ts";
import { takeRunnerLock } from "./runner-lock.ts";
import { openRunnerServer } from "./runner-server.ts";

export interface RunnerSettings {
  readonly dataDir: string;
  /** `watch` leaves everything to looking at the processes, and `ps` looks as it does where there is no /proc. */
  readonly means: "all" | "watch" | "ps";
  /** @default - {@link IDLE_END_MS} */
  readonly idleEndMs?: number;
}

const IDLE_LOOKS = 10;

/**
 * The process that the projects of one data folder run under. It is started by a cell and outlives it. Its own end, by
 * kill -9 too, ends the projects: by the kernel where that offers it, and else by the next runner.
 */
export async function runRunner({ dataDir, means, idleEndMs = IDLE_END_MS }: RunnerSettings): Promise<void> {
  const folder = runnerFolder(dataDir);
  const clock = systemClock();
  const report = (fault: unknown): void => writeFault(folder, fault, clock.nowMs());
  process.on("unhandledRejection", report);
  const lock = await takeRunnerLock(folder.lock, clock);
  // Another is there, and takes the orders.
  if (lock === undefined) return;
  writeFileSync(folder.preload, LOOPBACK_PRELOAD, { mode: 0o600 });
  const store = openRunStore(folder.runs);
  const table = means !== "ps" && existsSync("/proc/self/stat") ? procTable() : psTable();
  await endRemains({ store, table, clock, folderMark: folder.mark });
  const isolation = means === "all" ? isolationHere() : NO_ISOLATION;
  const lookIntervalMs = means === "ps" ? PS_LOOK_INTERVAL_MS : LOOK_INTERVAL_MS;
  const logs = fileLogs({ folder: projectLogsFolder(folder.dataDir), clock });
  const host = new RunHost({ folder, store, logs, clock, isolation, table, lookIntervalMs, report });
  const server = await openRunnerServer(folder.socket, { host, report });
  const sweep = (): void => void host.sweep().catch(report);
  sweep();
  const sweeping = setInterval(sweep, SWEEP_INTERVAL_MS);
  let idleSinceMs = clock.nowMs();
  const idling = setInterval(() => {
    if (host.count > 0 || server.pending > 0) idleSinceMs = clock.nowMs();
    if (clock.nowMs() - idleSinceMs < idleEndMs) return;
    clearInterval(idling);
    clearInterval(sweeping);
    host.close();
    void server.close().then(() => {
      store.close();
      lock.release();
    });
  }, idleEndMs / IDLE_LOOKS);
}

/** There is nobody who reads its output. */
function writeFault({ log }: RunnerFolder, fault: unknown, atEpochMs: number): void {
  const stack = fault instanceof Error ? fault.stack : String(fault);
  try {
    if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > RUNNER_LOG_BYTES_MAX) truncateSync(log);
    appendFileSync(log, `${JSON.stringify({ atEpochMs, code: faultCode(fault), stack })}\n`, { mode: 0o600 });
  } catch {
    // A disk that takes nothing has nobody to be told so.
  }
}
