import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CfnOutput, Duration, Fn, Stack } from "aws-cdk-lib";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type * as z from "zod";
import { AlarmTopic } from "../constructs/alarm-topic.ts";
import { CellFunction } from "../constructs/cell-function.ts";
import { ProjectAlarms } from "../constructs/project-alarms.ts";
import { ProjectNetwork } from "../constructs/project-network.ts";
import { ProjectTasks } from "../constructs/project-tasks.ts";
import { CARRIER_FUNCTION } from "../functions.ts";
import { namesOf, PROJECT_OUTPUTS } from "../names.ts";
import type { ProjectsPlan, StagePlan } from "../plan/stage-plan.ts";
import type { RegionStackProps } from "./region-state-stack.ts";

export interface ProjectsStackProps extends RegionStackProps {
  readonly projects: ProjectsPlan;
  /** Where `scripts/build.ts` left the bundles. */
  readonly buildFolder: string;
}

/** Where the projects of tenants run in one region. It keeps nothing, but while something runs in it, it can't be taken away. */
export class ProjectsStack extends Stack {
  constructor(scope: Construct, id: string, { stage, region, projects, buildFolder, ...props }: ProjectsStackProps) {
    super(scope, id, props);
    const names = namesOf(stage);
    const { logRetentionDays } = stage;
    const network = new ProjectNetwork(this, "Place", {
      logGroupName: `${names.projectLogs}/connections`,
      logRetentionDays,
    });
    new ProjectTasks(this, "Tasks", {
      clusterName: names.projectCluster,
      familyPrefix: names.projectTasks,
      logGroupName: names.projectLogs,
      launcherName: names.projectLauncher(region),
      image: projects.image,
      supervisor: readFileSync(join(buildFolder, "supervisor", "supervisor.js"), "utf8"),
      region,
      logRetentionDays,
    });
    const { topic } = new AlarmTopic(this, "Alarms", stage);
    this.#makeCarrier(network, { stage, buildFolder, topic });
    new ProjectAlarms(this, "Watch", {
      clusterName: names.projectCluster,
      name: names.alarm("projects"),
      logGroupName: `/aws/events/${names.projectCluster}`,
      logRetentionDays,
      capacity: projects.capacity,
      topic,
    });
    new CfnOutput(this, PROJECT_OUTPUTS.subnets, {
      value: network.subnetIds.join(","),
      description: "Where runs of projects have their addresses",
    });
    new CfnOutput(this, PROJECT_OUTPUTS.securityGroup, {
      value: network.securityGroupId,
      description: "What lets nobody reach them but the function that carries calls",
    });
  }

  /** By its name the cell's own function calls it, and by nothing else than that function's rights may it be called. */
  #makeCarrier({ cidr, calls }: ProjectNetwork, { stage, buildFolder, topic }: CarrierParts): void {
    const { name, shape, config, tenantsNotice } = CARRIER_FUNCTION;
    new CellFunction(this, `Function-${name}`, {
      functionName: namesOf(stage).carrier,
      codeFolder: join(buildFolder, "functions", name),
      memoryMb: shape.memoryMb,
      timeout: Duration.millis(shape.timeoutMs),
      environment: { PROJECT_NETWORK: cidr } satisfies Record<keyof z.infer<typeof config>, string>,
      calledBy: "function",
      layers: [],
      statements: [],
      warm: { min: 0, max: 0 },
      logRetentionDays: stage.logRetentionDays,
      tenantsNotice,
      network: calls,
      topic,
    });
  }

  /** In the template's own words: a stack without an account would otherwise ask the credentials for its zones. */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }
}

interface CarrierParts {
  readonly stage: StagePlan;
  readonly buildFolder: string;
  readonly topic: ITopic;
}
