import { RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  AccessLogFormat,
  DomainName,
  EndpointType,
  type IResource,
  type IRestApi,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  ResponseTransferMode,
  RestApi,
  SecurityPolicy,
} from "aws-cdk-lib/aws-apigateway";
import { type IMetric, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { ApiGatewayDomain } from "aws-cdk-lib/aws-route53-targets";
import { Construct } from "constructs";
import { acknowledge } from "./acknowledge.ts";
import { asInterface } from "./as-interface.ts";
import type { CellDomain } from "./cell-domain.ts";
import type { DoorRoute, FrontDoor } from "./front-door.ts";
import { MINUTE } from "./tenant-alarm.ts";

export interface RestDoorProps {
  readonly apiName: string;
  readonly routes: readonly DoorRoute[];
  readonly domain: CellDomain | undefined;
  readonly requestsPerSecond: number;
  readonly burst: number;
  readonly logRetentionDays: number;
}

const STAGE_NAME = "live";

/** Who asked for what, and how it went: no header, no query, no body, no key. */
const ACCESS_LINE = AccessLogFormat.custom(
  JSON.stringify({
    at: "$context.requestTimeEpoch",
    requestId: "$context.requestId",
    functionRequestId: "$context.integration.requestId",
    address: "$context.identity.sourceIp",
    host: "$context.domainName",
    method: "$context.httpMethod",
    path: "$context.resourcePath",
    status: "$context.status",
    problem: "$context.error.responseType",
    firewall: "$context.waf.status",
    durationMs: "$context.responseLatency",
    functionMs: "$context.integration.latency",
    replyBytes: "$context.responseLength",
  }),
);

/** A regional REST API: the one front door of AWS's that streams replies, counts by firewall and speaks TLS for a domain. */
export class RestDoor extends Construct implements FrontDoor {
  readonly url: string;
  readonly guardedArn: string;
  readonly failures: IMetric;
  readonly calls: IMetric;
  readonly #api: RestApi;

  constructor(scope: Construct, id: string, props: RestDoorProps) {
    super(scope, id);
    this.#api = this.#makeApi(props);
    this.#keepExecutionLog(props);
    for (const route of props.routes) this.#addRoute(route);
    if (props.domain !== undefined) this.#takeDomain(props.domain);
    const { region } = Stack.of(this);
    const stage = this.#api.deploymentStage.stageName;
    this.url =
      props.domain === undefined
        ? `https://${this.#api.restApiId}.execute-api.${region}.${Stack.of(this).urlSuffix}/${stage}`
        : `https://${props.domain.cellName}`;
    this.guardedArn = Stack.of(this).formatArn({
      service: "apigateway",
      account: "",
      resource: "/restapis",
      resourceName: `${this.#api.restApiId}/stages/${stage}`,
    });
    this.failures = stageSum(props.apiName, "5XXError");
    this.calls = stageSum(props.apiName, "Count");
    this.#acceptFindings();
  }

  #makeApi({ apiName, domain, requestsPerSecond, burst, logRetentionDays }: RestDoorProps): RestApi {
    const accessLog = new LogGroup(this, "AccessLog", {
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    return new RestApi(this, "Api", {
      restApiName: apiName,
      endpointTypes: [EndpointType.REGIONAL],
      disableExecuteApiEndpoint: domain !== undefined,
      // Bodies come as the bytes that were sent; read as text, what is not UTF-8 would be changed on the way.
      binaryMediaTypes: ["*/*"],
      // The account's own log role; see the stack of the region's state.
      cloudWatchRole: false,
      deployOptions: {
        stageName: STAGE_NAME,
        accessLogDestination: new LogGroupLogDestination(accessLog),
        accessLogFormat: ACCESS_LINE,
        loggingLevel: MethodLoggingLevel.ERROR,
        dataTraceEnabled: false,
        metricsEnabled: true,
        tracingEnabled: true,
        throttlingRateLimit: requestsPerSecond,
        throttlingBurstLimit: burst,
      },
    });
  }

  /** API Gateway makes this log itself if it is not there first, and then keeps it for ever. */
  #keepExecutionLog({ logRetentionDays }: RestDoorProps): void {
    const log = new LogGroup(this, "ExecutionLog", {
      logGroupName: `API-Gateway-Execution-Logs_${this.#api.restApiId}/${STAGE_NAME}`,
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.#api.deploymentStage.node.addDependency(log);
  }

  #addRoute({ path, alias, replyMode, timeout }: DoorRoute): void {
    const integration = new LambdaIntegration(asInterface<IFunction>(alias), {
      allowTestInvoke: false,
      responseTransferMode: replyMode === "stream" ? ResponseTransferMode.STREAM : ResponseTransferMode.BUFFERED,
      timeout,
    });
    // The function knows which methods it takes and refuses the rest with 405; API Gateway would say 403.
    this.#resourceFor(path).addMethod("ANY", integration);
  }

  #resourceFor(path: string): IResource {
    const exact = this.#api.root.resourceForPath(path.replace(/\/$/, ""));
    return path.endsWith("/") ? exact.addResource("{proxy+}") : exact;
  }

  /** The shared name and the cell's own both lead here, each with its own address in API Gateway. */
  #takeDomain(domain: CellDomain): void {
    const take = (id: string, domainName: string): DomainName =>
      new DomainName(this, id, {
        domainName,
        certificate: domain.certificate,
        endpointType: EndpointType.REGIONAL,
        securityPolicy: SecurityPolicy.TLS_1_2,
        mapping: asInterface<IRestApi>(this.#api),
      });
    const cell = take("CellName", domain.cellName);
    const shared = take("SharedName", domain.sharedName);
    domain.leadTo({ cell: new ApiGatewayDomain(cell), shared: new ApiGatewayDomain(shared) });
  }

  #acceptFindings(): void {
    const byFunction =
      "Each function asks for the access key itself and compares it in constant time; probes need none.";
    acknowledge(this.#api, {
      "AwsSolutions-APIG2": "Each function reads its requests by schema and says what is wrong with them.",
      "AwsSolutions-APIG4": byFunction,
      "AwsSolutions-COG4": byFunction,
    });
  }
}

/**
 * By the stage's name, not by the stage itself: the stage waits for the functions' aliases, which wait for the alarm on
 * this metric.
 */
function stageSum(apiName: string, metricName: string): Metric {
  const dimensionsMap = { ApiName: apiName, Stage: STAGE_NAME };
  return new Metric({ namespace: "AWS/ApiGateway", metricName, dimensionsMap, period: MINUTE, statistic: "Sum" });
}
