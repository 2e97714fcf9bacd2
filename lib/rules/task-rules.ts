import * as z from "zod";
import { STOP_TIMEOUT_SECONDS } from "../../layers/core/deployment/project-task.ts";
import type { HouseRule } from "./template.ts";

const TASK = "AWS::ECS::TaskDefinition";

const Containers = z.object({ ContainerDefinitions: z.array(z.object({ StopTimeout: z.unknown().optional() })) });

/** What holds for what tenants run: a role or a shorter stop would go unnoticed until somebody uses it. */
export const TASK_RULES: readonly HouseRule[] = [
  {
    id: "task-without-rights",
    promise: "what runs in a task has no role, and so no rights in the account",
    appliesTo: TASK,
    breaches: ({ TaskRoleArn: role }) => (role === undefined ? [] : ["Properties.TaskRoleArn"]),
  },
  {
    id: "task-has-time-to-stop",
    promise: `each container of a task has ${STOP_TIMEOUT_SECONDS} seconds to stop, within which a run's own grace lies`,
    appliesTo: TASK,
    breaches: (properties) => {
      const task = Containers.safeParse(properties);
      if (!task.success) return ["Properties.ContainerDefinitions"];
      return task.data.ContainerDefinitions.flatMap(({ StopTimeout }, index) =>
        StopTimeout === STOP_TIMEOUT_SECONDS ? [] : [`Properties.ContainerDefinitions.${index}.StopTimeout`],
      );
    },
  },
];
