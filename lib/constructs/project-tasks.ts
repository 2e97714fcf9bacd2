import { Aws, RemovalPolicy } from "aws-cdk-lib";
import { CfnCluster, CfnTaskDefinition } from "aws-cdk-lib/aws-ecs";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import {
  LOG_STREAM_PREFIX,
  STOP_TIMEOUT_SECONDS,
  TASK_CONTAINER,
  TASK_SIZES,
  type TaskSize,
  taskFamily,
} from "../../layers/core/deployment/project-task.ts";
import { acknowledge } from "./acknowledge.ts";

export interface ProjectTasksProps {
  readonly clusterName: string;
  /** Begins the families of the tasks. */
  readonly familyPrefix: string;
  readonly logGroupName: string;
  /** Of the role by which ECS writes the logs of tasks. */
  readonly launcherName: string;
  readonly image: string;
  /** The program that looks after a run, as text. */
  readonly supervisor: string;
  readonly region: string;
  readonly logRetentionDays: number;
}

/** While CloudWatch does not take lines, so much of them waits; then the oldest go, and the run is not held up. */
const LOG_BUFFER = "25m";
/** The supervisor has little to remember; what it leaves is the run's. */
const SUPERVISOR_HEAP_MB = 64;

/**
 * Where runs of projects lie, and what each is started from: one task definition a size, whose only program as yet is the
 * supervisor. A task has no role, so that what runs in it has no rights in the account at all.
 */
export class ProjectTasks extends Construct {
  constructor(scope: Construct, id: string, props: ProjectTasksProps) {
    super(scope, id);
    this.#makeCluster(props);
    const launcher = this.#makeLauncher(props);
    for (const size of TASK_SIZES) this.#makeTask(size, { ...props, launcher });
  }

  #makeCluster({ clusterName }: ProjectTasksProps): void {
    const cluster = new CfnCluster(this, "Cluster", {
      clusterName,
      capacityProviders: ["FARGATE", "FARGATE_SPOT"],
      clusterSettings: [{ name: "containerInsights", value: "disabled" }],
    });
    acknowledge(cluster, {
      "AwsSolutions-ECS4":
        "It costs as much a month for each task as a small task for two days; runs are watched by what tenants notice.",
    });
  }

  #makeLauncher({ launcherName, logGroupName, logRetentionDays }: ProjectTasksProps): Role {
    const log = new LogGroup(this, "Log", {
      logGroupName,
      retention: logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const launcher = new Role(this, "Launcher", {
      roleName: launcherName,
      assumedBy: new ServicePrincipal("ecs-tasks.amazonaws.com", {
        conditions: { StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID } },
      }),
    });
    log.grantWrite(launcher);
    return launcher;
  }

  #makeTask(size: TaskSize, { launcher, ...props }: ProjectTasksProps & { readonly launcher: Role }): void {
    const task = new CfnTaskDefinition(this, `Task-${size.cpuUnits}-${size.memoryMib}`, {
      family: taskFamily(props.familyPrefix, size),
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      runtimePlatform: { cpuArchitecture: "ARM64", operatingSystemFamily: "LINUX" },
      cpu: String(size.cpuUnits),
      memory: String(size.memoryMib),
      executionRoleArn: launcher.roleArn,
      containerDefinitions: [containerOf(size, props)],
    });
    task.node.addDependency(launcher);
  }
}

function containerOf(size: TaskSize, { image, supervisor, logGroupName, region }: ProjectTasksProps) {
  return {
    name: TASK_CONTAINER,
    image,
    essential: true,
    // What it starts is not root: it gives that up for each program.
    user: "0",
    entryPoint: ["node", `--max-old-space-size=${SUPERVISOR_HEAP_MB}`, "--input-type=module", "--eval", supervisor],
    memory: size.memoryMib,
    stopTimeout: STOP_TIMEOUT_SECONDS,
    // Somebody has to wait for what loses its parent.
    linuxParameters: { initProcessEnabled: true },
    logConfiguration: {
      logDriver: "awslogs",
      options: {
        "awslogs-group": logGroupName,
        "awslogs-region": region,
        "awslogs-stream-prefix": LOG_STREAM_PREFIX,
        mode: "non-blocking",
        "max-buffer-size": LOG_BUFFER,
      },
    },
  };
}
