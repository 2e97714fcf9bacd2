import { RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  CfnApi,
  CfnApiMapping,
  CfnAuthorizer,
  CfnDomainName,
  CfnIntegration,
  CfnRoute,
  CfnRouteResponse,
  CfnStage,
} from "aws-cdk-lib/aws-apigatewayv2";
import { type IMetric, MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import { ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Alias } from "aws-cdk-lib/aws-lambda";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { SOCKET_STAGE } from "../../layers/core/deployment/socket-stage.ts";
import { acknowledge } from "./acknowledge.ts";
import type { CellDomain } from "./cell-domain.ts";
import { MINUTE } from "./tenant-alarm.ts";

export interface SocketDoorProps {
  readonly apiName: string;
  readonly domain: CellDomain | undefined;
  /** Openings and messages of all clients together. */
  readonly requestsPerSecond: number;
  readonly burst: number;
  readonly logRetentionDays: number;
}

/** Below a name of its own the API has the path that a cell on one machine has. */
const PATH = "ws";
const ROUTES = ["$connect", "$default", "$disconnect"] as const;
type RouteKey = (typeof ROUTES)[number];

/** Who did what, and how it went: nothing of what was said, and no header. */
const ACCESS_LINE = JSON.stringify({
  at: "$context.requestTimeEpoch",
  requestId: "$context.requestId",
  functionRequestId: "$context.integration.requestId",
  address: "$context.identity.sourceIp",
  connectionId: "$context.connectionId",
  event: "$context.eventType",
  route: "$context.routeKey",
  status: "$context.status",
  functionMs: "$context.integration.latency",
  problem: "$context.error.responseType",
});

/**
 * A WebSocket API: a front door of its own, since neither a REST API nor a load balancer can hold connections for functions.
 * Its own address stays open beside the domain's name, because it is there that functions in all regions reach connections.
 */
export class SocketDoor extends Construct {
  /** Where clients connect. */
  readonly url: string;
  readonly apiId: string;
  /** The same as cdk-nag writes it. */
  readonly apiIdInFindings: string;
  /** Openings and messages that the API or its function failed in, and all of them. */
  readonly failures: IMetric;
  readonly calls: IMetric;
  readonly #stage: CfnStage;

  constructor(scope: Construct, id: string, props: SocketDoorProps) {
    super(scope, id);
    const api = new CfnApi(this, "Api", {
      name: props.apiName,
      protocolType: "WEBSOCKET",
      // There is one route for all messages.
      routeSelectionExpression: "$request.body.type",
    });
    this.apiId = api.ref;
    this.apiIdInFindings = `<${String(Stack.of(this).resolve(api.logicalId))}>`;
    this.#stage = this.#makeStage(props);
    if (props.domain !== undefined) this.#takeDomain(props.domain);
    const { region, urlSuffix } = Stack.of(this);
    this.url =
      props.domain === undefined
        ? `wss://${this.apiId}.execute-api.${region}.${urlSuffix}/${SOCKET_STAGE}`
        : `wss://${props.domain.sharedSocketName}/${PATH}`;
    this.calls = this.#sumOf({ openings: "ConnectCount", messages: "MessageCount" });
    this.failures = this.#sumOf({ byFunction: "IntegrationError", byApi: "ExecutionError" });
  }

  /** To one function: it judges who may connect, and answers on every route. */
  leadTo(worker: Alias): void {
    const { region, partition } = Stack.of(this);
    const uri = `arn:${partition}:apigateway:${region}:lambda:path/2015-03-31/functions/${worker.functionArn}/invocations`;
    const authorizer = new CfnAuthorizer(this, "Authorizer", {
      apiId: this.apiId,
      name: "opening",
      authorizerType: "REQUEST",
      authorizerUri: uri,
      // Who shows no credential with the opening may do so in the first message.
      identitySource: [],
    });
    const integration = new CfnIntegration(this, "Integration", {
      apiId: this.apiId,
      integrationType: "AWS_PROXY",
      integrationUri: uri,
    });
    for (const routeKey of ROUTES) this.#addRoute(routeKey, { integration, authorizer });
    worker.addPermission("WebSocketApi", {
      principal: new ServicePrincipal("apigateway.amazonaws.com"),
      sourceArn: Stack.of(this).formatArn({ service: "execute-api", resource: this.apiId, resourceName: "*" }),
    });
  }

  #addRoute(
    routeKey: RouteKey,
    { integration, authorizer }: { readonly integration: CfnIntegration; readonly authorizer: CfnAuthorizer },
  ): void {
    const isOpening = routeKey === "$connect";
    const isAnswered = routeKey === "$default";
    const route = new CfnRoute(this, `Route-${routeKey.slice(1)}`, {
      apiId: this.apiId,
      routeKey,
      target: `integrations/${integration.ref}`,
      authorizationType: isOpening ? "CUSTOM" : "NONE",
      ...(isOpening && { authorizerId: authorizer.ref }),
      ...(isAnswered && { routeResponseSelectionExpression: "$default" }),
    });
    if (isAnswered) {
      const answer = { apiId: this.apiId, routeId: route.ref, routeResponseKey: "$default" };
      new CfnRouteResponse(this, "Answer", answer);
    }
    // Deployed as they are then.
    this.#stage.addResourceDependency(route);
    if (isOpening) return;
    const reason = "API Gateway asks an authorizer when a connection is opened, and knows no other place for one.";
    acknowledge(route, { "AwsSolutions-APIG4": reason });
  }

  #makeStage({ requestsPerSecond, burst, logRetentionDays }: SocketDoorProps): CfnStage {
    const kept = { retention: logRetentionDays, removalPolicy: RemovalPolicy.DESTROY };
    const accessLog = new LogGroup(this, "AccessLog", kept);
    // API Gateway makes this one itself if it is not there first, and then keeps it for ever.
    const logGroupName = `/aws/apigateway/${this.apiId}/${SOCKET_STAGE}`;
    const executionLog = new LogGroup(this, "ExecutionLog", { ...kept, logGroupName });
    const stage = new CfnStage(this, "Stage", {
      apiId: this.apiId,
      stageName: SOCKET_STAGE,
      autoDeploy: true,
      accessLogSettings: { destinationArn: accessLog.logGroupArn, format: ACCESS_LINE },
      defaultRouteSettings: {
        dataTraceEnabled: false,
        detailedMetricsEnabled: true,
        loggingLevel: "ERROR",
        throttlingRateLimit: requestsPerSecond,
        throttlingBurstLimit: burst,
      },
    });
    stage.node.addDependency(executionLog);
    return stage;
  }

  /** The shared name and the cell's own both lead here, each with its own address in API Gateway. */
  #takeDomain(domain: CellDomain): void {
    const take = (id: string, domainName: string): CfnDomainName => {
      const name = new CfnDomainName(this, id, {
        domainName,
        domainNameConfigurations: [
          { certificateArn: domain.certificate.certificateArn, endpointType: "REGIONAL", securityPolicy: "TLS_1_2" },
        ],
      });
      const mapping = { apiId: this.apiId, stage: this.#stage.ref, apiMappingKey: PATH };
      new CfnApiMapping(this, `${id}Path`, { ...mapping, domainName: name.ref });
      return name;
    };
    const targetOf = (name: CfnDomainName) => ({
      bind: () => ({ dnsName: name.attrRegionalDomainName, hostedZoneId: name.attrRegionalHostedZoneId }),
    });
    domain.leadSocketsTo({
      cell: targetOf(take("CellName", domain.cellSocketName)),
      shared: targetOf(take("SharedName", domain.sharedSocketName)),
    });
  }

  #sumOf(metricNames: Readonly<Record<string, string>>): IMetric {
    const sums = Object.entries(metricNames).map(([name, metricName]): [string, Metric] => {
      const dimensionsMap = { ApiId: this.apiId, Stage: SOCKET_STAGE };
      const metric = { namespace: "AWS/ApiGateway", metricName, dimensionsMap, period: MINUTE, statistic: "Sum" };
      return [name, new Metric(metric)];
    });
    return new MathExpression({
      expression: sums.map(([name]) => `FILL(${name}, 0)`).join(" + "),
      usingMetrics: Object.fromEntries(sums),
      period: MINUTE,
    });
  }
}
