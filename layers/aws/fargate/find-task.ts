import { LOOK_COUNT_MAX, type RunRef } from "../../core/ports/runner.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import type { EcsClient } from "./ecs-client.ts";
import type { FargatePlace } from "./fargate-place.ts";
import { SEARCHES_AT_ONCE, TASKS_FOUND_MAX } from "./limits.ts";
import { parseAnswer, parseTask, type RunTask } from "./parse-task.ts";
import { taskToken } from "./run-task.ts";

/** Callers may bring anything for a place, and one that is none has ECS refuse all that are asked for with it. */
const TASK_ARN = /^arn:[\w-]+:ecs:[a-z0-9-]+:\d{12}:task\/[\w-]+\/[0-9a-f-]{32,36}$/;

/** What it takes to look at tasks. */
export interface TaskAsked {
  readonly ecs: Pick<EcsClient, "call">;
  readonly place: Pick<FargatePlace, "cluster">;
}

/** The task of a run, if the run is the tenant's and ECS still tells of it. */
export async function findTask(asked: TaskAsked, tenantId: TenantId, run: RunRef): Promise<RunTask | undefined> {
  const [found] = await findTasks(asked, tenantId, [run]);
  return found;
}

/** Those of the runs that are known, in the order asked for. */
export async function findTasks(
  asked: TaskAsked,
  tenantId: TenantId,
  runs: readonly RunRef[],
): Promise<readonly (RunTask | undefined)[]> {
  const places = runs.flatMap(({ place }) => (place !== undefined && TASK_ARN.test(place) ? [place] : []));
  const placed = await describeTasks(asked, places);
  const found: (RunTask | undefined)[] = [];
  const lost: { readonly at: number; readonly token: string }[] = [];
  for (const [at, { runId, place }] of runs.entries()) {
    const token = taskToken(tenantId, runId);
    found[at] = placed.find((task) => task.arn === place && task.token === token);
    if (place === undefined) lost.push({ at, token });
  }
  for (let first = 0; first < lost.length; first += SEARCHES_AT_ONCE) {
    const some = lost.slice(first, first + SEARCHES_AT_ONCE);
    const tasks = await Promise.all(some.map(({ token }) => searchTask(asked, token)));
    for (const [index, { at }] of some.entries()) found[at] = tasks[index];
  }
  return found;
}

/** What ECS tells of these, in no order, leaving out what it does not know, or not any more. */
export async function describeTasks({ ecs, place }: TaskAsked, arns: readonly string[]): Promise<readonly RunTask[]> {
  const tasks: RunTask[] = [];
  for (let first = 0; first < arns.length; first += LOOK_COUNT_MAX) {
    const some = arns.slice(first, first + LOOK_COUNT_MAX);
    const told = await ecs.call("DescribeTasks", { cluster: place.cluster, tasks: some });
    tasks.push(
      ...parseAnswer(told)
        .tasks.map(parseTask)
        .filter((task) => task !== undefined),
    );
  }
  return tasks;
}

/** Among those that go on, and else among those that have ended. */
async function searchTask(asked: TaskAsked, token: string): Promise<RunTask | undefined> {
  return (await newestTask(asked, token, "RUNNING")) ?? (await newestTask(asked, token, "STOPPED"));
}

async function newestTask(asked: TaskAsked, token: string, desiredStatus: "RUNNING" | "STOPPED") {
  const { ecs, place } = asked;
  const request = { cluster: place.cluster, startedBy: token, desiredStatus, maxResults: TASKS_FOUND_MAX };
  const { taskArns } = parseAnswer(await ecs.call("ListTasks", request));
  if (taskArns.length === 0) return undefined;
  const tasks = await describeTasks(asked, taskArns);
  const ours = tasks.filter((task) => task.token === token);
  return ours.reduce<RunTask | undefined>((newest, task) => (isNewer(task, newest) ? task : newest), undefined);
}

function isNewer(task: RunTask, than: RunTask | undefined): boolean {
  return than === undefined || (task.createdAtEpochMs ?? 0) > (than.createdAtEpochMs ?? 0);
}
