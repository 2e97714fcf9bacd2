import { type Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import type { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import type { ISecurityGroup, ISubnet, IVpc } from "aws-cdk-lib/aws-ec2";
import { Effect, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import {
  Alias,
  ApplicationLogLevel,
  Architecture,
  Code,
  type ILayerVersion,
  type IVersion,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
  Tracing,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { LIVE_ALIAS } from "../names.ts";
import { acknowledge } from "./acknowledge.ts";
import { asInterface } from "./as-interface.ts";
import { functionAlarms } from "./function-alarms.ts";

export interface CellFunctionProps {
  readonly functionName: string;
  /** The bundle's folder, with `index.mjs` in it. */
  readonly codeFolder: string;
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly environment: Record<string, string>;
  /** Who waits for what it does, or keeps what it failed in. */
  readonly calledBy: Caller;
  readonly layers: readonly ILayerVersion[];
  readonly statements: readonly PolicyStatement[];
  /** Environments kept warm, following the load between the two; both 0 keeps none. */
  readonly warm: { readonly min: number; readonly max: number };
  readonly logRetentionDays: number;
  readonly tenantsNotice: string;
  /**
   * Above this share of failed calls it is failing.
   * @default - that of all functions
   */
  readonly failuresPercentMax?: number;
  /**
   * Where it has its addresses; it reaches nothing but what is there, and no service of AWS's.
   * @default - none: it reaches all the world
   */
  readonly network?: FunctionNetwork;
  readonly topic: ITopic;
}

export interface FunctionNetwork {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly securityGroup: ISecurityGroup;
}

export type Caller = "door" | "function" | "queue" | "schedules" | "sign-in" | "sockets";

/** Why no failed call is lost, though the function itself has no queue for them. */
const NO_CALL_LOST: Record<Caller, string> = {
  door: "Nothing calls it but front doors, which wait for the answer; there is no asynchronous call to lose.",
  function: "Nothing calls it but another function, which waits for the answer; there is no asynchronous call to lose.",
  queue: "Lambda takes its messages from a queue, which keeps those that failed.",
  sockets:
    "API Gateway waits for its answers; that a connection has ended it tells once, and whoever finds it gone later knows.",
  "sign-in": "Cognito waits for its answer, and asks again when there is none.",
  schedules: "The alias that schedules call has a destination for runs that failed.",
};

/** Warm environments are added when so much of them is busy. */
const WARM_UTILIZATION = 0.7;

/** One function of a cell: Node 24 on arm64, behind an alias that traffic is moved to in steps. */
export class CellFunction extends Construct {
  /** What front doors call: the version that serves. */
  readonly alias: Alias;
  /** Rings when calls crash or run out of time. */
  readonly failing: Alarm;
  readonly #lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: CellFunctionProps) {
    super(scope, id);
    this.#lambda = this.#makeLambda(props);
    this.alias = new Alias(this, "Live", {
      aliasName: LIVE_ALIAS,
      version: asInterface<IVersion>(this.#lambda.currentVersion),
      ...(props.warm.min > 0 ? { provisionedConcurrentExecutions: props.warm.min } : {}),
    });
    this.#keepWarm(props);
    this.failing = functionAlarms(this, { ...props, alias: this.alias });
    this.#acceptFindings(props);
  }

  #makeLambda(props: CellFunctionProps): LambdaFunction {
    const logGroup = new LogGroup(this, "Log", {
      logGroupName: `/aws/lambda/${props.functionName}`,
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const role = new Role(this, "Role", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    logGroup.grantWrite(role);
    for (const statement of props.statements) role.addToPolicy(statement);
    if (props.network !== undefined)
      for (const statement of networkStatements(this, props)) role.addToPolicy(statement);
    return new LambdaFunction(this, "Function", {
      functionName: props.functionName,
      role,
      logGroup,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      handler: "index.handler",
      code: Code.fromAsset(props.codeFolder),
      memorySize: props.memoryMb,
      timeout: props.timeout,
      environment: props.environment,
      layers: [...props.layers],
      ...placed(props.network),
      tracing: Tracing.ACTIVE,
      // Each call writes one line of its own; Lambda's own lines about a call that went well say nothing more.
      loggingFormat: LoggingFormat.JSON,
      applicationLogLevelV2: ApplicationLogLevel.INFO,
      systemLogLevelV2: SystemLogLevel.WARN,
      // Whoever has to go back finds the earlier version still there.
      currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN },
    });
  }

  #keepWarm({ warm: { min, max } }: CellFunctionProps): void {
    if (max === 0) return;
    const scaling = this.alias.addAutoScaling({ minCapacity: min, maxCapacity: max });
    scaling.scaleOnUtilization({ utilizationTarget: WARM_UTILIZATION });
  }

  #acceptFindings({ calledBy, network }: CellFunctionProps): void {
    const traces = "X-Ray has no resources to name; it is asked to take traces and nothing else.";
    const interfaces =
      "Lambda names the interfaces that it makes in a network; the function itself is denied all of it.";
    acknowledge(this, {
      "AwsSolutions-IAM5[Resource::*]": network === undefined ? traces : `${traces} ${interfaces}`,
    });
    acknowledge(this.#lambda, { "Serverless-LambdaDLQ": NO_CALL_LOST[calledBy] });
  }
}

/** Source: Lambda developer guide, "Giving Lambda functions access to resources in an Amazon VPC" (read 2026-11-21). */
const INTERFACE_ACTIONS = [
  "ec2:AssignPrivateIpAddresses",
  "ec2:CreateNetworkInterface",
  "ec2:DeleteNetworkInterface",
  "ec2:DescribeNetworkInterfaces",
  "ec2:DescribeSubnets",
  "ec2:UnassignPrivateIpAddresses",
];

/** Lambda makes its way into a network by the function's role. What runs in the function may do none of it. */
function networkStatements(scope: Construct, { functionName }: CellFunctionProps): readonly PolicyStatement[] {
  const { partition, region, account } = Stack.of(scope);
  const itself = `arn:${partition}:lambda:${region}:${account}:function:${functionName}`;
  const everything = { actions: INTERFACE_ACTIONS, resources: ["*"] };
  const fromItself = { ArnEquals: { "lambda:SourceFunctionArn": itself } };
  return [
    new PolicyStatement(everything),
    new PolicyStatement({ ...everything, effect: Effect.DENY, conditions: fromItself }),
  ];
}

function placed(network: FunctionNetwork | undefined) {
  if (network === undefined) return {};
  const { vpc, subnets, securityGroup } = network;
  return { vpc, vpcSubnets: { subnets: [...subnets] }, securityGroups: [securityGroup] };
}
