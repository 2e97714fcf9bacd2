import { bucketArchives } from "../layers/aws/fargate/bucket-archives.ts";
import { functionRunnerServices } from "../layers/aws/function-settings.ts";
import { presignedLink } from "../layers/aws/presigned-link.ts";
import type { WorkspaceArchives } from "../layers/core/ports/workspace-archives.ts";
import { gunzip } from "../layers/node/gunzip.ts";
import { runningSha256 } from "../layers/node/running-hash.ts";
import type { FunctionRunnerParts } from "./function-runner.ts";

/** Workspaces that are sent, in the bucket of a function's own region, by links that it signs itself. */
export function functionArchives({
  config: { BLOB_BUCKET: bucket },
  environment,
  blob,
  clock,
}: Pick<FunctionRunnerParts, "environment" | "blob" | "clock"> & {
  readonly config: { readonly BLOB_BUCKET: string };
}): WorkspaceArchives {
  const { blobs } = functionRunnerServices(environment);
  return bucketArchives({
    blob,
    clock,
    means: { newHash: runningSha256, unzip: gunzip },
    linkTo: (object, expiresInSeconds) =>
      presignedLink({ ...object, bucket }, { ...blobs, nowMs: clock.nowMs(), expiresInSeconds }),
  });
}
