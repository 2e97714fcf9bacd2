import { describe, expect, test } from "vitest";
import type { RunTask } from "../../../../layers/aws/fargate/parse-task.ts";
import { runEndOf } from "../../../../layers/aws/fargate/run-end.ts";
import { runStatusOf } from "../../../../layers/aws/fargate/run-status.ts";
import { exitCodeOf, programExitCode, SUPERVISOR_EXITS } from "../../../../layers/core/deployment/project-task.ts";
import { RUN_END_REASONS } from "../../../../layers/core/ports/runner.ts";

const task: RunTask = {
  arn: "arn:aws:ecs:eu-west-1:123456789012:task/c/0",
  token: "t",
  runId: "run1",
  projectId: "proj1",
  port: undefined,
  lastStatus: "STOPPED",
  createdAtEpochMs: 1_000,
  startedAtEpochMs: 2_000,
  endedAtEpochMs: 3_000,
  stopCode: "EssentialContainerExited",
  stoppedReason: "Essential container in task exited",
  exitCode: 0,
  containerReason: undefined,
  privateAddress: undefined,
};

/** Source of the codes and words: ECS developer guide, "Stopped tasks error codes" and the pages of each error. */
describe("why a task ended", () => {
  test.each<[string, Partial<RunTask>, object]>([
    ["by itself", {}, { reason: "exited", exitCode: 0 }],
    ["with an error", { exitCode: 3 }, { reason: "exited", exitCode: 3 }],
    ["by a signal", { exitCode: 139 }, { reason: "exited", exitCode: 139, signal: "SIGSEGV" }],
    [
      "for want of memory",
      { exitCode: 137, containerReason: "OutOfMemoryError: Container killed due to memory usage" },
      { reason: "memory_exceeded", exitCode: 137, signal: "SIGKILL" },
    ],
    [
      "because its tenant stopped it",
      { stopCode: "UserInitiated", stoppedReason: "stopped by its tenant", exitCode: 143 },
      { reason: "stopped", exitCode: 143, signal: "SIGTERM" },
    ],
    [
      "because an operator stopped it",
      { stopCode: "UserInitiated", stoppedReason: "Task stopped by user", exitCode: 0 },
      { reason: "stopped", exitCode: 0, detail: "Task stopped by user" },
    ],
    [
      "before it had begun, because it was stopped",
      { stopCode: "UserInitiated", stoppedReason: "stopped by its tenant", exitCode: undefined },
      { reason: "stopped" },
    ],
    [
      "because a spare computer was taken back",
      { stopCode: "SpotInterruption", stoppedReason: "Your Spot Task was interrupted.", exitCode: 143 },
      { reason: "host_lost", exitCode: 143, signal: "SIGTERM", detail: "Your Spot Task was interrupted." },
    ],
    [
      "because its computer was retired",
      { stopCode: "TerminationNotice", stoppedReason: "ECS is performing maintenance", exitCode: undefined },
      { reason: "host_lost", detail: "ECS is performing maintenance" },
    ],
    [
      "because its image could not be had",
      { stopCode: "TaskFailedToStart", stoppedReason: "CannotPullContainerError: pull image", exitCode: undefined },
      { reason: "start_failed", detail: "CannotPullContainerError: pull image" },
    ],
    [
      "because it had no network",
      { stopCode: "TaskFailedToStart", stoppedReason: "ResourceInitializationError: no eni", exitCode: undefined },
      { reason: "start_failed", detail: "ResourceInitializationError: no eni" },
    ],
    [
      "with too many processes",
      { exitCode: 243 + 1 },
      { reason: "processes_exceeded", exitCode: 137, signal: "SIGKILL" },
    ],
    ["too old", { exitCode: 245 }, { reason: "lifetime_exceeded", exitCode: 137, signal: "SIGKILL" }],
    ["without its folder", { exitCode: 248 }, { reason: "start_failed", detail: "its folder is not in the workspace" }],
  ])("%s", (_why, changed, end) => {
    expect(runEndOf({ ...task, ...changed })).toEqual(end);
  });
});

test("every code of the supervisor's has a reason, and no program's own code is taken for one", () => {
  const codes = SUPERVISOR_EXITS.map(exitCodeOf);

  expect(codes).toEqual([240, 241, 242, 243, 244, 245, 246, 247, 248, 249]);
  for (const exitCode of codes) {
    expect(RUN_END_REASONS).toContain(runEndOf({ ...task, exitCode }).reason);
    expect(programExitCode(exitCode)).toBe(239);
  }
  for (const own of [0, 1, 127, 192, 239, 250, 255]) expect(programExitCode(own)).toBe(own);
});

describe("how a run stands", () => {
  const open = {
    ...task,
    endedAtEpochMs: undefined,
    exitCode: undefined,
    stopCode: undefined,
    stoppedReason: undefined,
  };
  test.each<[string, Partial<RunTask>, object]>([
    [
      "starting while the task has not begun",
      { lastStatus: "PENDING", startedAtEpochMs: undefined },
      { state: "starting" },
    ],
    ["running once it has", { lastStatus: "RUNNING" }, { state: "running", startedAtEpochMs: 2_000 }],
    ["running while it is being stopped", { lastStatus: "STOPPING" }, { state: "running" }],
  ])("%s", (_how, changed, status) => {
    expect(runStatusOf({ ...open, ...changed }, 9_000)).toMatchObject(status);
  });

  test("ended as soon as its container has, before AWS has cleared up", () => {
    expect(runStatusOf({ ...task, lastStatus: "DEPROVISIONING" }, 9_000)).toEqual({
      runId: "run1",
      projectId: "proj1",
      place: task.arn,
      state: "exited",
      reason: "exited",
      exitCode: 0,
      startedAtEpochMs: 2_000,
      endedAtEpochMs: 3_000,
    });
  });

  test("ended now where AWS does not say when", () => {
    expect(runStatusOf({ ...task, endedAtEpochMs: undefined }, 9_000)).toMatchObject({ endedAtEpochMs: 9_000 });
  });
});
