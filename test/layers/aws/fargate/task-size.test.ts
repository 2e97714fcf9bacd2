import { describe, expect, test } from "vitest";
import { taskSizeOf } from "../../../../layers/aws/fargate/task-size.ts";
import { TASK_SIZES } from "../../../../layers/core/deployment/project-task.ts";
import { runOrder } from "../../../fixtures/awaited-run.ts";

const MIB = 1024 ** 2;

function sizeFor(cpuShare: number, memoryMib: number, diskBytes = 0) {
  return taskSizeOf({ ...runOrder().limits, cpuShare, memoryBytes: memoryMib * MIB, diskBytes });
}

describe("a run gets the least task that has what it ordered, and no more memory than that", () => {
  test.each([
    [0.25, 512, 256, 512],
    [0, 1, 256, 512],
    [0.25, 513, 256, 1_024],
    [1, 1_024, 1_024, 2_048],
    [1.5, 1_024, 2_048, 4_096],
    [0.25, 16_384, 4_096, 16_384],
  ])("%d processors and %d MiB", (cpuShare, memoryMib, cpuUnits, taskMib) => {
    expect(sizeFor(cpuShare, memoryMib)).toEqual({ size: { cpuUnits, memoryMib: taskMib }, memoryMib });
  });

  test("bytes beyond a whole MiB count as one", () => {
    expect(taskSizeOf({ ...runOrder().limits, memoryBytes: 512 * MIB + 1 })?.memoryMib).toBe(513);
  });

  test("beyond the largest there is none", () => {
    expect(sizeFor(4.1, 512)).toBeUndefined();
    expect(sizeFor(1, 16_385)).toBeUndefined();
    expect(sizeFor(1, 512, 20 * 1024 ** 3 + 1)).toBeUndefined();
  });
});

test("every size is one that Fargate has, and they rise", () => {
  const allowed: Readonly<Record<number, (memoryMib: number) => boolean>> = {
    256: (memoryMib) => [512, 1_024, 2_048].includes(memoryMib),
    512: (memoryMib) => memoryMib >= 1_024 && memoryMib <= 4_096 && memoryMib % 1_024 === 0,
    1024: (memoryMib) => memoryMib >= 2_048 && memoryMib <= 8_192 && memoryMib % 1_024 === 0,
    2048: (memoryMib) => memoryMib >= 4_096 && memoryMib <= 16_384 && memoryMib % 1_024 === 0,
    4096: (memoryMib) => memoryMib >= 8_192 && memoryMib <= 30_720 && memoryMib % 1_024 === 0,
  };

  for (const { cpuUnits, memoryMib } of TASK_SIZES) expect(allowed[cpuUnits]?.(memoryMib)).toBe(true);
  const prices = TASK_SIZES.map(({ cpuUnits, memoryMib }) => cpuUnits * 40.48 + memoryMib * 4.445);
  expect(prices).toEqual([...prices].sort((a, b) => a - b));
});
