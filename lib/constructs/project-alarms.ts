import { Aws, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import { MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { CfnRule } from "aws-cdk-lib/aws-events";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup, ResourcePolicy } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { ProjectsPlan } from "../plan/stage-plan.ts";
import { acknowledge } from "./acknowledge.ts";
import { TenantAlarm } from "./tenant-alarm.ts";

export interface ProjectAlarmsProps {
  readonly clusterName: string;
  /** Begins the names of the alarms. */
  readonly name: string;
  /** Where is written down what did not begin. It has to begin with `/aws/events/`. */
  readonly logGroupName: string;
  readonly logRetentionDays: number;
  readonly capacity: ProjectsPlan["capacity"];
  readonly topic: ITopic;
}

const FIVE_MINUTES = Duration.minutes(5);
/** Fewer in five minutes are likelier a tenant's own doing than ours. */
const UNSTARTED_MAX = 5;
/** Of the account's quota of processors: time enough to ask AWS for more. */
const QUOTA_PERCENT_MAX = 80;
/** Of which of the account's quotas runs take, by what the plan has them run on. */
const QUOTA_CLASSES: Readonly<Record<ProjectsPlan["capacity"], readonly ("OnDemand" | "Spot")[]>> = {
  "on-demand": ["OnDemand"],
  spot: ["Spot"],
  "spot-in-development": ["OnDemand", "Spot"],
};

/** What tenants notice of their runs, and where to look. */
export class ProjectAlarms extends Construct {
  constructor(scope: Construct, id: string, props: ProjectAlarmsProps) {
    super(scope, id);
    this.#alarmOnUnstarted(props);
    for (const each of QUOTA_CLASSES[props.capacity]) this.#alarmOnQuota(each, props);
  }

  /** ECS tells EventBridge of each task that did not begin, which counts them and has them written down. */
  #alarmOnUnstarted(props: ProjectAlarmsProps): void {
    const { name, topic, clusterName, logGroupName } = props;
    const ruleName = `${name}-unstarted`;
    const log = this.#makeLog(props);
    const rule = new CfnRule(this, "Unstarted", {
      name: ruleName,
      description: "Tasks of projects that did not begin",
      eventPattern: {
        source: ["aws.ecs"],
        "detail-type": ["ECS Task State Change"],
        detail: {
          clusterArn: [Stack.of(this).formatArn({ service: "ecs", resource: "cluster", resourceName: clusterName })],
          stopCode: ["TaskFailedToStart"],
        },
      },
      targets: [{ id: "log", arn: log }],
    });
    acknowledge(rule, {
      "Serverless-EventBusDLQ": "What could not be written down is counted all the same, and the count is what rings.",
    });
    new TenantAlarm(this, "StartsFailing", {
      name: ruleName,
      tenantsNotice: "projects that they start end at once, with start_failed.",
      lookAt: `the log group ${logGroupName}, by stoppedReason: whether the image of lib/plan.ts can be pulled, or there is no address left.`,
      metric: new Metric({
        namespace: "AWS/Events",
        metricName: "TriggeredRules",
        dimensionsMap: { RuleName: ruleName },
        period: FIVE_MINUTES,
        statistic: "Sum",
      }),
      threshold: UNSTARTED_MAX,
      periodsCount: 1,
      breachingCount: 1,
      topic,
    });
  }

  #makeLog({ logGroupName, logRetentionDays }: ProjectAlarmsProps): string {
    new LogGroup(this, "Log", { logGroupName, retention: logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
    const arn = Stack.of(this).formatArn({
      service: "logs",
      resource: `log-group:${logGroupName}`,
    });
    new ResourcePolicy(this, "LogPolicy", {
      policyStatements: [
        new PolicyStatement({
          principals: [
            new ServicePrincipal("events.amazonaws.com"),
            new ServicePrincipal("delivery.logs.amazonaws.com"),
          ],
          actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
          resources: [`${arn}:*`],
          conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
        }),
      ],
    });
    return arn;
  }

  /** Source: ECS developer guide, "AWS Fargate usage metrics" (read 2026-11-21). */
  #alarmOnQuota(capacityClass: "OnDemand" | "Spot", { name, topic }: ProjectAlarmsProps): void {
    const used = new Metric({
      namespace: "AWS/Usage",
      metricName: "ResourceCount",
      dimensionsMap: { Service: "Fargate", Type: "Resource", Resource: "vCPU", Class: `Standard/${capacityClass}` },
      period: FIVE_MINUTES,
      statistic: "Maximum",
    });
    new TenantAlarm(this, `Quota${capacityClass}`, {
      name: `${name}-quota-${capacityClass.toLowerCase()}`,
      tenantsNotice: "soon no project can be started: it is answered with a time to come again.",
      lookAt: `Service Quotas, AWS Fargate, its ${capacityClass} vCPU resource count: ask for more; which tenant runs how much.`,
      metric: new MathExpression({
        expression: "100 * used / SERVICE_QUOTA(used)",
        usingMetrics: { used },
        period: FIVE_MINUTES,
        label: "of the account's quota in percent",
      }),
      threshold: QUOTA_PERCENT_MAX,
      periodsCount: 3,
      breachingCount: 2,
      topic,
    });
  }
}
