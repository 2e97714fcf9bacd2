import { Dashboard, GraphWidget, type IMetric, type IWidget, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { Alias } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import type { FrontDoor } from "./front-door.ts";
import { queueMetric } from "./queue-alarms.ts";
import { MINUTE } from "./tenant-alarm.ts";

export interface CellDashboardProps {
  readonly dashboardName: string;
  readonly door: FrontDoor;
  /** By the functions' own names: those behind the door, and those that nobody calls. */
  readonly behindDoor: readonly ShownFunction[];
  readonly workers: readonly ShownFunction[];
  readonly tableNames: readonly string[];
  /** Each with its dead letters. */
  readonly queues: readonly { readonly queueName: string; readonly deadLetterName: string }[];
  /** Tenants with metrics of their own. */
  readonly watchedTenants: readonly string[];
}

export interface ShownFunction {
  readonly name: string;
  readonly alias: Alias;
}

const WIDTH_COUNT = 24;

/** Tenants in one graph; more make lines that nobody can follow. */
const TENANTS_SHOWN_MAX = 20;

/**
 * A cell at a glance: what clients get, what tenants are told to wait for, and what is left undone.
 *
 * Not promised: that two stages in one account and region are told apart where functions write the metrics themselves.
 */
export class CellDashboard extends Construct {
  constructor(scope: Construct, id: string, props: CellDashboardProps) {
    super(scope, id);
    const dashboard = new Dashboard(this, "Dashboard", { dashboardName: props.dashboardName });
    for (const row of [clientsRow(props), functionsRow(props), tenantsRow(props), storesRow(props)]) {
      dashboard.addWidgets(...row);
    }
  }
}

function clientsRow({ door, behindDoor }: CellDashboardProps): readonly IWidget[] {
  const ofEach = (metricName: string, statistic: string): readonly IMetric[] =>
    behindDoor.map(({ name }) => ownMetric({ metricName, statistic, label: name }, { service: name }));
  return sharingWidth([
    graph("Calls, and those that failed", [door.calls, door.failures]),
    graph("Calls that were told to wait (429)", ofEach("Throttled", "Sum")),
    graph("Slowest hundredth of calls, ms", ofEach("Duration", "p99")),
  ]);
}

function functionsRow({ behindDoor, workers }: CellDashboardProps): readonly IWidget[] {
  const all = [...behindDoor, ...workers];
  const ofEach = (metricName: string, functions: readonly ShownFunction[], statistic = "Sum"): readonly IMetric[] =>
    functions.map(({ name, alias }) => alias.metric(metricName, { statistic, period: MINUTE, label: name }));
  return sharingWidth([
    graph("Crashes and calls cut off", ofEach("Errors", all)),
    graph("Calls that Lambda turned away", ofEach("Throttles", all)),
    graph("Calls that found no warm environment", ofEach("ProvisionedConcurrencySpilloverInvocations", behindDoor)),
    graph("Environments at work", ofEach("ConcurrentExecutions", all, "Maximum")),
  ]);
}

function tenantsRow({ watchedTenants }: CellDashboardProps): readonly IWidget[] {
  const shown = [...watchedTenants.slice(0, TENANTS_SHOWN_MAX), "_others"];
  const ofEach = (metricName: string): readonly IMetric[] =>
    shown.map((tenant) => ownMetric({ metricName, statistic: "Sum", label: tenant }, { tenant }));
  return sharingWidth([
    graph("Calls by tenant", ofEach("Calls")),
    graph("Told to wait by tenant", ofEach("Throttled")),
    graph("Faults by tenant", ofEach("Faults")),
  ]);
}

function storesRow({ tableNames, queues }: CellDashboardProps): readonly IWidget[] {
  const throttles = tableNames.flatMap((TableName) =>
    ["ReadThrottleEvents", "WriteThrottleEvents"].map(
      (metricName) =>
        new Metric({
          namespace: "AWS/DynamoDB",
          metricName,
          statistic: "Sum",
          dimensionsMap: { TableName },
          period: MINUTE,
          label: `${TableName} ${metricName}`,
        }),
    ),
  );
  const oldest = queues.map(({ queueName }) => queueMetric(queueName, "ApproximateAgeOfOldestMessage"));
  const dead = queues.map(({ deadLetterName }) => queueMetric(deadLetterName, "ApproximateNumberOfMessagesVisible"));
  return sharingWidth([
    graph("Reads and writes that the tables turned away", throttles),
    graph("Oldest message, s", oldest),
    graph("Dead letters", dead),
  ]);
}

/** What the functions write into their own log lines: see `layers/http/lambda/call-metrics.ts`. */
function ownMetric(
  metric: { readonly metricName: string; readonly statistic: string; readonly label: string },
  dimensionsMap: Record<string, string>,
): Metric {
  return new Metric({ namespace: "Skein", ...metric, dimensionsMap, period: MINUTE });
}

type Graph = (width: number) => IWidget;

function graph(title: string, left: readonly IMetric[]): Graph {
  return (width) => new GraphWidget({ title, left: [...left], width });
}

function sharingWidth(graphs: readonly Graph[]): readonly IWidget[] {
  return graphs.map((make) => make(WIDTH_COUNT / graphs.length));
}
