import {
  ORDER_VARIABLE,
  RUN_VARIABLE,
  TASK_CONTAINER,
  type TaskOrder,
  taskFamily,
} from "../../core/deployment/project-task.ts";
import type { RunOrder } from "../../core/ports/runner.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import type { JsonMessage } from "../json-client.ts";
import { sha256 } from "../signature.ts";
import type { FargatePlace } from "./fargate-place.ts";
import type { SizedTask } from "./task-size.ts";

/**
 * What a task is started and found by: two tenants' runs of one name are two. Also how a task is known to be the
 * tenant's: whoever gives the place of another's gets nothing.
 */
export const taskToken = (tenantId: TenantId, runId: string): string => sha256(`${tenantId}/${runId}`);

/** The order as the supervisor reads it. */
export function taskOrder(
  tenantId: TenantId,
  order: RunOrder,
  { workspace, folder }: Pick<TaskOrder, "workspace" | "folder">,
): TaskOrder {
  const { command, limits, environment, port, runId, projectId, graceMs } = order;
  const { cpuSeconds, outputBytes, diskBytes, processCount, lifetimeMs } = limits;
  return {
    tenantId,
    projectId,
    runId,
    argv: "argv" in command ? command.argv : ["sh", "-c", command.shell],
    environment,
    ...(port !== undefined && { port }),
    workspace,
    folder,
    limits: {
      ...(cpuSeconds !== undefined && { cpuSeconds }),
      ...(outputBytes !== undefined && { outputBytes }),
      diskBytes,
      processCount,
      lifetimeMs,
    },
    graceMs,
  };
}

/**
 * The whole request, the same for the same run but for the link, so that a second one starts no second task. The order's
 * own values are behind the link: what stands here is shown to whoever may look at the account's tasks.
 *
 * Source: ECS API reference, RunTask (read 2026-11-21).
 */
export function runTaskRequest(
  tenantId: TenantId,
  order: RunOrder,
  { place, sized, link }: { readonly place: FargatePlace; readonly sized: SizedTask; readonly link: string },
): JsonMessage {
  const token = taskToken(tenantId, order.runId);
  return {
    cluster: place.cluster,
    taskDefinition: taskFamily(place.familyPrefix, sized.size),
    count: 1,
    clientToken: token,
    startedBy: token,
    capacityProviderStrategy: [{ capacityProvider: capacityOf(order, place), weight: 1 }],
    networkConfiguration: {
      awsvpcConfiguration: {
        subnets: place.subnetIds,
        securityGroups: [place.securityGroupId],
        // The way out. Nothing comes in by it: the security group lets nobody.
        assignPublicIp: "ENABLED",
      },
    },
    overrides: {
      containerOverrides: [
        {
          name: TASK_CONTAINER,
          memory: sized.memoryMib,
          environment: [
            { name: RUN_VARIABLE, value: JSON.stringify(shownOf(order)) },
            { name: ORDER_VARIABLE, value: link },
          ],
        },
      ],
    },
    tags: [
      { key: "tenant", value: tenantId },
      { key: "project", value: order.projectId },
      { key: "run", value: order.runId },
    ],
    enableECSManagedTags: true,
  };
}

/** What has to be known of a run whose tags ECS has deleted, as it does when a task is stopped. */
function shownOf({ runId, projectId, port }: RunOrder) {
  return { runId, projectId, ...(port !== undefined && { port }) };
}

function capacityOf({ environment }: RunOrder, { capacity }: FargatePlace): "FARGATE" | "FARGATE_SPOT" {
  const isSpot = capacity === "spot" || (capacity === "spot-in-development" && environment.NODE_ENV === "development");
  return isSpot ? "FARGATE_SPOT" : "FARGATE";
}
