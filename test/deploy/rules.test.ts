import { CfnResource, Stack, Validations } from "aws-cdk-lib";
import { describe, expect, test } from "vitest";
import { FAULT_ACTIONS } from "../../lib/rules/fault-actions.ts";
import { breachesIn, HOUSE_RULES, HouseRules } from "../../lib/rules/house-rules.ts";
import { startedApp } from "./laid-out.ts";

interface Case {
  readonly type: string;
  readonly passes: object;
  readonly fails: object;
  /** Where the failing template is said to break the rule. */
  readonly at: readonly string[];
}

const replica = (more: object = {}) => ({
  Region: "eu-west-1",
  DeletionProtectionEnabled: true,
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
  ...more,
});
const table = { Replicas: [replica(), replica(), replica()] };
const strong = { ...table, MultiRegionConsistency: "STRONG" };
const alarm = {
  AlarmDescription: "Tenants notice: calls fail. Look at: the log.",
  AlarmActions: ["arn:aws:sns:eu-west-1:123456789012:alarms"],
  OKActions: ["arn:aws:sns:eu-west-1:123456789012:alarms"],
};
const experiment = (ActionId: string, Parameters: object = {}) => ({ Actions: { hurt: { ActionId, Parameters } } });

const task = { ContainerDefinitions: [{ Name: "project", StopTimeout: 120 }] };

const GLOBAL_TABLE = "AWS::DynamoDB::GlobalTable";
const EXPERIMENT = "AWS::FIS::ExperimentTemplate";
const ALARM = "AWS::CloudWatch::Alarm";
const TASK = "AWS::ECS::TaskDefinition";

/** For each rule a template that passes and one that breaks it, and it alone. */
const CASES: Readonly<Record<string, Case>> = {
  "global-table-recoverable": {
    type: GLOBAL_TABLE,
    passes: table,
    fails: {
      Replicas: [replica(), replica({ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: false } })],
    },
    at: ["Properties.Replicas.1.PointInTimeRecoverySpecification"],
  },
  "global-table-protected": {
    type: GLOBAL_TABLE,
    passes: table,
    fails: { Replicas: [replica({ DeletionProtectionEnabled: undefined })] },
    at: ["Properties.Replicas.0.DeletionProtectionEnabled"],
  },
  "strong-table-without-expiry": {
    type: GLOBAL_TABLE,
    passes: strong,
    fails: { ...strong, TimeToLiveSpecification: { AttributeName: "expires", Enabled: true } },
    at: ["Properties.TimeToLiveSpecification"],
  },
  "strong-table-without-local-indexes": {
    type: GLOBAL_TABLE,
    passes: strong,
    fails: { ...strong, LocalSecondaryIndexes: [{ IndexName: "by-date" }] },
    at: ["Properties.LocalSecondaryIndexes"],
  },
  "strong-table-in-three-regions": {
    type: GLOBAL_TABLE,
    passes: { ...strong, Replicas: [replica(), replica()], GlobalTableWitnesses: [{ Region: "eu-west-3" }] },
    fails: { ...strong, Replicas: [replica(), replica()] },
    at: ["Properties.Replicas"],
  },
  "fault-action-known": {
    type: EXPERIMENT,
    passes: experiment("aws:lambda:invocation-add-delay", { duration: "PT5M", startupDelayMilliseconds: "200" }),
    fails: experiment("aws:lambda:invocation-ad-delay", { duration: "PT5M" }),
    at: ["Properties.Actions.hurt.ActionId"],
  },
  "alarm-says-what-tenants-notice": {
    type: ALARM,
    passes: alarm,
    fails: { ...alarm, AlarmDescription: "errors > 1 %" },
    at: ["Properties.AlarmDescription"],
  },
  "alarm-reaches-someone": {
    type: ALARM,
    passes: alarm,
    fails: { ...alarm, OKActions: undefined },
    at: ["Properties.OKActions"],
  },
  "log-ends": {
    type: "AWS::Logs::LogGroup",
    passes: { RetentionInDays: 30 },
    fails: { LogGroupName: "for-ever" },
    at: ["Properties.RetentionInDays"],
  },
  "task-without-rights": {
    type: TASK,
    passes: task,
    fails: { ...task, TaskRoleArn: "arn:aws:iam::123456789012:role/tenant" },
    at: ["Properties.TaskRoleArn"],
  },
  "task-has-time-to-stop": {
    type: TASK,
    passes: task,
    fails: { ContainerDefinitions: [...task.ContainerDefinitions, { Name: "helper" }] },
    at: ["Properties.ContainerDefinitions.1.StopTimeout"],
  },
};

