import { Match } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { functionsOf } from "../../lib/functions.ts";
import type { StagePlan } from "../../lib/plan/stage-plan.ts";
import { laidOut } from "./laid-out.ts";
import type { StackTemplate } from "./stack-template.ts";
import { behindLoadBalancer, oneRegion, twoRegions } from "./stages.ts";

const plain = laidOut(oneRegion);
const named = laidOut(twoRegions);
const balanced = laidOut(behindLoadBalancer(twoRegions));

function cellOf(laid: typeof plain) {
  const [cell] = laid.deployment.cells;
  if (cell === undefined) throw new TypeError("no cell was laid out");
  return laid.template(cell);
}

const pathsOf = (stage: StagePlan) => functionsOf(stage).flatMap(({ shape }) => shape.routes.map(({ path }) => path));
const PATHS = pathsOf(oneRegion);
const PATHS_WITH_PROJECTS = pathsOf(twoRegions);

const Resource = z.object({
  Properties: z.object({ PathPart: z.string(), ParentId: z.object({ Ref: z.string().optional() }) }),
});
const Method = z.object({ Properties: z.object({ ResourceId: z.object({ Ref: z.string() }) }) });

/** The whole path of each method of a REST API. */
function methodPaths(template: StackTemplate): string[] {
  const resources = template.find("AWS::ApiGateway::Resource");
  const pathOf = (id: string | undefined): string => {
    if (id === undefined) return "";
    const { PathPart, ParentId } = Resource.parse(resources[id]).Properties;
    return `${pathOf(ParentId.Ref)}/${PathPart}`;
  };
  const methods = Object.values(template.find("AWS::ApiGateway::Method"));
  return methods.map((raw) => pathOf(Method.parse(raw).Properties.ResourceId.Ref));
}

const refTo = (pattern: string) => ({ Ref: Match.stringLikeRegexp(pattern) });

describe("the REST API", () => {
  test("streams /mcp for as long as a stream may last", () => {
    cellOf(plain).has("AWS::ApiGateway::Method", {
      HttpMethod: "ANY",
      Integration: {
        Type: "AWS_PROXY",
        ResponseTransferMode: "STREAM",
        TimeoutInMillis: 900_000,
        Uri: {
          "Fn::Join": [
            "",
            [
              Match.stringLikeRegexp(":lambda:path/2021-11-15/functions/$"),
              refTo("^FunctionmcpLive"),
              "/response-streaming-invocations",
            ],
          ],
        },
      },
    });
  });

  test("answers user sessions, tenants and probes whole, within what API Gateway waits", () => {
    for (const [name, TimeoutInMillis] of [
      ["sessions", 29_000],
      ["tenants", 29_000],
      ["health", 10_000],
    ] as const) {
      cellOf(plain).has("AWS::ApiGateway::Method", {
        HttpMethod: "ANY",
        Integration: {
          ResponseTransferMode: "BUFFERED",
          TimeoutInMillis,
          Uri: { "Fn::Join": ["", Match.arrayWith([refTo(`^Function${name}Live`)])] },
        },
      });
    }
    cellOf(plain).count("AWS::ApiGateway::Method", PATHS.length);
  });

  test("has the paths of the functions, with all below those that end in a slash, and no other", () => {
    expect(methodPaths(cellOf(plain)).sort()).toEqual(PATHS.map((path) => path.replace(/\/$/, "/{proxy+}")).sort());
  });

  test("is regional, takes bodies as they were sent, and lets each method call its function's alias alone", () => {
    cellOf(plain).has("AWS::ApiGateway::RestApi", {
      EndpointConfiguration: { Types: ["REGIONAL"] },
      BinaryMediaTypes: ["*/*"],
    });
    cellOf(plain).allHave("AWS::Lambda::Permission", {
      Action: "lambda:InvokeFunction",
      Principal: "apigateway.amazonaws.com",
      FunctionName: refTo("^(Function(mcp|sessions|jobs|people|tenants|health)|Workersockets)Live"),
    });
  });

  test("logs each request from a list without headers, query or body, and keeps to its rates", () => {
    const log = JSON.stringify(cellOf(plain).find("AWS::ApiGateway::Stage"));

    expect(log).not.toMatch(/context\.(?:authorizer|requestOverride)|input|header|querystring/i);
    cellOf(plain).has("AWS::ApiGateway::Stage", {
      AccessLogSetting: { DestinationArn: Match.anyValue(), Format: Match.stringLikeRegexp("requestId") },
      MethodSettings: [
        Match.objectLike({ DataTraceEnabled: false, ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 }),
      ],
    });
  });

  test("has its own log from the start, so that API Gateway makes none that never ends", () => {
    cellOf(plain).has("AWS::Logs::LogGroup", {
      LogGroupName: { "Fn::Join": ["", ["API-Gateway-Execution-Logs_", refTo("^DoorApi"), "/live"]] },
      RetentionInDays: 30,
    });
    cellOf(plain).allAre("AWS::ApiGateway::Stage", {
      DependsOn: Match.arrayWith([Match.stringLikeRegexp("^DoorExecutionLog")]),
    });
  });

  test("is told where to log in each region, by a role that stays", () => {
    for (const state of named.deployment.regionStates) {
      named.template(state).has("AWS::ApiGateway::Account", { CloudWatchRoleArn: Match.anyValue() });
    }
  });
});

