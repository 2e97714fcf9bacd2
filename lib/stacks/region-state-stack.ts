import { Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { type QueueWork, visibilitySecondsOf } from "../../layers/core/deployment/worker-shape.ts";
import { ApiLogRole } from "../constructs/api-log-role.ts";
import { RegionBuckets } from "../constructs/region-buckets.ts";
import { RegionKey } from "../constructs/region-key.ts";
import { WorkQueue } from "../constructs/work-queue.ts";
import { DEPLOYED_WORKERS } from "../functions.ts";
import { type Names, namesOf } from "../names.ts";
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
    for (const { shape } of DEPLOYED_WORKERS) {
      if (shape.works.by === "queue")
        this.#makeQueue(shape.works, visibilitySecondsOf(shape.works, shape), { names, ownKey });
    }
    // Also where a load balancer takes the calls: connections are an API's.
    new ApiLogRole(this, "ApiLogs");
  }

  #makeQueue(
    { queue, receivesMax }: QueueWork,
    visibilitySeconds: number,
    { names, ownKey }: { readonly names: Names; readonly ownKey: RegionKey | undefined },
  ): void {
    const named = { queueName: names.queue(queue), deadLetterName: names.deadLetters(queue) };
    new WorkQueue(this, `Queue-${queue}`, { ...named, visibilitySeconds, receivesMax, key: ownKey?.key });
  }
}
