import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { laidOut } from "./laid-out.ts";
import { behindLoadBalancer, oneRegion, twoRegions } from "./stages.ts";

const plain = laidOut(oneRegion);
const named = laidOut(twoRegions);
const balanced = laidOut(behindLoadBalancer(twoRegions));

function cellOf(laid: typeof plain) {
  const [cell] = laid.deployment.cells;
  if (cell === undefined) throw new TypeError("no cell was laid out");
  return laid.template(cell);
}

const refTo = (pattern: string) => ({ Ref: Match.stringLikeRegexp(pattern) });

describe.each([
  ["at its own address", plain],
  ["below a domain", named],
  ["beside a load balancer, which can't hold connections for functions", balanced],
] as const)("the WebSocket API, %s", (_, laid) => {
  test("has three routes that lead to one function, which judges who may open the first", () => {
    const cell = cellOf(laid);

    cell.has("AWS::ApiGatewayV2::Api", { ProtocolType: "WEBSOCKET" });
    cell.count("AWS::ApiGatewayV2::Route", 3);
    cell.has("AWS::ApiGatewayV2::Route", {
      RouteKey: "$connect",
      AuthorizationType: "CUSTOM",
      AuthorizerId: refTo("^SocketsAuthorizer"),
    });
    for (const RouteKey of ["$default", "$disconnect"]) {
      cell.has("AWS::ApiGatewayV2::Route", { RouteKey, AuthorizationType: "NONE" });
    }
    cell.has("AWS::ApiGatewayV2::Authorizer", { AuthorizerType: "REQUEST", IdentitySource: [] });
    cell.count("AWS::ApiGatewayV2::Integration", 1);
  });

  test("sends what the function answers to a message back on its connection", () => {
    const cell = cellOf(laid);

    cell.has("AWS::ApiGatewayV2::Route", { RouteKey: "$default", RouteResponseSelectionExpression: "$default" });
    cell.has("AWS::ApiGatewayV2::RouteResponse", {
      RouteId: refTo("^SocketsRoutedefault"),
      RouteResponseKey: "$default",
    });
  });

  test("calls the version that serves, and nothing else may", () => {
    cellOf(laid).has("AWS::ApiGatewayV2::Integration", {
      IntegrationUri: { "Fn::Join": ["", Match.arrayWith([refTo("^WorkersocketsLive")])] },
    });
    cellOf(laid).has("AWS::Lambda::Permission", {
      FunctionName: refTo("^WorkersocketsLive"),
      Principal: "apigateway.amazonaws.com",
      SourceArn: { "Fn::Join": ["", Match.arrayWith([refTo("^SocketsApi")])] },
    });
  });

  test("is deployed as it is laid out, throttled by the plan, and logged without what was said", () => {
    const stages = Object.values(cellOf(laid).find("AWS::ApiGatewayV2::Stage"));

    cellOf(laid).has("AWS::ApiGatewayV2::Stage", {
      StageName: "live",
      AutoDeploy: true,
      DefaultRouteSettings: {
        DataTraceEnabled: false,
        DetailedMetricsEnabled: true,
        LoggingLevel: "ERROR",
        ThrottlingRateLimit: 100,
        ThrottlingBurstLimit: 200,
      },
    });
    expect(JSON.stringify(stages)).not.toMatch(/body|header|authorizer|input/i);
  });

  test("rings when people are not let in or not answered", () => {
    cellOf(laid).has("AWS::CloudWatch::Alarm", {
      AlarmName: Match.stringLikeRegexp("^skein-[a-z]+-sockets-unanswered$"),
      AlarmDescription: Match.stringLikeRegexp("^Tenants notice: people can't connect.* Look at: .+"),
    });
  });
});

test("a plan with a domain gives connections names of their own, with the path that a cell on one machine has", () => {
  const cell = cellOf(named);

  for (const DomainName of ["ws.mcp.example.com", "ws.us-east-1.mcp.example.com"]) {
    cell.has("AWS::ApiGatewayV2::DomainName", { DomainName });
  }
  cell.allHave("AWS::ApiGatewayV2::ApiMapping", { ApiMappingKey: "ws", Stage: refTo("^SocketsStage") });
  cell.has("AWS::CertificateManager::Certificate", {
    SubjectAlternativeNames: ["us-east-1.mcp.example.com", "ws.mcp.example.com", "ws.us-east-1.mcp.example.com"],
  });
  for (const region of ["us-east-1", "us-west-2"]) {
    named.template(named.deployment.fleet).has("AWS::Route53::RecordSet", {
      Name: "ws.mcp.example.com.",
      Region: region,
      AliasTarget: Match.objectLike({ DNSName: `origin.ws.${region}.mcp.example.com` }),
      HealthCheckId: Match.anyValue(),
    });
  }
});

const Lambda = z.object({
  Properties: z.object({
    FunctionName: z.string(),
    Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }),
  }),
});

test("functions are told where people connect and whose pages may, with and without a domain", () => {
  const variables = (laid: typeof plain, name: string): Readonly<Record<string, unknown>> => {
    const lambdas = Object.values(cellOf(laid).find("AWS::Lambda::Function")).map(
      (raw) => Lambda.parse(raw).Properties,
    );
    return lambdas.find(({ FunctionName }) => FunctionName === name)?.Environment.Variables ?? {};
  };

  expect(variables(named, "skein-pair-people").SOCKET_URL).toBe("wss://ws.mcp.example.com/ws");
  expect(variables(named, "skein-pair-sockets").PAGE_ORIGINS).toBe(
    "https://mcp.example.com,https://us-east-1.mcp.example.com",
  );
  expect(JSON.stringify(variables(plain, "skein-small-people").SOCKET_URL)).toMatch(
    /wss:\/\/.*SocketsApi.*\.execute-api\.ap-southeast-2\..*\/live/,
  );
  const origin = JSON.stringify(variables(plain, "skein-small-sockets").PAGE_ORIGINS);
  expect(origin).toMatch(/https:\/\/.*DoorApi.*\.execute-api\.ap-southeast-2\./);
  expect(origin).not.toContain("live");
});

test("the queue of messages is worked off by as many at once as a region may have, and rings within minutes", () => {
  cellOf(plain).has("AWS::Lambda::EventSourceMapping", {
    BatchSize: 10,
    MaximumBatchingWindowInSeconds: 0,
    ScalingConfig: { MaximumConcurrency: 100 },
    FunctionResponseTypes: ["ReportBatchItemFailures"],
  });
  cellOf(plain).has("AWS::CloudWatch::Alarm", { AlarmName: "skein-small-messages-late", Threshold: 120 });
  cellOf(plain).has("AWS::CloudWatch::Alarm", { AlarmName: "skein-small-messages-dead-letters", Threshold: 1 });
});