describe("the load balancer", () => {
  test("takes HTTPS alone and hands functions every value of a header", () => {
    cellOf(balanced).allHave("AWS::ElasticLoadBalancingV2::Listener", { Port: 443, Protocol: "HTTPS" });
    cellOf(balanced).allHave("AWS::ElasticLoadBalancingV2::TargetGroup", {
      TargetType: "lambda",
      TargetGroupAttributes: Match.arrayWith([{ Key: "lambda.multi_value_headers.enabled", Value: "true" }]),
    });
    cellOf(balanced).count("AWS::ElasticLoadBalancingV2::TargetGroup", PATHS_WITH_PROJECTS.length);
    cellOf(balanced).allHave("AWS::EC2::SecurityGroup", {
      SecurityGroupIngress: [Match.objectLike({ FromPort: 443, ToPort: 443 })],
    });
  });

  test("knows the paths of the functions and no other", () => {
    for (const path of PATHS_WITH_PROJECTS) {
      cellOf(balanced).has("AWS::ElasticLoadBalancingV2::ListenerRule", {
        Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: [path.replace(/\/$/, "/*")] } }],
      });
    }
    cellOf(balanced).count("AWS::ElasticLoadBalancingV2::ListenerRule", PATHS_WITH_PROJECTS.length);
    cellOf(balanced).has("AWS::ElasticLoadBalancingV2::Listener", {
      DefaultActions: [Match.objectLike({ FixedResponseConfig: Match.objectLike({ StatusCode: "404" }) })],
    });
  });

  test("waits longer than its slowest function, and logs each request into the region's bucket", () => {
    const attribute = (Key: string, Value: unknown) => ({ Key, Value });

    cellOf(balanced).has("AWS::ElasticLoadBalancingV2::LoadBalancer", {
      Scheme: "internet-facing",
      LoadBalancerAttributes: Match.arrayWith([
        attribute("idle_timeout.timeout_seconds", "65"),
        attribute("routing.http.drop_invalid_header_fields.enabled", "true"),
        attribute("access_logs.s3.enabled", "true"),
        attribute("access_logs.s3.bucket", {
          "Fn::Join": ["", ["skein-pairalb-logs-", { Ref: "AWS::AccountId" }, "-us-east-1"]],
        }),
        attribute("access_logs.s3.prefix", "alb"),
      ]),
    });
  });

  test("leaves no REST API behind, and the role for the logs of the WebSocket API beside it", () => {
    cellOf(balanced).count("AWS::ApiGateway::RestApi", 0);
    for (const state of balanced.deployment.regionStates) {
      balanced.template(state).count("AWS::ApiGateway::Account", 1);
    }
  });

  test("lies in a network without a NAT gateway, which would be paid for by the hour", () => {
    cellOf(balanced).count("AWS::EC2::NatGateway", 0);
    cellOf(balanced).count("AWS::EC2::Subnet", 2);
  });
});

