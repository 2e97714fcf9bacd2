import * as z from "zod";
import { API_FAULT_ACTIONS, API_FAULT_SERVICES, FAULT_ACTIONS } from "./fault-actions.ts";
import type { HouseRule } from "./template.ts";

const Experiment = z.object({
  Actions: z.record(
    z.string(),
    z.object({ ActionId: z.string(), Parameters: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

/** CloudFormation takes any text for actions and parameters, and FIS refuses them when the experiment is made or begins. */
export const FAULT_ACTION_RULES: readonly HouseRule[] = [
  {
    id: "fault-action-known",
    promise: "a fault experiment names only actions and parameters that exist",
    appliesTo: "AWS::FIS::ExperimentTemplate",
    breaches: (properties) => {
      const experiment = Experiment.safeParse(properties);
      if (!experiment.success) return ["Properties.Actions"];
      return Object.entries(experiment.data.Actions).flatMap(([name, { ActionId, Parameters }]) => {
        const known = FAULT_ACTIONS[ActionId];
        if (known === undefined) return [`Properties.Actions.${name}.ActionId`];
        const unknown = Object.keys(Parameters).filter((parameter) => !known.includes(parameter));
        if (API_FAULT_ACTIONS.has(ActionId) && !API_FAULT_SERVICES.includes(String(Parameters.service))) {
          unknown.push("service");
        }
        return unknown.map((parameter) => `Properties.Actions.${name}.Parameters.${parameter}`);
      });
    },
  },
];
