import { Stack } from "aws-cdk-lib";
import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { TASK_SIZES } from "../../layers/core/deployment/project-task.ts";
import { runnerStatements } from "../../lib/constructs/runner-access.ts";
import { planProblems } from "../../lib/plan/check-plan.ts";
import type { StagePlan } from "../../lib/plan/stage-plan.ts";
import { laidOut } from "./laid-out.ts";
import { oneRegion, twoRegions } from "./stages.ts";

const IMAGE = "public.ecr.aws/docker/library/node:24-bookworm";
const planned = laidOut({ ...oneRegion, projects: { image: IMAGE, capacity: "on-demand" } });
const without = laidOut(oneRegion);
const two = laidOut(twoRegions);

const [stack] = planned.deployment.projects;
if (stack === undefined) throw new TypeError("no stack of projects was laid out");
const template = planned.template(stack);

const Task = z.object({
  Properties: z.object({
    Family: z.string(),
    Cpu: z.string(),
    Memory: z.string(),
    TaskRoleArn: z.unknown().optional(),
    ContainerDefinitions: z.tuple([z.looseObject({ EntryPoint: z.array(z.string()) })]),
  }),
});

test("without projects in the plan nothing of them is laid out, and with them one stack a region", () => {
  const ids = [...without.deployment.cells, ...without.deployment.regionStates].flatMap((each) =>
    without.template(each).ids(),
  );

  expect(without.deployment.projects).toEqual([]);
  expect(ids.join("\n")).not.toMatch(/Task|Cluster|Network/);
  expect(two.deployment.projects.map(({ region }) => region)).toEqual(twoRegions.regions);
});

describe("a task", () => {
  const tasks = Object.values(template.find("AWS::ECS::TaskDefinition")).map((raw) => Task.parse(raw).Properties);

  test("is defined for each size, and by its size alone", () => {
    expect(tasks.map(({ Family, Cpu, Memory }) => `${Family} ${Cpu} ${Memory}`).sort()).toEqual(
      TASK_SIZES.map(
        ({ cpuUnits, memoryMib }) => `skein-small-project-${cpuUnits}-${memoryMib} ${cpuUnits} ${memoryMib}`,
      ).sort(),
    );
  });

  test("has no role: what runs in it has no rights in the account", () => {
    expect(tasks.map(({ TaskRoleArn }) => TaskRoleArn)).toEqual(TASK_SIZES.map(() => undefined));
  });

  test("begins with the supervisor on the planned image, with two minutes to end and a log that does not hold it up", () => {
    template.allHave("AWS::ECS::TaskDefinition", {
      NetworkMode: "awsvpc",
      RequiresCompatibilities: ["FARGATE"],
      RuntimePlatform: { CpuArchitecture: "ARM64", OperatingSystemFamily: "LINUX" },
      ContainerDefinitions: [
        Match.objectLike({
          Name: "project",
          Image: IMAGE,
          Essential: true,
          StopTimeout: 120,
          LinuxParameters: { InitProcessEnabled: true },
          LogConfiguration: {
            LogDriver: "awslogs",
            Options: Match.objectLike({
              "awslogs-group": "/skein/small/projects",
              "awslogs-stream-prefix": "run",
              mode: "non-blocking",
            }),
          },
        }),
      ],
    });
    for (const { ContainerDefinitions } of tasks) {
      expect(ContainerDefinitions[0].EntryPoint.at(-1)).toContain("SKEIN_ORDER");
      expect(ContainerDefinitions[0].Environment).toBeUndefined();
    }
  });
});

describe("the network of runs", () => {
  const guard = { "Fn::GetAtt": [Match.stringLikeRegexp("^PlaceGuard"), "GroupId"] };
  const calls = { "Fn::GetAtt": [Match.stringLikeRegexp("^PlaceCalls"), "GroupId"] };

  test("lets in what carries calls alone, to ports of projects alone, and that gets nowhere else", () => {
    template.count("AWS::EC2::SecurityGroup", 2);
    template.allHave("AWS::EC2::SecurityGroup", { SecurityGroupIngress: Match.absent() });
    const spans = [
      { FromPort: 2699, ToPort: 2699 },
      { FromPort: 3000, ToPort: 5999 },
      { FromPort: 8080, ToPort: 8980 },
    ];
    template.count("AWS::EC2::SecurityGroupIngress", spans.length);
    template.count("AWS::EC2::SecurityGroupEgress", spans.length);
    for (const span of spans) {
      const ports = { IpProtocol: "tcp", ...span };
      template.has("AWS::EC2::SecurityGroupIngress", { ...ports, GroupId: guard, SourceSecurityGroupId: calls });
      template.has("AWS::EC2::SecurityGroupEgress", { ...ports, GroupId: calls, DestinationSecurityGroupId: guard });
    }
  });

  test("gets out without a gateway that is paid for by the hour, and what carries calls does not get out", () => {
    template.count("AWS::EC2::NatGateway", 0);
    template.count("AWS::EC2::Subnet", 4);
    template.count("AWS::EC2::Subnet", 4, { MapPublicIpOnLaunch: false });
    const outward = template.find("AWS::EC2::Route");
    expect(Object.keys(outward).map((id) => id.replace(/[A-F0-9]{8}$/, "").replace(/\d/, "N"))).toEqual([
      "PlaceNetworkrunsSubnetNDefaultRoute",
      "PlaceNetworkrunsSubnetNDefaultRoute",
    ]);
  });

  test("reaches S3 without leaving AWS, and has its connections written down", () => {
    template.has("AWS::EC2::VPCEndpoint", { VpcEndpointType: "Gateway" });
    template.has("AWS::EC2::FlowLog", { TrafficType: "ALL", LogDestinationType: "cloud-watch-logs" });
  });
});

