import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { laidOut } from "./laid-out.ts";
import { behindLoadBalancer, oneRegion, twoRegions } from "./stages.ts";

const one = laidOut(oneRegion);
const two = laidOut(twoRegions);

const Alarm = z.object({ Properties: z.object({ AlarmName: z.string(), AlarmDescription: z.string() }) });

function alarmNames(laid: typeof one): readonly string[] {
  const [cell] = laid.deployment.cells;
  const alarms = cell === undefined ? [] : Object.values(laid.template(cell).find("AWS::CloudWatch::Alarm"));
  return alarms.map((raw) => Alarm.parse(raw).Properties.AlarmName).sort();
}

describe("a cell rings", () => {
  test("when a function fails or turns calls away, when the door fails, when a table throttles, when work is left undone", () => {
    expect(alarmNames(one)).toEqual([
      "skein-small-control-throttled",
      "skein-small-delivery-failing",
      "skein-small-delivery-turned-away",
      "skein-small-failing",
      "skein-small-health-failing",
      "skein-small-health-turned-away",
      "skein-small-jobs-dead-letters",
      "skein-small-jobs-failing",
      "skein-small-jobs-high-dead-letters",
      "skein-small-jobs-high-late",
      "skein-small-jobs-late",
      "skein-small-jobs-turned-away",
      "skein-small-mcp-failing",
      "skein-small-mcp-turned-away",
      "skein-small-messages-dead-letters",
      "skein-small-messages-late",
      "skein-small-people-failing",
      "skein-small-people-turned-away",
      "skein-small-sessions-failing",
      "skein-small-sessions-turned-away",
      "skein-small-sockets-failing",
      "skein-small-sockets-turned-away",
      "skein-small-sockets-unanswered",
      "skein-small-state-throttled",
      "skein-small-tenants-failing",
      "skein-small-tenants-turned-away",
      "skein-small-upkeep-failing",
      "skein-small-upkeep-missed",
      "skein-small-upkeep-silent",
      "skein-small-upkeep-turned-away",
      "skein-small-usage-dead-letters",
      "skein-small-usage-failing",
      "skein-small-usage-late",
      "skein-small-usage-turned-away",
      "skein-small-worker-failing",
      "skein-small-worker-high-failing",
      "skein-small-worker-high-turned-away",
      "skein-small-worker-turned-away",
    ]);
  });

  test("with several cells also when replication is late, with warm environments when they are too few, and for projects", () => {
    const added = alarmNames(two).filter((name) => !alarmNames(one).includes(name.replace("pair", "small")));

    expect(added).toEqual([
      "skein-pair-mcp-cold",
      "skein-pair-passage-failing",
      "skein-pair-passage-turned-away",
      "skein-pair-projects-failing",
      "skein-pair-projects-turned-away",
      "skein-pair-state-replication-late",
    ]);
  });

  test("not for every reply that a project breaks off: who passes it on fails with it", () => {
    const [cell] = two.deployment.cells;
    if (cell === undefined) throw new TypeError("no cell was laid out");

    const above = (AlarmName: string, Threshold: number) =>
      two.template(cell).has("AWS::CloudWatch::Alarm", { AlarmName, Threshold });

    above("skein-pair-passage-failing", 50);
    above("skein-pair-projects-failing", 1);
  });

  test("saying what tenants notice and where to look, to the operator, when it begins and when it is over", () => {
    for (const cell of two.deployment.cells) {
      const template = two.template(cell);
      template.allHave("AWS::CloudWatch::Alarm", {
        AlarmDescription: Match.stringLikeRegexp("^Tenants notice: .+ Look at: .+"),
        AlarmActions: [{ Ref: Match.stringLikeRegexp("^AlarmsTopic") }],
        OKActions: [{ Ref: Match.stringLikeRegexp("^AlarmsTopic") }],
      });
      template.has("AWS::SNS::Subscription", { Protocol: "email", Endpoint: "operators@example.com" });
    }
  });

  test("through a topic that takes the account's alarms, over TLS alone", () => {
    const stacks = [...two.deployment.cells, two.deployment.fleet];
    const alarms = (region: string) => ({
      "Fn::Join": ["", [`arn:aws:cloudwatch:${region}:`, { Ref: "AWS::AccountId" }, ":alarm:*"]],
    });

    for (const stack of stacks) {
      two.template(stack).has("AWS::SNS::TopicPolicy", {
        PolicyDocument: {
          Statement: [
            Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
            Match.objectLike({
              Effect: "Allow",
              Action: "sns:Publish",
              Principal: { Service: "cloudwatch.amazonaws.com" },
              Condition: {
                StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
                ArnLike: { "aws:SourceArn": alarms(stack.region) },
              },
            }),
          ],
        },
      });
    }
    expect(stacks).toHaveLength(3);
  });

  test("and what could not be delivered waits for two weeks", () => {
    const [cell] = two.deployment.cells;
    if (cell === undefined) throw new TypeError("no cell was laid out");
    const template = two.template(cell);

    template.has("AWS::SNS::Subscription", {
      RedrivePolicy: { deadLetterTargetArn: { "Fn::GetAtt": [Match.stringLikeRegexp("^AlarmsUndelivered"), "Arn"] } },
    });
    template.has("AWS::SQS::Queue", { MessageRetentionPeriod: 14 * 86_400, SqsManagedSseEnabled: true });
  });

  test("by the names of metrics alone where a deployment waits for the alarm", () => {
    const [cell] = one.deployment.cells;
    if (cell === undefined) throw new TypeError("no cell was laid out");
    const metric = (MetricName: string) =>
      Match.objectLike({
        MetricStat: Match.objectLike({
          Metric: {
            Namespace: "AWS/ApiGateway",
            MetricName,
            Dimensions: [
              { Name: "ApiName", Value: "skein-small" },
              { Name: "Stage", Value: "live" },
            ],
          },
        }),
      });

    one.template(cell).has("AWS::CloudWatch::Alarm", {
      AlarmName: "skein-small-failing",
      Metrics: Match.arrayWith([metric("5XXError"), metric("Count")]),
    });
  });
});

