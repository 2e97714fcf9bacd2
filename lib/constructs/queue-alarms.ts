import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { MINUTE, TenantAlarm } from "./tenant-alarm.ts";

export interface QueueAlarmsProps {
  readonly queueName: string;
  readonly deadLetterName: string;
  /** What tenants notice of work that is not done. */
  readonly tenantsNotice: string;
  readonly topic: ITopic;
}

/** A message usually waits for seconds. */
const WAIT_SECONDS_MAX = 600;

/** That work is waiting, and that some was given up. */
export function queueAlarms(scope: Construct, props: QueueAlarmsProps): void {
  const { queueName, deadLetterName, tenantsNotice, topic } = props;
  new TenantAlarm(scope, `Late-${queueName}`, {
    name: `${queueName}-late`,
    tenantsNotice,
    lookAt: `the function that works ${queueName} off: its errors, its throttles, the tables that it writes.`,
    metric: queueMetric(queueName, "ApproximateAgeOfOldestMessage"),
    threshold: WAIT_SECONDS_MAX,
    periodsCount: 5,
    breachingCount: 5,
    topic,
  });
  new TenantAlarm(scope, `Dead-${queueName}`, {
    name: `${queueName}-dead-letters`,
    tenantsNotice,
    lookAt: `the messages in ${deadLetterName}; once their reason is gone, send them back: aws sqs start-message-move-task.`,
    metric: queueMetric(deadLetterName, "ApproximateNumberOfMessagesVisible"),
    threshold: 1,
    periodsCount: 1,
    breachingCount: 1,
    topic,
  });
}

function queueMetric(queueName: string, metricName: string): Metric {
  const dimensionsMap = { QueueName: queueName };
  return new Metric({ namespace: "AWS/SQS", metricName, statistic: "Maximum", dimensionsMap, period: MINUTE });
}
