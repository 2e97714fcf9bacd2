import type { TaskCapacity } from "../../core/deployment/project-task.ts";
import type { Blob } from "../../core/ports/blob.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { LogsClient } from "../logs/logs-client.ts";
import type { EcsClient } from "./ecs-client.ts";

/** What the stack of a region's projects has made. */
export interface FargatePlace {
  /** By its name. */
  readonly cluster: string;
  /** Begins the families of task definitions. */
  readonly familyPrefix: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupId: string;
  readonly logGroup: string;
  readonly capacity: TaskCapacity;
}

export interface FargateParts {
  readonly place: FargatePlace;
  readonly ecs: EcsClient;
  readonly output: LogsClient;
  /** Holds the workspaces, and the orders on their way. */
  readonly blob: Blob;
  /** By which a task reads one of these, for {@link LINK_SECONDS} from now. */
  readonly linkTo: (key: string) => string;
  readonly clock: Clock;
}
