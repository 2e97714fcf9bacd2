import { TASK_DISK_BYTES, TASK_SIZES, type TaskSize } from "../../core/deployment/project-task.ts";
import type { RunLimits } from "../../core/ports/runner.ts";

const MIB = 1024 ** 2;
const UNITS_A_PROCESSOR = 1_024;

export interface SizedTask {
  readonly size: TaskSize;
  /** What the container may hold, which is exactly what was ordered. The supervisor's own 50 MB are part of it. */
  readonly memoryMib: number;
}

/** The least that has what was ordered; undefined where even the largest has not. */
export function taskSizeOf({ cpuShare, memoryBytes, diskBytes }: RunLimits): SizedTask | undefined {
  const memoryMib = Math.max(1, Math.ceil(memoryBytes / MIB));
  if (diskBytes > TASK_DISK_BYTES) return undefined;
  const size = TASK_SIZES.find((each) => each.cpuUnits >= cpuShare * UNITS_A_PROCESSOR && each.memoryMib >= memoryMib);
  return size === undefined ? undefined : { size, memoryMib };
}
