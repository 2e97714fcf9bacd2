import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, type IMetric, MathExpression, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";

export const MINUTE = Duration.minutes(1);

export interface TenantAlarmProps {
  readonly name: string;
  /** What tenants notice while it rings; printed on the alarm. Required on purpose. */
  readonly tenantsNotice: string;
  /** Where who is woken by it looks first. */
  readonly lookAt: string;
  readonly metric: IMetric;
  /** Rings from here on; for `below`, under it. */
  readonly threshold: number;
  /** @default "atLeast" */
  readonly direction?: "atLeast" | "below";
  /** Of the last so many periods, in so many. */
  readonly periodsCount: number;
  readonly breachingCount: number;
  /** @default "fine" - nothing measured means that nothing happened */
  readonly missing?: "fine" | "alarming";
  readonly topic: ITopic;
}

/** An alarm that says what it means to a tenant, to whom it is sent, and when it is over. */
export class TenantAlarm extends Construct {
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: TenantAlarmProps) {
    super(scope, id);
    const { BREACHING, NOT_BREACHING } = TreatMissingData;
    const { LESS_THAN_THRESHOLD, GREATER_THAN_OR_EQUAL_TO_THRESHOLD } = ComparisonOperator;
    this.alarm = new Alarm(this, "Alarm", {
      alarmName: props.name,
      alarmDescription: `Tenants notice: ${props.tenantsNotice} Look at: ${props.lookAt}`,
      metric: props.metric,
      threshold: props.threshold,
      comparisonOperator: props.direction === "below" ? LESS_THAN_THRESHOLD : GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      evaluationPeriods: props.periodsCount,
      datapointsToAlarm: props.breachingCount,
      treatMissingData: props.missing === "alarming" ? BREACHING : NOT_BREACHING,
    });
    const action = new SnsAction(props.topic);
    this.alarm.addAlarmAction(action);
    this.alarm.addOkAction(action);
  }
}

/** Failures in percent of all, and 0 while there are fewer than a handful: one failure of two calls is no outage. */
export function failurePercent({
  failures,
  all,
}: {
  readonly failures: IMetric;
  readonly all: IMetric;
}): MathExpression {
  return new MathExpression({
    expression: "IF(failures >= 3 AND all > 0, 100 * failures / all, 0)",
    usingMetrics: { failures, all },
    period: MINUTE,
    label: "failures in percent",
  });
}
