import { writeFileSync } from "node:fs";
import process from "node:process";
import { faultCode } from "../../http/fault-reply.ts";
import { OOM_SCORE } from "./limits.ts";
import type { ProcessRow } from "./process-table.ts";

/** Asks each of them to end. */
export function terminate(members: readonly ProcessRow[]): void {
  for (const { pid } of members) send(pid, "SIGTERM");
}

/**
 * Ends all of them, though not those that they start while it looks: whoever asks looks again. Whole groups first, each in
 * one step of the kernel's, since what has a signal waiting starts nothing any more.
 */
export function killAll(members: readonly ProcessRow[]): void {
  for (const groupId of new Set(members.map((row) => row.groupId))) {
    // 0 and 1 would be everybody; and a group that the runner is in can't be a run's.
    if (groupId > 1 && groupId !== process.pid) send(-groupId, "SIGKILL");
  }
  for (const { pid } of members) send(pid, "SIGKILL");
}

/** What has ended meanwhile needs no signal, and what belongs to somebody else was not ours. */
function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (!["ESRCH", "EPERM"].includes(faultCode(error) ?? "")) throw error;
  }
}

/** Where the machine's memory runs out, the kernel takes this process and those it starts before the cell's. */
export function preferFirstToRunOut(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, String(OOM_SCORE));
  } catch {
    // No Linux, or ended already.
  }
}