test("the role that ECS takes may write the logs of runs, and nothing else, for this account alone", () => {
  const launcher = Match.stringLikeRegexp("^TasksLauncher");

  template.has("AWS::IAM::Role", {
    RoleName: "skein-small-projects-ap-southeast-2",
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Action: "sts:AssumeRole",
          Effect: "Allow",
          Principal: { Service: "ecs-tasks.amazonaws.com" },
          Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
        },
      ],
    },
    ManagedPolicyArns: Match.absent(),
  });
  template.has("AWS::IAM::Policy", {
    Roles: [{ Ref: launcher }],
    PolicyDocument: {
      Statement: [
        {
          Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
          Effect: "Allow",
          Resource: { "Fn::GetAtt": [Match.stringLikeRegexp("^TasksLog"), "Arn"] },
        },
      ],
    },
  });
});

describe("who may start runs may", () => {
  const statements = runnerStatements(
    new Stack(),
    {
      cluster: "skein-small-projects",
      taskFamily: "skein-small-project",
      launcher: "skein-small-projects-eu-west-1",
      logGroup: "/skein/small/projects",
      blobBucket: "blobs",
    },
    "use",
  ).map((statement) => Statement.parse(statement.toJSON()));
  const about = (action: string) => statements.find(({ Action }) => [Action].flat().includes(action));

  test("start tasks of these definitions and in this cluster alone", () => {
    expect(JSON.stringify(about("ecs:RunTask"))).toMatch(
      /task-definition\/skein-small-project-\*:\*".*"ecs:cluster":"[^"]*:cluster\/skein-small-projects"/,
    );
  });

  test("pass on the one role, to ECS alone", () => {
    const statement = about("iam:PassRole");

    expect(JSON.stringify(statement?.Resource)).toContain("role/skein-small-projects-eu-west-1");
    expect(statement?.Condition).toEqual({ StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } });
  });

  test("tag what they start and nothing that is there, and list this cluster alone", () => {
    expect(about("ecs:TagResource")?.Condition).toEqual({ StringEquals: { "ecs:CreateAction": "RunTask" } });
    expect(Object.keys(about("ecs:ListTasks")?.Condition ?? {})).toEqual(["ArnEquals"]);
  });

  test("do nothing else", () => {
    expect(statements.flatMap(({ Action }) => Action).sort()).toEqual([
      "ecs:DescribeTasks",
      "ecs:ListTasks",
      "ecs:RunTask",
      "ecs:StopTask",
      "ecs:TagResource",
      "iam:PassRole",
      "logs:DeleteLogStream",
      "logs:GetLogEvents",
      "s3:DeleteObject",
      "s3:GetObject",
      "s3:PutObject",
    ]);
  });
});

