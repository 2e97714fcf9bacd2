import * as z from "zod";
import type { RunOrder, RunStatus, StartProblem } from "../../core/ports/runner.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import { blobKey } from "../../core/store/keys.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { ServiceRefused } from "../json-client.ts";
import { checkOrder } from "./check-order.ts";
import type { FargateParts } from "./fargate-place.ts";
import { describeTasks, findTask } from "./find-task.ts";
import { parseAnswer, parseTask, type RunTask } from "./parse-task.ts";
import { runStatusOf } from "./run-status.ts";
import { runTaskRequest, taskOrder, taskToken } from "./run-task.ts";
import { placementRefusal, startRefusal } from "./start-refusal.ts";
import { type SizedTask, taskSizeOf } from "./task-size.ts";
import { type WorkspacePlace, workspacePlace } from "./workspace-place.ts";

/** An order beyond the largest task, where a quota should have stopped it. */
export class RunTooLarge extends Error {
  readonly code = "run_too_large";
  constructor() {
    super("no task of Fargate has the processors, the memory or the disk that were ordered");
    this.name = "RunTooLarge";
  }
}

type Started = Result<RunStatus, StartProblem>;

/**
 * First the order is stored, then the task is asked for under a token of the run: whoever starts it again after a crash
 * between the two, or after an answer that was lost, gets the one task.
 */
export async function startTask(parts: FargateParts, tenantId: TenantId, order: RunOrder): Promise<Started> {
  const checked = checkOrder(order);
  if (!checked.ok) return checked;
  const workspace = workspacePlace(tenantId, order.workingDirectory);
  if (!workspace.ok) return workspace;
  const sized = taskSizeOf(order.limits);
  if (sized === undefined) throw new RunTooLarge();
  const isThere = (await parts.blob.head(workspace.value.key)) !== undefined;
  const isFirst = isThere && (await storeOrder(parts, tenantId, { order, workspace: workspace.value, ifAbsent: true }));
  if (!isFirst) {
    const before = await findTask(parts, tenantId, { runId: order.runId });
    if (before !== undefined) return ok(runStatusOf(before, parts.clock.nowMs()));
    if (!isThere) return refused({ reason: "workspace_missing" });
    // Somebody crashed before the task was asked for, or is about to ask: the links of then may be over.
    await storeOrder(parts, tenantId, { order, workspace: workspace.value, ifAbsent: false });
  }
  return runTask(parts, tenantId, { order, sized });
}

const orderKey = (tenantId: TenantId, { runId }: RunOrder): string => blobKey(tenantId, "run-order", `${runId}.json`);

/** Whether it was stored, or stood there already. */
async function storeOrder(
  { blob, linkTo }: FargateParts,
  tenantId: TenantId,
  { order, workspace, ifAbsent }: { readonly order: RunOrder; readonly workspace: WorkspacePlace; ifAbsent: boolean },
): Promise<boolean> {
  const { key, folder } = workspace;
  const text = JSON.stringify(taskOrder(tenantId, order, { workspace: linkTo(key), folder }));
  const put = await blob.put(orderKey(tenantId, order), Buffer.from(text), ifAbsent ? { ifAbsent } : undefined);
  return put.ok;
}

async function runTask(
  parts: FargateParts,
  tenantId: TenantId,
  { order, sized }: { readonly order: RunOrder; readonly sized: SizedTask },
): Promise<Started> {
  const { ecs, place, linkTo, clock } = parts;
  const link = linkTo(orderKey(tenantId, order));
  try {
    const answer = parseAnswer(await ecs.call("RunTask", runTaskRequest(tenantId, order, { place, sized, link })));
    const task = answer.tasks.map(parseTask)[0];
    return task === undefined ? refused(placementRefusal(answer.failures)) : ok(runStatusOf(task, clock.nowMs()));
  } catch (error) {
    if (!(error instanceof ServiceRefused)) throw error;
    const before = await taskBefore(parts, tenantId, { order, error });
    if (before !== undefined) return ok(runStatusOf(before, clock.nowMs()));
    const problem = startRefusal(error);
    if (problem === undefined) throw error;
    return refused(problem);
  }
}

/** Which task has the token already. The link differs from call to call, and so ECS answers a second one. */
async function taskBefore(
  parts: FargateParts,
  tenantId: TenantId,
  { order, error }: { readonly order: RunOrder; readonly error: ServiceRefused },
): Promise<RunTask | undefined> {
  if (error.name !== "ConflictException") return undefined;
  const { resourceIds } = Conflict.parse(error.told);
  const tasks = await describeTasks(parts, resourceIds);
  return tasks.find(({ token }) => token === taskToken(tenantId, order.runId));
}

/** Source: ECS API reference, RunTask, ConflictException (read 2026-11-21). */
const Conflict = z.object({ resourceIds: z.array(z.string()).default([]) });
