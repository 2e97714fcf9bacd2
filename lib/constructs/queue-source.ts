import { Duration, Stack } from "aws-cdk-lib";
import { type Alias, EventSourceMapping, type EventSourceMappingProps, type IFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { QueueWork } from "../../layers/core/deployment/worker-shape.ts";
import type { Pollers } from "../pollers.ts";
import { acknowledge } from "./acknowledge.ts";
import { asInterface } from "./as-interface.ts";
import { type QueueAlarmsProps, queueAlarms } from "./queue-alarms.ts";

export interface QueueSourceProps extends Omit<QueueAlarmsProps, "lateSeconds"> {
  readonly work: QueueWork;
  readonly pollers: Pollers;
  readonly worker: Alias;
}

/** What hands a queue's messages to the function that works it off, and who is told when that does not go on. */
export class QueueSource extends Construct {
  constructor(scope: Construct, id: string, { work, pollers, worker, ...watched }: QueueSourceProps) {
    super(scope, id);
    const source = new EventSourceMapping(this, "Source", {
      target: asInterface<IFunction>(worker),
      eventSourceArn: Stack.of(this).formatArn({ service: "sqs", resource: watched.queueName }),
      batchSize: work.batchCountMax,
      maxBatchingWindow: Duration.seconds(work.gatherSecondsMax),
      ...scalingOf(pollers),
      reportBatchItemFailures: true,
    });
    acknowledge(source, {
      "Serverless-LambdaEventSourceMappingDestination":
        "What fails stays in the queue, comes again, and ends among the queue's dead letters; a destination is for streams.",
    });
    queueAlarms(this, { ...watched, lateSeconds: work.lateSeconds });
  }
}

function scalingOf(pollers: Pollers): Pick<EventSourceMappingProps, "maxConcurrency" | "provisionedPollerConfig"> {
  return pollers.kind === "on-demand"
    ? { maxConcurrency: pollers.atOnceMax }
    : { provisionedPollerConfig: { minimumPollers: pollers.min, maximumPollers: pollers.max } };
}
