/** What every fault injected through the pods of a cluster takes besides its own parameters. */
const POD = [
  "fisPodAnnotations",
  "fisPodContainerImage",
  "fisPodLabels",
  "kubernetesServiceAccount",
  "maxErrorsPercent",
];
const POD_WITH_POLICY = [...POD, "fisPodSecurityPolicy"];
const API_FAULT = ["duration", "operations", "percentage", "service"];
const STRESS = ["duration", "percent", "workers"];
const ECS_NETWORK = ["duration", "installDependencies", "useEcsFaultInjectionEndpoints"];
const LATENCY = ["delayMilliseconds", "flowsPercent", "jitterMilliseconds", "sources"];
const PACKET_LOSS = ["flowsPercent", "lossPercent", "sources"];
const DOCUMENT = ["documentArn", "documentParameters", "documentVersion"];

/**
 * Every fault that AWS FIS can inject, each with the parameters that it knows.
 * Source: AWS FIS user guide, "AWS FIS Actions reference", read 2026-11-21.
 */
export const FAULT_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  "aws:arc:start-zonal-autoshift": [
    "availabilityZoneIdentifier",
    "duration",
    "managedResourceTypes",
    "zonalAutoshiftStatus",
  ],
  "aws:cloudwatch:assert-alarm-state": ["alarmArns", "alarmStates"],
  "aws:directconnect:virtual-interface-disconnect": ["duration"],
  "aws:dsql:cluster-connection-failure": ["duration", "percentage"],
  "aws:dynamodb:global-table-pause-replication": ["duration"],
  "aws:ebs:pause-volume-io": ["duration"],
  "aws:ebs:volume-io-latency": [
    "duration",
    "readIOLatencyMilliseconds",
    "readIOPercentage",
    "writeIOLatencyMilliseconds",
    "writeIOPercentage",
  ],
  "aws:ec2:api-insufficient-instance-capacity-error": ["availabilityZoneIdentifiers", "duration", "percentage"],
  "aws:ec2:asg-insufficient-instance-capacity-error": ["availabilityZoneIdentifiers", "duration", "percentage"],
  "aws:ec2:reboot-instances": [],
  "aws:ec2:send-spot-instance-interruptions": ["durationBeforeInterruption"],
  "aws:ec2:stop-instances": ["completeIfInstancesTerminated", "startInstancesAfterDuration"],
  "aws:ec2:terminate-instances": [],
  "aws:ecs:drain-container-instances": ["drainagePercentage", "duration"],
  "aws:ecs:stop-task": [],
  "aws:ecs:task-cpu-stress": [...STRESS, "installDependencies"],
  "aws:ecs:task-io-stress": [...STRESS, "installDependencies"],
  "aws:ecs:task-kill-process": ["installDependencies", "processName", "signal"],
  "aws:ecs:task-network-blackhole-port": [...ECS_NETWORK, "port", "protocol", "trafficType"],
  "aws:ecs:task-network-latency": [...ECS_NETWORK, ...LATENCY],
  "aws:ecs:task-network-packet-loss": [...ECS_NETWORK, ...PACKET_LOSS],
  "aws:eks:inject-kubernetes-custom-resource": [
    "kubernetesApiVersion",
    "kubernetesKind",
    "kubernetesNamespace",
    "kubernetesSpec",
    "maxDuration",
  ],
  "aws:eks:pod-cpu-stress": [...POD_WITH_POLICY, ...STRESS],
  "aws:eks:pod-delete": [...POD_WITH_POLICY, "gracePeriodSeconds"],
  "aws:eks:pod-io-stress": [...POD_WITH_POLICY, ...STRESS],
  "aws:eks:pod-memory-stress": [...POD_WITH_POLICY, ...STRESS],
  "aws:eks:pod-network-blackhole-port": [...POD, "duration", "port", "protocol", "trafficType"],
  "aws:eks:pod-network-latency": [...POD, ...LATENCY, "duration", "interface"],
  "aws:eks:pod-network-packet-loss": [...POD, ...PACKET_LOSS, "duration", "interface"],
  "aws:eks:terminate-nodegroup-instances": ["instanceTerminationPercentage"],
  "aws:elasticache:replicationgroup-interrupt-az-power": ["duration"],
  "aws:fis:inject-api-internal-error": API_FAULT,
  "aws:fis:inject-api-throttle-error": API_FAULT,
  "aws:fis:inject-api-unavailable-error": API_FAULT,
  "aws:fis:wait": ["duration"],
  "aws:kinesis:stream-expired-iterator-exception": ["duration", "percentage"],
  "aws:kinesis:stream-provisioned-throughput-exception": ["duration", "percentage"],
  "aws:lambda:invocation-add-delay": ["duration", "invocationPercentage", "startupDelayMilliseconds"],
  "aws:lambda:invocation-error": ["duration", "invocationPercentage", "preventExecution"],
  "aws:lambda:invocation-http-integration-response": [
    "contentTypeHeader",
    "duration",
    "invocationPercentage",
    "preventExecution",
    "statusCode",
  ],
  "aws:memorydb:multi-region-cluster-pause-replication": ["duration"],
  "aws:network:disrupt-connectivity": ["duration", "prefixListIdentifier", "scope"],
  "aws:network:disrupt-vpc-endpoint": ["duration"],
  "aws:network:route-table-disrupt-cross-region-connectivity": ["duration", "region"],
  "aws:network:transit-gateway-disrupt-cross-region-connectivity": ["duration", "region"],
  "aws:rds:failover-db-cluster": [],
  "aws:rds:reboot-db-instances": ["forceFailover"],
  "aws:s3:bucket-pause-replication": ["destinationBuckets", "duration", "prefixes", "region"],
  "aws:ssm:send-command": [...DOCUMENT, "duration"],
  "aws:ssm:start-automation-execution": [...DOCUMENT, "maxDuration"],
};

/** What these take as `service`; of any other the experiment is refused only when it starts. */
export const API_FAULT_SERVICES = ["ec2", "kinesis"];
export const API_FAULT_ACTIONS: ReadonlySet<string> = new Set(
  ["internal", "throttle", "unavailable"].map((fault) => `aws:fis:inject-api-${fault}-error`),
);
