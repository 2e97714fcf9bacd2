import { Duration } from "aws-cdk-lib";
import type { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import type { Alias } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { failurePercent, MINUTE, TenantAlarm } from "./tenant-alarm.ts";

export interface FunctionAlarmsProps {
  readonly functionName: string;
  readonly alias: Alias;
  readonly warm: { readonly min: number };
  readonly tenantsNotice: string;
  /** @default FAILURES_PERCENT_MAX */
  readonly failuresPercentMax?: number;
  readonly topic: ITopic;
}

/** Above this share of calls that crash or run out of time, a function is failing. */
const FAILURES_PERCENT_MAX = 1;
/** So many calls in five minutes that found no warm environment are no longer chance. */
const COLD_CALLS_MAX = 20;

/** The alarms of one function. Returned is the one that sends a new version back. */
export function functionAlarms(scope: Construct, props: FunctionAlarmsProps): Alarm {
  const { functionName, alias, topic } = props;
  const sums = { period: MINUTE, statistic: "Sum" };
  const failing = new TenantAlarm(scope, "Failing", {
    name: `${functionName}-failing`,
    tenantsNotice: props.tenantsNotice,
    lookAt: `the log group /aws/lambda/${functionName}, lines of level ERROR; what was deployed last.`,
    metric: failurePercent({ failures: alias.metricErrors(sums), all: alias.metricInvocations(sums) }),
    threshold: props.failuresPercentMax ?? FAILURES_PERCENT_MAX,
    periodsCount: 3,
    breachingCount: 2,
    topic,
  });
  new TenantAlarm(scope, "TurnedAway", {
    name: `${functionName}-turned-away`,
    tenantsNotice: "some calls are refused at once, though the service is well.",
    lookAt: `Lambda's ConcurrentExecutions in this region against the account's quota; concurrencyQuota in lib/plan.ts.`,
    metric: alias.metricThrottles(sums),
    threshold: 1,
    periodsCount: 3,
    breachingCount: 2,
    topic,
  });
  if (props.warm.min > 0) coldAlarm(scope, props);
  return failing.alarm;
}

function coldAlarm(scope: Construct, { functionName, alias, topic }: FunctionAlarmsProps): void {
  new TenantAlarm(scope, "Cold", {
    name: `${functionName}-cold`,
    tenantsNotice: "some calls take a few hundred milliseconds longer to begin.",
    lookAt: "the warm pool in lib/plan.ts: load comes faster than its environments are added, or its max is reached.",
    metric: alias.metric("ProvisionedConcurrencySpilloverInvocations", {
      period: Duration.minutes(5),
      statistic: "Sum",
    }),
    threshold: COLD_CALLS_MAX,
    periodsCount: 3,
    breachingCount: 3,
    topic,
  });
}