describe("a cell behind a load balancer rings", () => {
  test("for failures of the functions and of the load balancer itself", () => {
    const balanced = laidOut(behindLoadBalancer(oneRegion));
    const [cell] = balanced.deployment.cells;
    if (cell === undefined) throw new TypeError("no cell was laid out");
    const metric = (Id: string, MetricName: string) =>
      Match.objectLike({
        Id,
        MetricStat: Match.objectLike({ Metric: Match.objectLike({ Namespace: "AWS/ApplicationELB", MetricName }) }),
      });

    balanced.template(cell).has("AWS::CloudWatch::Alarm", {
      AlarmName: "skein-smallalb-failing",
      Metrics: [
        Match.objectLike({ Expression: "IF(failures >= 3 AND all > 0, 100 * failures / all, 0)", ReturnData: true }),
        Match.objectLike({ Id: "failures", Expression: "FILL(byFunction, 0) + FILL(byBalancer, 0)" }),
        metric("byFunction", "HTTPCode_Target_5XX_Count"),
        metric("byBalancer", "HTTPCode_ELB_5XX_Count"),
        metric("all", "RequestCount"),
      ],
    });
  });
});

const Dashboard = z.object({
  Properties: z.object({
    DashboardName: z.string(),
    DashboardBody: z.object({ "Fn::Join": z.tuple([z.literal(""), z.array(z.unknown())]) }),
  }),
});
const Body = z.object({
  widgets: z.array(
    z.object({ x: z.int(), width: z.int(), properties: z.object({ title: z.string(), metrics: z.unknown() }) }),
  ),
});

/** The graphs of a cell, with a word for what is known only when it is deployed. */
function graphsOf(stage: typeof one, index = 0) {
  const cell = stage.deployment.cells[index];
  if (cell === undefined) throw new TypeError("no such cell was laid out");
  const [raw] = Object.values(stage.template(cell).find("AWS::CloudWatch::Dashboard"));
  const { DashboardName, DashboardBody } = Dashboard.parse(raw).Properties;
  const text = DashboardBody["Fn::Join"][1].map((part) => (typeof part === "string" ? part : "KNOWN-LATER")).join("");
  const { widgets } = Body.parse(JSON.parse(text));
  return {
    name: DashboardName,
    widgets,
    metrics: new Map(widgets.map(({ properties }) => [properties.title, JSON.stringify(properties.metrics)])),
  };
}

