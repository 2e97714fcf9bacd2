import { type SqsSendClient, sqsSender } from "../layers/aws/sqs-sender.ts";
import type { JobQueues } from "../layers/core/job/job-message.ts";
import type { JobQueueConfig } from "./job-queue-settings.ts";

export function jobQueues(config: JobQueueConfig, client: SqsSendClient): JobQueues {
  return {
    normal: sqsSender({ client, queueUrl: config.JOBS_QUEUE_URL }),
    high: sqsSender({ client, queueUrl: config.JOBS_HIGH_QUEUE_URL }),
  };
}
