import { RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  FlowLogDestination,
  FlowLogMaxAggregationInterval,
  FlowLogTrafficType,
  GatewayVpcEndpointAwsService,
  type IVpc,
  SecurityGroup,
  SubnetType,
  Vpc,
} from "aws-cdk-lib/aws-ec2";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { asInterface } from "./as-interface.ts";

export interface ProjectNetworkProps {
  /** Of where connections are written down. */
  readonly logGroupName: string;
  readonly logRetentionDays: number;
}

/** What is spare in one zone may be there in another, and every region has two. */
const ZONES_COUNT = 2;

/**
 * A network that holds runs of projects and nothing else. They get out by addresses of their own, which cost half a cent
 * an hour each, where a NAT gateway costs nine times that whether or not anybody runs; S3 of the region is reached
 * without leaving AWS. Nothing gets in, and no run reaches another: the one group lets in nobody.
 */
export class ProjectNetwork extends Construct {
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;

  constructor(scope: Construct, id: string, props: ProjectNetworkProps) {
    super(scope, id);
    const vpc = this.#makeNetwork();
    this.#writeDownConnections(vpc, props);
    this.subnetIds = vpc.publicSubnets.map(({ subnetId }) => subnetId);
    this.securityGroupId = this.#makeGroup(vpc);
  }

  #makeNetwork(): Vpc {
    const vpc = new Vpc(this, "Network", {
      availabilityZones: Stack.of(this).availabilityZones.slice(0, ZONES_COUNT),
      natGateways: 0,
      restrictDefaultSecurityGroup: false,
      // A run is given its address when it is started; nothing else ever lies here.
      subnetConfiguration: [{ name: "runs", subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }],
    });
    vpc.addGatewayEndpoint("S3", { service: GatewayVpcEndpointAwsService.S3 });
    return vpc;
  }

  #makeGroup(vpc: Vpc): string {
    const group = new SecurityGroup(this, "Guard", {
      vpc: asInterface<IVpc>(vpc),
      description: "Runs of projects: out to anywhere, in from nowhere",
      allowAllOutbound: true,
    });
    return group.securityGroupId;
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
