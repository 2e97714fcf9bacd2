import type { Duration } from "aws-cdk-lib";
import type { IMetric } from "aws-cdk-lib/aws-cloudwatch";
import type { Alias } from "aws-cdk-lib/aws-lambda";
import type { ReplyMode } from "../../layers/core/deployment/function-shape.ts";

/** A path of the cell and what answers it. */
export interface DoorRoute {
  /** One that ends in `/` takes every path below it. */
  readonly path: string;
  readonly alias: Alias;
  readonly replyMode: ReplyMode;
  readonly timeout: Duration;
}

/** What stands before the functions, to those who guard it, watch it and lead clients to it. */
export interface FrontDoor {
  /** Where clients reach this cell alone, without a slash at the end. */
  readonly url: string;
  /** What a firewall is put before. */
  readonly guardedArn: string;
  /** Calls that it answered with a status of 500 or above, and all calls. */
  readonly failures: IMetric;
  readonly calls: IMetric;
}