describe("what carries calls to runs", () => {
  test("lies in the network, in the part that leads nowhere, and is told its addresses and nothing else", () => {
    const inCalls = Match.stringLikeRegexp("^PlaceNetworkcallsSubnet");

    template.has("AWS::Lambda::Function", {
      FunctionName: "skein-small-carrier",
      MemorySize: 256,
      Timeout: 300,
      Layers: Match.absent(),
      VpcConfig: {
        SubnetIds: [{ Ref: inCalls }, { Ref: inCalls }],
        SecurityGroupIds: [{ "Fn::GetAtt": [Match.stringLikeRegexp("^PlaceCalls"), "GroupId"] }],
      },
      Environment: {
        Variables: { PROJECT_NETWORK: { "Fn::GetAtt": [Match.stringLikeRegexp("^PlaceNetwork"), "CidrBlock"] } },
      },
    });
    template.has("AWS::Lambda::Alias", { Name: "live" });
  });

  test("is called by nobody but by right: it has no address and no permission of its own", () => {
    template.count("AWS::Lambda::Permission", 0);
    template.count("AWS::Lambda::Url", 0);
  });

  test("may have Lambda make its way into the network, and itself do none of it", () => {
    const interfaces = ["AssignPrivateIpAddresses", "CreateNetworkInterface", "DeleteNetworkInterface"];
    const looks = ["DescribeNetworkInterfaces", "DescribeSubnets", "UnassignPrivateIpAddresses"];
    const Action = [...interfaces, ...looks].map((action) => `ec2:${action}`);

    template.has("AWS::IAM::Policy", {
      Roles: [{ Ref: Match.stringLikeRegexp("^FunctioncarrierRole") }],
      PolicyDocument: {
        Statement: Match.arrayWith([
          {
            Action: [...Action, "xray:PutTelemetryRecords", "xray:PutTraceSegments"],
            Effect: "Allow",
            Resource: "*",
          },
          {
            Action,
            Effect: "Deny",
            Resource: "*",
            Condition: {
              ArnEquals: {
                "lambda:SourceFunctionArn": {
                  "Fn::Join": ["", Match.arrayWith([Match.stringLikeRegexp(":function:skein-small-carrier$")])],
                },
              },
            },
          },
        ]),
      },
    });
    template.has("AWS::IAM::Role", {
      AssumeRolePolicyDocument: Match.objectLike({
        Statement: [Match.objectLike({ Principal: { Service: "lambda.amazonaws.com" } })],
      }),
      ManagedPolicyArns: Match.absent(),
    });
  });
});

const Statement = z.object({
  Action: z.union([z.string(), z.array(z.string())]),
  Resource: z.unknown(),
  Condition: z.record(z.string(), z.unknown()).optional(),
});

describe("what tenants notice rings", () => {
  test("when tasks do not begin, which are written down with the reason", () => {
    template.has("AWS::Events::Rule", {
      EventPattern: Match.objectLike({ detail: Match.objectLike({ stopCode: ["TaskFailedToStart"] }) }),
    });
    template.has("AWS::CloudWatch::Alarm", {
      AlarmName: "skein-small-projects-unstarted",
      Namespace: "AWS/Events",
      Dimensions: [{ Name: "RuleName", Value: "skein-small-projects-unstarted" }],
    });
  });

  test("when what carries calls fails by itself, or is turned away", () => {
    template.has("AWS::CloudWatch::Alarm", { AlarmName: "skein-small-carrier-failing", Threshold: 1 });
    template.has("AWS::CloudWatch::Alarm", { AlarmName: "skein-small-carrier-turned-away" });
  });

  test("when the account's processors are nearly used up, of the kind that the plan uses", () => {
    const alarms = (laid: typeof two, of: NonNullable<(typeof two.deployment.projects)[number]>) =>
      JSON.stringify(laid.template(of).find("AWS::CloudWatch::Alarm"));
    const [mixed] = two.deployment.projects;

    expect(alarms(planned, stack)).toContain('"Value":"Standard/OnDemand"');
    expect(alarms(planned, stack)).not.toContain("Standard/Spot");
    expect(mixed === undefined ? "" : alarms(two, mixed)).toMatch(/Standard\/OnDemand.*Standard\/Spot/);
  });
});

describe("a plan is refused", () => {
  const problems = (projects: unknown): readonly string[] =>
    planProblems([{ ...oneRegion, projects }]).map(({ reason, at }) => `${reason} ${at}`);

  test.each<[string, unknown]>([
    ["that says something else than off", "on"],
    ["without an image", { capacity: "spot" }],
    ["with an image that moves", { image: "public.ecr.aws/docker/library/node:latest", capacity: "spot" }],
    ["with an image without a tag", { image: "public.ecr.aws/docker/library/node", capacity: "spot" }],
    ["with an image from nowhere", { image: "node:24", capacity: "spot" }],
    ["with a capacity that there is not", { image: IMAGE, capacity: "cheap" }],
    ["with a word too many", { image: IMAGE, capacity: "spot", sizes: [] }],
  ])("%s", (_what, projects) => {
    expect(problems(projects)).toEqual([expect.stringMatching(/^field_malformed small\.projects/)]);
  });

  test.each<[string, StagePlan["projects"]]>([
    ["a digest", { image: `ghcr.io/acme/base@sha256:${"0".repeat(64)}`, capacity: "on-demand" }],
    ["a tag and a port", { image: "registry.example.com:5000/base:1.2", capacity: "spot" }],
  ])("and not one whose image has %s", (_what, projects) => {
    expect(problems(projects)).toEqual([]);
  });
});