describe.each([
  ["the REST API", named, "stages"],
  ["the load balancer", balanced, "Balancer"],
] as const)("before %s", (_, laid, guarded) => {
  test("a firewall counts addresses and access keys, and shows nobody a request", () => {
    const quiet = Match.objectLike({ SampledRequestsEnabled: false });
    const rate = (Limit: number, more: object) =>
      Match.objectLike({
        Action: { Block: {} },
        VisibilityConfig: quiet,
        Statement: { RateBasedStatement: Match.objectLike({ Limit, EvaluationWindowSec: 300, ...more }) },
      });

    cellOf(laid).has("AWS::WAFv2::WebACL", {
      Scope: "REGIONAL",
      VisibilityConfig: quiet,
      Rules: [
        rate(1_000, { AggregateKeyType: "IP" }),
        rate(5_000, {
          AggregateKeyType: "CUSTOM_KEYS",
          CustomKeys: [{ Header: Match.objectLike({ Name: "authorization" }) }],
        }),
      ],
    });
    expect(JSON.stringify(cellOf(laid).find("AWS::WAFv2::WebACLAssociation"))).toContain(guarded);
  });

  test("a certificate covers the shared name and the cell's own, and those of connections", () => {
    cellOf(laid).has("AWS::CertificateManager::Certificate", {
      DomainName: "mcp.example.com",
      SubjectAlternativeNames: ["us-east-1.mcp.example.com", "ws.mcp.example.com", "ws.us-east-1.mcp.example.com"],
      ValidationMethod: "DNS",
    });
  });

  test("records lead to it: the cell's own name, and this region's share of the shared one", () => {
    const hosts = ["us-east-1.mcp", "origin.us-east-1.mcp", "ws.us-east-1.mcp", "origin.ws.us-east-1.mcp"];
    for (const Name of hosts.map((host) => `${host}.example.com.`)) {
      cellOf(laid).has("AWS::Route53::RecordSet", { Name, Type: "A", HostedZoneId: "Z0123456789ABC" });
    }
    cellOf(laid).count("AWS::Route53::RecordSet", 4);
  });

  test("the shared name goes to whichever cell is near and well, by records that nothing has to change", () => {
    const fleet = laid.template(laid.deployment.fleet);

    for (const region of ["us-east-1", "us-west-2"]) {
      fleet.has("AWS::Route53::RecordSet", {
        Name: "mcp.example.com.",
        Region: region,
        SetIdentifier: region,
        AliasTarget: { DNSName: `origin.${region}.mcp.example.com`, HostedZoneId: "Z0123456789ABC" },
        HealthCheckId: refTo(`^NameHealth${region.replaceAll("-", "")}`),
      });
      fleet.has("AWS::Route53::HealthCheck", {
        HealthCheckConfig: Match.objectLike({
          Type: "HTTPS",
          EnableSNI: true,
          FullyQualifiedDomainName: `${region}.mcp.example.com`,
          ResourcePath: "/health/ready",
          RequestInterval: 10,
          FailureThreshold: 3,
        }),
      });
    }
    // As many for connections.
    fleet.count("AWS::Route53::RecordSet", 4);
  });
});

describe("a domain", () => {
  test("closes the API's own address, so that nobody gets around it", () => {
    cellOf(named).has("AWS::ApiGateway::RestApi", { DisableExecuteApiEndpoint: true });
    cellOf(plain).has("AWS::ApiGateway::RestApi", { DisableExecuteApiEndpoint: false });
  });

  test("gives the API both names, with TLS 1.2 at least", () => {
    cellOf(named).allHave("AWS::ApiGateway::DomainName", { SecurityPolicy: "TLS_1_2" });
    cellOf(named).count("AWS::ApiGateway::BasePathMapping", 2);
  });

  test("that is none leaves no record, health check or certificate anywhere", () => {
    const stacks = [...plain.deployment.cells, plain.deployment.fleet];

    for (const stack of stacks) {
      for (const type of ["Route53::RecordSet", "Route53::HealthCheck", "CertificateManager::Certificate"]) {
        plain.template(stack).count(`AWS::${type}`, 0);
      }
    }
    expect(stacks).toHaveLength(2);
  });
});

describe("the cache", () => {
  test("is Valkey with a public endpoint, for one user that IAM lets in", () => {
    cellOf(named).has("AWS::ElastiCache::ServerlessCache", {
      Engine: "valkey",
      MajorEngineVersion: "9",
      ServerlessCacheName: "skein-pair",
      ConnectionType: "public",
      UserGroupId: Match.anyValue(),
      CacheUsageLimits: { DataStorage: { Maximum: 1, Unit: "GB" }, ECPUPerSecond: { Maximum: 5_000 } },
    });
    cellOf(named).has("AWS::ElastiCache::User", {
      UserId: "skein-pair",
      UserName: "skein-pair",
      AccessString: "on ~* -@all +get +set +del",
      AuthenticationMode: { Type: "iam" },
    });
  });

  test("is not there where none is planned", () => {
    cellOf(plain).count("AWS::ElastiCache::ServerlessCache", 0);
  });
});
