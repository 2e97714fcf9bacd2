import { ArnFormat, type Stack } from "aws-cdk-lib";
import type { PolicyStatement } from "aws-cdk-lib/aws-iam";
import { type BlobKind, blobKindPrefix } from "../../layers/core/store/keys.ts";
import { allow } from "./allow.ts";

/** By what names a cell knows what runs projects in its region. */
export interface RunnerPlaces {
  readonly cluster: string;
  /** Begins the families of task definitions. */
  readonly taskFamily: string;
  /** The role that ECS takes to write the logs of tasks: the only one that is ever passed on. */
  readonly launcher: string;
  readonly logGroup: string;
  readonly blobBucket: string;
}

const OBJECT_KINDS: readonly BlobKind[] = ["run-order", "workspace"];

/** `use`: start and stop runs in one cluster, and no other, and read and erase what they print. `look`: see where they are. */
export type RunnerRight = "use" | "look";

export function runnerStatements(stack: Stack, places: RunnerPlaces, right: RunnerRight): readonly PolicyStatement[] {
  return right === "use" ? usingStatements(stack, places) : lookingStatements(stack, places);
}

function lookingStatements(stack: Stack, places: RunnerPlaces): readonly PolicyStatement[] {
  const { tasks } = arnsOf(stack, places);
  const inCluster = inClusterOf(stack, places);
  // Lists have no resource of their own: the condition is what bounds them.
  return [allow(["ecs:DescribeTasks"], [tasks], inCluster), allow(["ecs:ListTasks"], ["*"], inCluster)];
}

function inClusterOf(stack: Stack, { cluster }: RunnerPlaces) {
  return {
    ArnEquals: { "ecs:cluster": stack.formatArn({ service: "ecs", resource: "cluster", resourceName: cluster }) },
  };
}

function usingStatements(stack: Stack, places: RunnerPlaces): readonly PolicyStatement[] {
  const { tasks, definitions, launcher, log, objects } = arnsOf(stack, places);
  const inCluster = inClusterOf(stack, places);
  return [
    allow(["ecs:RunTask"], [definitions], inCluster),
    allow(["ecs:TagResource"], [tasks], { StringEquals: { "ecs:CreateAction": "RunTask" } }),
    allow(["ecs:StopTask", "ecs:DescribeTasks"], [tasks], inCluster),
    // Lists have no resource of their own: the condition is what bounds them.
    allow(["ecs:ListTasks"], ["*"], inCluster),
    allow(["iam:PassRole"], [launcher], { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } }),
    allow(["logs:GetLogEvents", "logs:DeleteLogStream"], [log]),
    allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], objects),
  ];
}

/**
 * What cdk-nag says to that, with the reason why it stays.
 *
 * @param account as cdk-nag writes it.
 */
export function runnerFindings(
  { cluster, taskFamily, logGroup, blobBucket }: RunnerPlaces,
  { account, region, right }: { readonly account: string; readonly region: string; readonly right: RunnerRight },
): Readonly<Record<string, string>> {
  const here = `${region}:${account}`;
  const tasks: readonly [string, string] = [
    `arn:aws:ecs:${here}:task/${cluster}/*`,
    "Tasks are named by ECS; the cluster holds runs of projects alone.",
  ];
  if (right === "look") return acceptedResources([tasks]);
  const objects = OBJECT_KINDS.map((kind): [string, string] => [
    `arn:aws:s3:::${blobBucket}/${blobKindPrefix(kind)}*`,
    "Workspaces and orders are named at run time; below this prefix the bucket holds nothing else.",
  ]);
  return acceptedResources([
    [`arn:aws:ecs:${here}:task-definition/${taskFamily}-*:*`, "One for each size, of which a run takes the newest."],
    tasks,
    [`arn:aws:logs:${here}:log-group:${logGroup}:log-stream:*`, "Each run has a stream, named by ECS."],
    ...objects,
  ]);
}

function acceptedResources(accepted: readonly (readonly [resource: string, reason: string])[]) {
  return Object.fromEntries(accepted.map(([resource, reason]) => [`AwsSolutions-IAM5[Resource::${resource}]`, reason]));
}

function arnsOf(stack: Stack, { cluster, taskFamily, launcher, logGroup, blobBucket }: RunnerPlaces) {
  const bucket = stack.formatArn({ service: "s3", region: "", account: "", resource: blobBucket });
  return {
    tasks: stack.formatArn({ service: "ecs", resource: "task", resourceName: `${cluster}/*` }),
    definitions: stack.formatArn({ service: "ecs", resource: "task-definition", resourceName: `${taskFamily}-*:*` }),
    launcher: stack.formatArn({ service: "iam", region: "", resource: "role", resourceName: launcher }),
    log: stack.formatArn({
      service: "logs",
      resource: "log-group",
      resourceName: `${logGroup}:log-stream:*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    }),
    objects: OBJECT_KINDS.map((kind) => `${bucket}/${blobKindPrefix(kind)}*`),
  };
}
