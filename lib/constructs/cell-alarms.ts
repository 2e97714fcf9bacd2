import { type Alarm, MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import { namesOf } from "../names.ts";
import type { Region } from "../plan/regions.ts";
import type { StagePlan } from "../plan/stage-plan.ts";
import type { FrontDoor } from "./front-door.ts";
import { failurePercent, MINUTE, TenantAlarm } from "./tenant-alarm.ts";

/** Above this share of replies with a status of 500 or more, a cell is failing. */
const FAILURES_PERCENT_MAX = 1;

/** Far from the usual second. Source: DynamoDB developer guide, its checklist for replication alarms, 2026-11-20. */
const REPLICATION_LATENCY_MS_MAX = 180_000;

interface CellAlarmsProps {
  readonly stage: StagePlan;
  readonly topic: ITopic;
}

/** Rings when what clients get is a failure, whichever part has failed. */
export function failingDoorAlarm(
  scope: Construct,
  { door, topic, stage }: CellAlarmsProps & { readonly door: FrontDoor },
): Alarm {
  const { alarm } = new TenantAlarm(scope, "DoorFailing", {
    name: namesOf(stage).alarm("failing"),
    tenantsNotice: "calls to this region are answered with a status of 500 or above.",
    lookAt: "the alarms of the functions and tables; the door's access log, by path and status.",
    metric: failurePercent({ failures: door.failures, all: door.calls }),
    threshold: FAILURES_PERCENT_MAX,
    periodsCount: 3,
    breachingCount: 2,
    topic,
  });
  return alarm;
}

/** Rings when people's connections are not opened, or what they say is not answered. */
export function failingSocketsAlarm(
  scope: Construct,
  { sockets, topic, stage }: CellAlarmsProps & { readonly sockets: Pick<FrontDoor, "failures" | "calls"> },
): void {
  new TenantAlarm(scope, "SocketsFailing", {
    name: namesOf(stage).alarm("sockets-unanswered"),
    tenantsNotice: "people can't connect in this region, or what they say there is answered with an error.",
    lookAt: "the alarms and the log of the function sockets; the WebSocket API's execution log.",
    metric: failurePercent({ failures: sockets.failures, all: sockets.calls }),
    threshold: FAILURES_PERCENT_MAX,
    periodsCount: 3,
    breachingCount: 2,
    topic,
  });
}

/** Of the tables as this region sees them. */
export function tableAlarms(scope: Construct, props: CellAlarmsProps & { readonly region: Region }): void {
  const { stateTable, controlTable } = namesOf(props.stage);
  for (const tableName of [stateTable, controlTable]) throttleAlarm(scope, { ...props, tableName });
  if (props.stage.regions.length > 1) replicationAlarm(scope, { ...props, tableName: stateTable });
}

interface TableAlarmProps extends CellAlarmsProps {
  readonly tableName: string;
  readonly region: Region;
}

function throttleAlarm(scope: Construct, { tableName, topic }: TableAlarmProps): void {
  const events = (metricName: string): Metric =>
    tableMetric({ metricName, statistic: "Sum" }, { TableName: tableName });
  new TenantAlarm(scope, `Throttled-${tableName}`, {
    name: `${tableName}-throttled`,
    tenantsNotice: "calls that read or write something stored are slow, and some fail with 503.",
    lookAt: "the table's throttled requests by reason: KeyRange means one hot key, Account a quota.",
    metric: new MathExpression({
      expression: "FILL(reads, 0) + FILL(writes, 0)",
      usingMetrics: { reads: events("ReadThrottleEvents"), writes: events("WriteThrottleEvents") },
      period: MINUTE,
    }),
    threshold: 1,
    periodsCount: 5,
    breachingCount: 3,
    topic,
  });
}

/** Of what this region wrote, on its way to each of the others. */
function replicationAlarm(scope: Construct, { tableName, stage, region, topic }: TableAlarmProps): void {
  const others = stage.regions.filter((other) => other !== region);
  const latencies = others.map((receiving, index): [string, Metric] => [
    `to${index}`,
    tableMetric(
      { metricName: "ReplicationLatency", statistic: "Maximum" },
      { TableName: tableName, ReceivingRegion: receiving },
    ),
  ]);
  new TenantAlarm(scope, "ReplicationLate", {
    name: `${tableName}-replication-late`,
    tenantsNotice: "what they changed in this region is not seen in the others; were it lost now, that would be too.",
    lookAt: "the table's ReplicationLatency for each receiving region, and the AWS Health dashboard.",
    metric: new MathExpression({
      expression: `MAX([${latencies.map(([name]) => name).join(", ")}])`,
      usingMetrics: Object.fromEntries(latencies),
      period: MINUTE,
    }),
    threshold: REPLICATION_LATENCY_MS_MAX,
    periodsCount: 5,
    breachingCount: 3,
    topic,
  });
}

function tableMetric(
  { metricName, statistic }: { readonly metricName: string; readonly statistic: "Sum" | "Maximum" },
  dimensionsMap: Record<string, string>,
): Metric {
  return new Metric({ namespace: "AWS/DynamoDB", metricName, statistic, dimensionsMap, period: MINUTE });
}
