import { type Runner, RunnerFault, type RunRef, type RunStatus, type RunUnknown } from "../../core/ports/runner.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { checkRuns, RunMalformed } from "./check-order.ts";
import type { FargateParts } from "./fargate-place.ts";
import { findTask, findTasks, type TaskAsked } from "./find-task.ts";
import { parseAnswer, parseTask } from "./parse-task.ts";
import { STOP_REASON } from "./run-end.ts";
import { readOutput } from "./run-output.ts";
import { runStatusOf } from "./run-status.ts";
import { RunTooLarge, startTask } from "./start-task.ts";

/**
 * Runs as tasks on Fargate, one each, without a role: a task has no credentials of AWS's, and reads its order and its
 * workspace by links that are good for some minutes. Nobody reaches a task, also not another one: its security group
 * lets nothing in but what carries calls to projects. A program in the task looks after the run and keeps its limits.
 *
 * Ports are each task's own, so that any of them is free. A stop leaves the run its grace, whatever was asked.
 *
 * Not promised: that a second start of a run starts nothing a day after the first one, when ECS has forgotten it and so
 * has the store of orders.
 */
export function fargateRunner(parts: FargateParts): Runner {
  return {
    start: (tenantId, order) => reached("start", () => startTask(parts, tenantId, order)),
    stop: (tenantId, run) => reached("stop", () => stopTask(parts, tenantId, run)),
    look: (tenantId, runs) => lookAtRuns(parts, tenantId, runs),
    output: (tenantId, run, options) => reached("read the output", () => readOutput(parts, tenantId, { run, options })),
    portState: async () => ({ state: "free" }),
  };
}

/** As {@link Runner.look}, for who may look and start nothing. */
export function lookAtRuns(
  parts: TaskAsked & Pick<FargateParts, "clock">,
  tenantId: TenantId,
  runs: readonly RunRef[],
): Promise<readonly RunStatus[]> {
  return reached("look", async () => {
    checkRuns(runs);
    const tasks = await findTasks(parts, tenantId, runs);
    return tasks.filter((task) => task !== undefined).map((task) => runStatusOf(task, parts.clock.nowMs()));
  });
}

async function stopTask(parts: FargateParts, tenantId: TenantId, run: RunRef): Promise<Result<RunStatus, RunUnknown>> {
  const { ecs, place, clock } = parts;
  const task = await findTask(parts, tenantId, run);
  if (task === undefined) return refused({ reason: "run_unknown" });
  const known = runStatusOf(task, clock.nowMs());
  if (known.state === "exited") return ok(known);
  const told = await ecs.call("StopTask", { cluster: place.cluster, task: task.arn, reason: STOP_REASON });
  const stopping = parseTask(parseAnswer(told).task);
  return ok(stopping === undefined ? known : runStatusOf(stopping, clock.nowMs()));
}

async function reached<T>(operation: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof RunMalformed || cause instanceof RunTooLarge) throw cause;
    throw new RunnerFault(operation, { cause });
  }
}