const templateOf = (type: string, properties: object) => ({
  Resources: { It: { Type: type, Properties: properties } },
});
const breachesOf = (type: string, properties: object) =>
  breachesIn(JSON.parse(JSON.stringify(templateOf(type, properties)))).map(({ rule, locations }) => [
    rule.id,
    locations,
  ]);

describe.each(Object.entries(CASES))("%s", (id, { type, passes, fails, at }) => {
  test("lets a template pass that keeps it", () => {
    expect(breachesOf(type, passes)).toEqual([]);
  });

  test("says where a template breaks it", () => {
    expect(breachesOf(type, fails)).toEqual([[id, at]]);
  });
});

describe("the rules", () => {
  test("each have their two templates here", () => {
    expect(Object.keys(CASES)).toEqual(HOUSE_RULES.map(({ id }) => id));
  });

  test("let an eventual table expire its items", () => {
    expect(breachesOf(GLOBAL_TABLE, { ...table, TimeToLiveSpecification: { Enabled: true } })).toEqual([]);
  });

  test("refuse a strong table of two witnesses", () => {
    const fails = { ...strong, Replicas: [replica()], GlobalTableWitnesses: [{ Region: "a" }, { Region: "b" }] };

    expect(breachesOf(GLOBAL_TABLE, fails)).toEqual([["strong-table-in-three-regions", ["Properties.Replicas"]]]);
  });

  test("refuse a parameter that a fault action does not know", () => {
    const fails = experiment("aws:dynamodb:global-table-pause-replication", { duration: "PT5M", percent: "100" });

    expect(breachesOf(EXPERIMENT, fails)).toEqual([
      ["fault-action-known", ["Properties.Actions.hurt.Parameters.percent"]],
    ]);
  });

  test("know every action of the reference, and refuse API faults of services that have none", () => {
    const known = [
      experiment("aws:fis:inject-api-throttle-error", { duration: "PT5M", service: "kinesis", percentage: "50" }),
      experiment("aws:ecs:stop-task"),
      experiment("aws:network:disrupt-vpc-endpoint", { duration: "PT5M" }),
      experiment("aws:elasticache:replicationgroup-interrupt-az-power", { duration: "PT5M" }),
    ];
    const onDynamo = experiment("aws:fis:inject-api-unavailable-error", { duration: "PT5M", service: "dynamodb" });

    expect(known.flatMap((template) => breachesOf(EXPERIMENT, template))).toEqual([]);
    expect(breachesOf(EXPERIMENT, onDynamo)).toEqual([
      ["fault-action-known", ["Properties.Actions.hurt.Parameters.service"]],
    ]);
    expect(Object.keys(FAULT_ACTIONS)).toHaveLength(50);
  });

  test("refuse what they can't read rather than let it pass", () => {
    expect(breachesOf(EXPERIMENT, { Actions: "all" })).toEqual([["fault-action-known", ["Properties.Actions"]]]);
    expect(breachesOf(GLOBAL_TABLE, { Replicas: "none" }).length).toBeGreaterThan(0);
  });

  test("end a synthesis that breaks one", () => {
    const app = startedApp();
    const stack = new Stack(app, "Careless");
    new CfnResource(stack, "It", { type: "AWS::Logs::LogGroup", properties: { LogGroupName: "for-ever" } });
    Validations.of(app).addPlugins(new HouseRules());

    expect(() => app.synth()).toThrow(/a log group says how long it keeps its lines/);
  });
});
