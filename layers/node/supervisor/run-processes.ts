import { readdirSync, readFileSync, statSync } from "node:fs";

export interface RunProcess {
  readonly pid: number;
  /** Of its own, and of its children that have ended. */
  readonly cpuMs: number;
}

/** By what processes are known to be the run's: all of a user of its own, or those of the program's group. */
export type RunMembers = { readonly uid: number } | { readonly groupId: number };

/** USER_HZ, the same on every Linux that Node runs on. Source: man 7 time, "The software clock, HZ, and jiffies". */
const TICK_MS = 10;

/** What runs now. What ends during a look is left out. */
export function runProcesses(members: RunMembers): readonly RunProcess[] {
  return readdirSync("/proc").flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const found = processOf(name);
    if (found === undefined) return [];
    const isMember = "uid" in members ? found.uid === members.uid : found.groupId === members.groupId;
    return isMember ? [{ pid: Number(name), cpuMs: found.cpuMs }] : [];
  });
}

/** The fields after the program's name, which may hold anything. Source: man 5 proc_pid_stat. */
function processOf(pid: string) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const field = (number: number): number => Number(fields[number - 3]);
    if (fields[0] === "Z") return undefined;
    const cpuMs = (field(14) + field(15) + field(16) + field(17)) * TICK_MS;
    return { uid: statSync(`/proc/${pid}`).uid, groupId: field(5), cpuMs };
  } catch {
    return undefined; // ended meanwhile
  }
}

/** To all of them, and again to those that were begun meanwhile, as often as it takes within reason. */
export function signalProcesses(members: RunMembers, signal: "SIGTERM" | "SIGKILL"): void {
  const told = new Set<number>();
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const fresh = runProcesses(members).filter(({ pid }) => !told.has(pid));
    if (fresh.length === 0) return;
    for (const { pid } of fresh) {
      told.add(pid);
      try {
        process.kill(pid, signal);
      } catch {
        // It has ended.
      }
    }
  }
}
const ROUNDS_MAX = 20;

/**
 * Since the start, of all that runs, with what a process has taken over of those that it waited for. What nobody waited
 * for is missing once it has ended.
 */
export class CpuCount {
  #mostMs = 0;

  /** Up to now, in milliseconds. */
  upTo(processes: readonly RunProcess[]): number {
    this.#mostMs = Math.max(
      this.#mostMs,
      processes.reduce((sum, { cpuMs }) => sum + cpuMs, 0),
    );
    return this.#mostMs;
  }
}
