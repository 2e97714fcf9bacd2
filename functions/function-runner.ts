import { ecsClient } from "../layers/aws/fargate/ecs-client.ts";
import { fargateRunner } from "../layers/aws/fargate/fargate-runner.ts";
import { LINK_SECONDS } from "../layers/aws/fargate/limits.ts";
import { functionRunnerServices } from "../layers/aws/function-settings.ts";
import { logsClient } from "../layers/aws/logs/logs-client.ts";
import { presignedLink } from "../layers/aws/presigned-link.ts";
import type { Blob } from "../layers/core/ports/blob.ts";
import type { Chance } from "../layers/core/ports/chance.ts";
import type { Clock } from "../layers/core/ports/clock.ts";
import type { Runner } from "../layers/core/ports/runner.ts";
import type { RunnerConfig } from "./runner-settings.ts";

export interface FunctionRunnerParts {
  readonly config: RunnerConfig & { readonly BLOB_BUCKET: string };
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The function's own, of the same bucket. */
  readonly blob: Blob;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** What runs projects for a function; undefined where the plan has no projects. */
export function functionRunner({ config, environment, blob, clock, chance }: FunctionRunnerParts): Runner | undefined {
  const { RUNNER_CAPACITY: capacity, BLOB_BUCKET: bucket } = config;
  if (capacity === "none") return undefined;
  const { tasks, logs, blobs } = functionRunnerServices(environment);
  return fargateRunner({
    place: {
      cluster: config.RUNNER_CLUSTER,
      familyPrefix: config.RUNNER_TASK_FAMILY,
      subnetIds: config.RUNNER_SUBNETS.split(","),
      securityGroupId: config.RUNNER_SECURITY_GROUP,
      logGroup: config.RUNNER_LOG_GROUP,
      capacity,
    },
    ecs: ecsClient({ ...tasks, clock, chance }),
    output: logsClient({ ...logs, clock, chance }),
    blob,
    linkTo: (key) =>
      presignedLink({ bucket, key, method: "GET" }, { ...blobs, nowMs: clock.nowMs(), expiresInSeconds: LINK_SECONDS }),
    clock,
  });
}