describe("a cell's dashboard", () => {
  const { widgets, metrics } = graphsOf(one);

  test("is one a region, with a name that no other region has", () => {
    expect([graphsOf(two).name, graphsOf(two, 1).name]).toEqual(["skein-pair-us-east-1", "skein-pair-us-west-2"]);
  });

  test("shows calls, failures, those told to wait, and the slowest hundredth of each function", () => {
    const names = ["mcp", "sessions", "tenants", "health"];

    expect(metrics.get("Calls, and those that failed")).toMatch(/"Count".*"5XXError"/);
    for (const [title, metric] of [
      ["Calls that were told to wait (429)", "Throttled"],
      ["Slowest hundredth of calls, ms", "Duration"],
    ] as const) {
      for (const name of names) expect(metrics.get(title)).toContain(`["Skein","${metric}","service","${name}"`);
    }
    expect(metrics.get("Slowest hundredth of calls, ms")).toContain('"stat":"p99"');
  });

  test("shows crashes and refusals of every function, and calls that began cold", () => {
    for (const title of ["Crashes and calls cut off", "Calls that Lambda turned away"]) {
      expect(metrics.get(title)?.match(/"label":"([\w-]+)"/g)).toHaveLength(12);
    }
    expect(metrics.get("Calls that found no warm environment")).toContain("ProvisionedConcurrencySpilloverInvocations");
  });

  test("shows what waits in queues, what died there, and what tables turned away", () => {
    expect(metrics.get("Oldest message, s")).toContain('"QueueName","skein-small-usage"');
    expect(metrics.get("Dead letters")).toContain('"QueueName","skein-small-usage-dead-letters"');
    expect(metrics.get("Reads and writes that the tables turned away")).toMatch(
      /skein-small-state.*skein-small-control/,
    );
  });

  test("tells watched tenants apart, twenty at most, and all others together", () => {
    const watchedTenants = Array.from({ length: 30 }, (_, index) => `tenant-${index}`);
    const watching = laidOut({ ...oneRegion, settings: { ...oneRegion.settings, watchedTenants } });

    const calls = graphsOf(watching).metrics.get("Calls by tenant") ?? "";

    expect(calls.match(/"tenant","([\w-]+)"/g)).toHaveLength(21);
    expect(calls).toContain('"tenant","_others"');
  });

  test("fits its graphs side by side into the width that a dashboard has", () => {
    for (const { x, width } of widgets) expect(x + width).toBeLessThanOrEqual(24);
    expect(widgets.length).toBeGreaterThan(10);
  });
});

describe("the fleet", () => {
  const fleet = two.template(two.deployment.fleet);

  test("rings when Route 53 has taken a cell out, or can't say", () => {
    for (const region of twoRegions.regions) {
      fleet.has("AWS::CloudWatch::Alarm", {
        AlarmName: `skein-pair-out-${region}`,
        Namespace: "AWS/Route53",
        MetricName: "HealthCheckStatus",
        ComparisonOperator: "LessThanThreshold",
        TreatMissingData: "breaching",
      });
    }
  });

  test("lies where Route 53 tells how its health checks are", () => {
    expect(two.deployment.fleet.region).toBe("us-east-1");
    expect(one.deployment.fleet.region).toBe("us-east-1");
  });

  test("tells the operator when 80 % of the month's money is spent, and when all of it is foreseen to be", () => {
    const tell = (NotificationType: string, Threshold: number) =>
      Match.objectLike({
        Notification: Match.objectLike({ NotificationType, Threshold }),
        Subscribers: [{ SubscriptionType: "EMAIL", Address: "operators@example.com" }],
      });

    fleet.has("AWS::Budgets::Budget", {
      Budget: Match.objectLike({ BudgetLimit: { Amount: 100, Unit: "USD" }, TimeUnit: "MONTHLY" }),
      NotificationsWithSubscribers: [tell("ACTUAL", 80), tell("FORECASTED", 100)],
    });
  });
});

describe("the bill", () => {
  test("can be read by product, stage and tenant", () => {
    const [cell] = two.deployment.cells;
    if (cell === undefined) throw new TypeError("no cell was laid out");
    const tags = [
      { Key: "product", Value: "skein" },
      { Key: "stage", Value: "pair" },
      { Key: "tenant", Value: "acme" },
    ];

    two.template(cell).allHave("AWS::Lambda::Function", { Tags: tags });
    two.template(two.deployment.fleetState).allHave("AWS::DynamoDB::GlobalTable", {
      Replicas: [Match.objectLike({ Tags: tags }), Match.objectLike({ Tags: tags })],
    });
  });
});

describe("every log", () => {
  test.each([...one.deployment.cells, ...two.deployment.cells])("of $stackName ends after the plan's days", (cell) => {
    const laid = one.deployment.cells.includes(cell) ? one : two;

    laid.template(cell).allHave("AWS::Logs::LogGroup", { RetentionInDays: 30 });
  });
});
