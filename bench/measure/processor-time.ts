import { readFileSync } from "node:fs";

/** Linux counts a process's time in hundredths of a second, whatever the kernel's own clock (proc(5), `_SC_CLK_TCK`). */
const TICK_MS = 10;

/** User and system time of a process with its threads, and of those of its children that have ended. */
export function processCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name before the last bracket may hold anything. utime, stime, cutime, cstime are fields 14 to 17 (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ticks(fields.slice(11, 15)) * TICK_MS;
}

/** What all processes of the machine took, and what the host took away. Interrupts are nobody's. */
export function machineCpuMs(): number {
  const [user, nice, system, , , , , steal] = readFileSync("/proc/stat", "utf8").split(/\s+/, 9).slice(1);
  return ticks([user, nice, system, steal]) * TICK_MS;
}

function ticks(fields: readonly (string | undefined)[]): number {
  return fields.reduce((sum, field) => sum + Number(field ?? 0), 0);
}

/** The most memory that a process ever held. */
export const peakMemoryMib = (pid: number): number => memoryMib(pid, "VmHWM");

/** What a process holds now. */
export const residentMemoryMib = (pid: number): number => memoryMib(pid, "VmRSS");

function memoryMib(pid: number, what: "VmHWM" | "VmRSS"): number {
  const [, kib] = new RegExp(`^${what}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kib ?? Number.NaN) / 1024;
}
