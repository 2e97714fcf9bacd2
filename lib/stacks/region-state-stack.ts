import { Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { ApiLogRole } from "../constructs/api-log-role.ts";
import { RegionBuckets } from "../constructs/region-buckets.ts";
import { RegionKey } from "../constructs/region-key.ts";
import { namesOf } from "../names.ts";
import type { Region } from "../plan/regions.ts";
import type { StagePlan } from "../plan/stage-plan.ts";

export interface RegionStackProps extends StackProps {
  readonly stage: StagePlan;
  readonly region: Region;
}

/** What one region keeps when its cell is torn down: its buckets, its key, and the account's log role. */
export class RegionStateStack extends Stack {
  constructor(scope: Construct, id: string, { stage, region, ...props }: RegionStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    const names = namesOf(stage);
    const place = { account: this.account, region };
    const ownKey =
      stage.encryption === "customer-key" ? new RegionKey(this, "Key", { alias: names.keyAlias, region }) : undefined;
    new RegionBuckets(this, "Buckets", {
      blobBucketName: names.blobBucket(place),
      logBucketName: names.logBucket(place),
      key: ownKey?.key,
      logRetentionDays: stage.logRetentionDays,
    });
    if (stage.frontDoor === "rest") new ApiLogRole(this, "ApiLogs");
  }
}
