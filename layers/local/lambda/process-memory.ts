import { readFileSync } from "node:fs";

/** Linux counts memory in pages of this size on every machine that Lambda has. */
const PAGE_BYTES = 4096;
/** Deeper than the processes that a function starts. */
const DEPTH_MAX = 4;

/** What a process and those it started hold for themselves alone; 0 where the system does not tell. */
export function memoryBytes(pid: number, depth = 0): number {
  try {
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, "utf8").split(" ").map(Number);
    const own = (resident - shared) * PAGE_BYTES;
    if (depth === DEPTH_MAX) return own;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
    return children.reduce((sum, child) => sum + memoryBytes(child, depth + 1), own);
  } catch {
    return 0; // the process has ended, or there is no /proc
  }
}
