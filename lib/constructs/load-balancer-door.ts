import { Duration, Stack } from "aws-cdk-lib";
import { type IMetric, MathExpression } from "aws-cdk-lib/aws-cloudwatch";
import { type IVpc, Peer, Port, SecurityGroup, SubnetType, Vpc } from "aws-cdk-lib/aws-ec2";
import {
  type ApplicationListener,
  ApplicationLoadBalancer,
  ApplicationProtocol,
  ApplicationTargetGroup,
  HttpCodeElb,
  HttpCodeTarget,
  ListenerAction,
  ListenerCondition,
  SslPolicy,
  TargetType,
} from "aws-cdk-lib/aws-elasticloadbalancingv2";
import { LambdaTarget } from "aws-cdk-lib/aws-elasticloadbalancingv2-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import { LoadBalancerTarget } from "aws-cdk-lib/aws-route53-targets";
import { Construct } from "constructs";
import { idleTimeoutMs, UNROUTED } from "../balancer-settings.ts";
import { acknowledge } from "./acknowledge.ts";
import { asInterface } from "./as-interface.ts";
import type { CellDomain } from "./cell-domain.ts";
import type { DoorRoute, FrontDoor } from "./front-door.ts";
import { MINUTE } from "./tenant-alarm.ts";

export interface LoadBalancerDoorProps {
  readonly routes: readonly DoorRoute[];
  readonly domain: CellDomain;
  /** Of the same region. It lets load balancers of this account write below `alb/`. */
  readonly logBucketName: string;
}

/** A load balancer lies in two zones at least, and every region has two. */
const ZONES_COUNT = 2;
const HTTPS_PORT = 443;

/** A load balancer for HTTPS alone. What it calls are functions, so its network holds nothing but itself. */
export class LoadBalancerDoor extends Construct implements FrontDoor {
  readonly url: string;
  readonly guardedArn: string;
  readonly failures: IMetric;
  readonly calls: IMetric;

  constructor(scope: Construct, id: string, props: LoadBalancerDoorProps) {
    super(scope, id);
    const balancer = this.#makeBalancer(props);
    const listener = this.#makeListener(balancer, props.domain);
    for (const [index, route] of props.routes.entries()) this.#addRoute(listener, { route, priority: index + 1 });
    const target = new LoadBalancerTarget(balancer);
    props.domain.leadTo({ cell: target, shared: target });
    this.url = `https://${props.domain.cellName}`;
    this.guardedArn = balancer.loadBalancerArn;
    const sums = { period: MINUTE, statistic: "Sum" };
    this.calls = balancer.metrics.requestCount(sums);
    this.failures = new MathExpression({
      expression: "FILL(byFunction, 0) + FILL(byBalancer, 0)",
      usingMetrics: {
        byFunction: balancer.metrics.httpCodeTarget(HttpCodeTarget.TARGET_5XX_COUNT, sums),
        byBalancer: balancer.metrics.httpCodeElb(HttpCodeElb.ELB_5XX_COUNT, sums),
      },
      period: MINUTE,
    });
  }

  #makeBalancer({ routes, logBucketName }: LoadBalancerDoorProps): ApplicationLoadBalancer {
    const vpc = this.#makeNetwork();
    const securityGroup = new SecurityGroup(this, "Guard", { vpc, allowAllOutbound: false, description: "HTTPS" });
    securityGroup.addIngressRule(Peer.anyIpv4(), Port.tcp(HTTPS_PORT), "clients");
    acknowledge(securityGroup, {
      "AwsSolutions-EC23": "Clients come from anywhere; the firewall counts them and each function asks for the key.",
    });
    const balancer = new ApplicationLoadBalancer(this, "Balancer", {
      vpc,
      securityGroup,
      internetFacing: true,
      dropInvalidHeaderFields: true,
      idleTimeout: Duration.millis(idleTimeoutMs(routes.map(({ timeout }) => timeout.toMilliseconds()))),
    });
    balancer.setAttribute("access_logs.s3.enabled", "true");
    balancer.setAttribute("access_logs.s3.bucket", logBucketName);
    balancer.setAttribute("access_logs.s3.prefix", "alb");
    return balancer;
  }

  #makeNetwork(): IVpc {
    const vpc = new Vpc(this, "Network", {
      availabilityZones: Stack.of(this).availabilityZones.slice(0, ZONES_COUNT),
      natGateways: 0,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [{ name: "door", subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }],
    });
    acknowledge(vpc, {
      "AwsSolutions-VPC7": "The load balancer alone has addresses in it, and its access log has every request.",
    });
    return asInterface<IVpc>(vpc);
  }

  #makeListener(balancer: ApplicationLoadBalancer, domain: CellDomain): ApplicationListener {
    return balancer.addListener("Https", {
      port: HTTPS_PORT,
      protocol: ApplicationProtocol.HTTPS,
      certificates: [domain.certificate],
      sslPolicy: SslPolicy.TLS13_RES,
      open: false,
      defaultAction: ListenerAction.fixedResponse(UNROUTED.status, {
        contentType: UNROUTED.contentType,
        messageBody: UNROUTED.body,
      }),
    });
  }

  #addRoute(
    listener: ApplicationListener,
    { route: { path, alias }, priority }: { readonly route: DoorRoute; readonly priority: number },
  ): void {
    const group = new ApplicationTargetGroup(this, `Route${priority}`, {
      targetType: TargetType.LAMBDA,
      targets: [new LambdaTarget(asInterface<IFunction>(alias))],
      multiValueHeadersEnabled: true,
    });
    listener.addAction(`Route${priority}`, {
      priority,
      conditions: [ListenerCondition.pathPatterns([path.endsWith("/") ? `${path}*` : path])],
      action: ListenerAction.forward([group]),
    });
  }
}
