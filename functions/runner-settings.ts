import * as z from "zod";
import { TASK_CAPACITIES } from "../layers/core/deployment/project-task.ts";

/** `none`, or what is written as the pattern has it. */
const noneOr = (pattern: RegExp, expected: string) =>
  z.string().regex(new RegExp(`^(?:none|${pattern.source})$`), `expected none, or ${expected}`);

/**
 * What a function is told that starts and stops runs of projects, and reads what they print: all `none` where the plan has
 * no projects. Such a function also has `BLOB_BUCKET`.
 */
export const RUNNER_SETTINGS = {
  /** Source: ECS API reference, CreateCluster. */
  RUNNER_CLUSTER: noneOr(/[\w-]{1,255}/, "the name of a cluster"),
  /** Begins the families of task definitions, one for each size. */
  RUNNER_TASK_FAMILY: noneOr(/[\w-]{1,240}/, "what families of task definitions begin with"),
  /** Between commas. Source: ECS API reference, AwsVpcConfiguration: at most 16. */
  RUNNER_SUBNETS: noneOr(/[\w-]{1,40}(?:,[\w-]{1,40}){0,15}/, "at most 16 ids of subnets between commas"),
  RUNNER_SECURITY_GROUP: noneOr(/[\w-]{1,40}/, "the id of a security group"),
  /** Where runs write what they print. Source: CloudWatch Logs API reference, CreateLogGroup. */
  RUNNER_LOG_GROUP: noneOr(/[\w./#-]{1,512}/, "the name of a log group"),
  RUNNER_CAPACITY: z.enum(["none", ...TASK_CAPACITIES]),
};

/** What a function is told besides that offers the tools. */
export const HOST_SETTINGS = {
  ...RUNNER_SETTINGS,
  /** Under which the projects of this region are reached; `none` where the region's address has no name. */
  PROJECTS_URL: z.union([z.literal("none"), z.url({ protocol: /^https$/ })]),
};

const HostConfig = z.object(HOST_SETTINGS);
export type HostConfig = z.infer<typeof HostConfig>;

const RunnerConfig = z.object(RUNNER_SETTINGS);
export type RunnerConfig = z.infer<typeof RunnerConfig>;
