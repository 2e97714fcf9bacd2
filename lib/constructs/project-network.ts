import { RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  FlowLogDestination,
  FlowLogMaxAggregationInterval,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  type IPeer,
  type ISecurityGroup,
  type IVpc,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { PORT_RANGES, type PortRange } from "../../layers/core/deployment/project-ports.ts";
import { NAME_PORT } from "../../layers/core/deployment/project-task.ts";
import { asInterface } from "./as-interface.ts";
import type { FunctionNetwork } from "./cell-function.ts";

export interface ProjectNetworkProps {
  /** Of where connections are written down. */
  readonly logGroupName: string;
  readonly logRetentionDays: number;
}

/** What is spare in one zone may be there in another, and every region has two. */
const ZONES_COUNT = 2;
/** 16,379 runs in each zone; a region has 1,000 tasks, until AWS is asked for more. */
const RUNS_CIDR_MASK = 18;
/** A function has one address in each subnet, however many of its environments there are. */
const CALLS_CIDR_MASK = 27;

/**
 * A network that holds runs of projects and nothing else. They get out by addresses of their own, which cost half a cent
 * an hour each, where a NAT gateway costs nine times that whether or not anybody runs; S3 of the region is reached
 * without leaving AWS. Nothing gets in, and no run reaches another: their group lets in nobody but the one function that
 * carries calls to them, to the ports that projects have and to the one by which a task says whose it is. That function
 * gets nowhere else, and nobody gets to it.
 */
export class ProjectNetwork extends Construct {
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  /** All of its addresses. */
  readonly cidr: string;
  /** Where the function lies that carries calls. */
  readonly calls: FunctionNetwork;

  constructor(scope: Construct, id: string, props: ProjectNetworkProps) {
    super(scope, id);
    const vpc = this.#makeNetwork();
    this.#writeDownConnections(vpc, props);
    this.subnetIds = vpc.publicSubnets.map(({ subnetId }) => subnetId);
    const runs = this.#makeGroup(vpc);
    this.securityGroupId = runs.securityGroupId;
    this.cidr = vpc.vpcCidrBlock;
    this.calls = {
      vpc: asInterface<IVpc>(vpc),
      subnets: vpc.isolatedSubnets,
      securityGroup: asInterface<ISecurityGroup>(this.#letCallsIn(vpc, runs)),
    };
  }

  #makeNetwork(): Vpc {
    const vpc = new Vpc(this, "Network", {
      availabilityZones: Stack.of(this).availabilityZones.slice(0, ZONES_COUNT),
      natGateways: 0,
      restrictDefaultSecurityGroup: false,
      subnetConfiguration: [
        // A run is given its address when it is started; nothing else ever lies here.
        { name: "runs", subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false, cidrMask: RUNS_CIDR_MASK },
        // No way out of the network, nor into it.
        { name: "calls", subnetType: SubnetType.PRIVATE_ISOLATED, cidrMask: CALLS_CIDR_MASK },
      ],
    });
    vpc.addGatewayEndpoint("S3", { service: GatewayVpcEndpointAwsService.S3 });
    return vpc;
  }

  #makeGroup(vpc: Vpc): SecurityGroup {
    return new SecurityGroup(this, "Guard", {
      vpc: asInterface<IVpc>(vpc),
      description: "Runs of projects: out to anywhere, in from the function that carries calls alone",
      allowAllOutbound: true,
    });
  }

  #letCallsIn(vpc: Vpc, runs: SecurityGroup): SecurityGroup {
    const calls = new SecurityGroup(this, "Calls", {
      vpc: asInterface<IVpc>(vpc),
      description: "The function that carries calls: out to runs alone, in from nowhere",
      allowAllOutbound: false,
    });
    for (const { first, last } of portSpans()) {
      const ports = Port.tcpRange(first, last);
      runs.addIngressRule(asInterface<IPeer>(calls), ports, "calls to projects");
      calls.addEgressRule(asInterface<IPeer>(runs), ports, "calls to projects");
    }
    return calls;
  }

  /** Who asks what a tenant's program has done to them is answered from here. */
  #writeDownConnections(vpc: Vpc, { logGroupName, logRetentionDays }: ProjectNetworkProps): void {
    const group = new LogGroup(this, "Log", {
      logGroupName,
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const writer = new Role(this, "LogWriter", { assumedBy: new ServicePrincipal("vpc-flow-logs.amazonaws.com") });
    vpc.addFlowLog("Connections", {
      destination: FlowLogDestination.toCloudWatchLogs(group, writer),
      trafficType: FlowLogTrafficType.ALL,
      maxAggregationInterval: FlowLogMaxAggregationInterval.TEN_MINUTES,
    });
  }
}

/** The ranges of projects, with those as one that lie side by side, and where a task says whose run it is. */
function portSpans(): readonly PortRange[] {
  const spans: PortRange[] = [];
  for (const range of [...Object.values(PORT_RANGES), { first: NAME_PORT, last: NAME_PORT }].toSorted(
    (one, other) => one.first - other.first,
  )) {
    const before = spans.at(-1);
    if (before === undefined || before.last + 1 < range.first) spans.push(range);
    else spans.splice(-1, 1, { first: before.first, last: range.last });
  }
  return spans;
}
