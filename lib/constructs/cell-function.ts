import { type Duration, RemovalPolicy } from "aws-cdk-lib";
import type { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import { type PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
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
  readonly topic: ITopic;
}

export type Caller = "door" | "queue" | "schedules" | "sign-in";

/** Why no failed call is lost, though the function itself has no queue for them. */
const NO_CALL_LOST: Record<Caller, string> = {
  door: "Nothing calls it but front doors, which wait for the answer; there is no asynchronous call to lose.",
  queue: "Lambda takes its messages from a queue, which keeps those that failed.",
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
      aliasName: "live",
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

  #acceptFindings({ calledBy }: CellFunctionProps): void {
    acknowledge(this, {
      "AwsSolutions-IAM5[Resource::*]": "X-Ray has no resources to name; it is asked to take traces and nothing else.",
    });
    acknowledge(this.#lambda, { "Serverless-LambdaDLQ": NO_CALL_LOST[calledBy] });
  }
}
