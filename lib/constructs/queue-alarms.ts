import { Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { MINUTE, TenantAlarm } from "./tenant-alarm.ts";

export interface QueueAlarmsProps {
  readonly queueName: string;
  readonly deadLetterName: string;
  /** What tenants notice while messages wait, and of those that were given up. */
  readonly noticed: { readonly late: string; readonly dead: string };
  /** A message that is so old is late. */
  readonly lateSeconds: number;
  readonly topic: ITopic;
}

/** That work is waiting, and that some was given up. */
export function queueAlarms(scope: Construct, props: QueueAlarmsProps): void {
  const { queueName, deadLetterName, noticed, lateSeconds, topic } = props;
  new TenantAlarm(scope, "Late", {
    name: `${queueName}-late`,
    tenantsNotice: noticed.late,
    lookAt: `the function that works ${queueName} off: its errors, its throttles, the tables that it writes.`,
    metric: queueMetric(queueName, "ApproximateAgeOfOldestMessage"),
    threshold: lateSeconds,
    periodsCount: 5,
    breachingCount: 5,
    topic,
  });
  new TenantAlarm(scope, "Dead", {
    name: `${queueName}-dead-letters`,
    tenantsNotice: noticed.dead,
    lookAt: `the messages in ${deadLetterName}, and docs/deploy.md for how they are sent back once their reason is gone.`,
    metric: queueMetric(deadLetterName, "ApproximateNumberOfMessagesVisible"),
    threshold: 1,
    periodsCount: 1,
    breachingCount: 1,
    topic,
  });
}

export function queueMetric(queueName: string, metricName: string): Metric {
  const dimensionsMap = { QueueName: queueName };
  return new Metric({ namespace: "AWS/SQS", metricName, statistic: "Maximum", dimensionsMap, period: MINUTE });
}
