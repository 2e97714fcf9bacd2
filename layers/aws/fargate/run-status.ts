import type { RunStatus } from "../../core/ports/runner.ts";
import type { RunTask } from "./parse-task.ts";
import { runEndOf } from "./run-end.ts";

/**
 * What a task tells of its run. The run has ended when its container has, some half a minute before AWS has cleared up.
 *
 * @param nowMs when it ended, where AWS does not say.
 */
export function runStatusOf(task: RunTask, nowMs: number): RunStatus {
  const { runId, projectId, arn: place, startedAtEpochMs, port, privateAddress } = task;
  const facts = { runId, projectId, place };
  if (task.endedAtEpochMs !== undefined || task.lastStatus === "STOPPED") {
    return {
      ...facts,
      state: "exited",
      ...runEndOf(task),
      ...(startedAtEpochMs !== undefined && { startedAtEpochMs }),
      endedAtEpochMs: task.endedAtEpochMs ?? nowMs,
    };
  }
  if (startedAtEpochMs === undefined) return { ...facts, state: "starting" };
  const address = port === undefined || privateAddress === undefined ? undefined : { host: privateAddress, port };
  return { ...facts, state: "running", startedAtEpochMs, ...(address !== undefined && { address }) };
}
