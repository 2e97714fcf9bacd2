import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CfnOutput, Fn, Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { AlarmTopic } from "../constructs/alarm-topic.ts";
import { ProjectAlarms } from "../constructs/project-alarms.ts";
import { ProjectNetwork } from "../constructs/project-network.ts";
import { ProjectTasks } from "../constructs/project-tasks.ts";
import { namesOf, PROJECT_OUTPUTS } from "../names.ts";
import type { ProjectsPlan } from "../plan/stage-plan.ts";
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
      description: "What lets nobody reach them",
    });
  }

  /** In the template's own words: a stack without an account would otherwise ask the credentials for its zones. */
  override get availabilityZones(): string[] {
    return [0, 1].map((index) => Fn.select(index, Fn.getAzs()));
  }
}
