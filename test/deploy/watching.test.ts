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
      "skein-small-failing",
      "skein-small-health-failing",
      "skein-small-health-turned-away",
      "skein-small-mcp-failing",
      "skein-small-mcp-turned-away",
      "skein-small-sessions-failing",
      "skein-small-sessions-turned-away",
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
    ]);
  });

  test("with several cells also when replication is late, and with warm environments when they are too few", () => {
    const added = alarmNames(two).filter((name) => !alarmNames(one).includes(name.replace("pair", "small")));

    expect(added).toEqual(["skein-pair-mcp-cold", "skein-pair-state-replication-late"]);
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
