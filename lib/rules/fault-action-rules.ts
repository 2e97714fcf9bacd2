import * as z from "zod";
import type { HouseRule } from "./template.ts";

/**
 * The faults that can be tried on what Skein is made of, each with the parameters it knows. CloudFormation takes any
 * text for both and fails when the experiment is made. Source: AWS FIS actions reference, read 2026-11-20.
 */
const FAULT_ACTIONS: Readonly<Record<string, readonly string[]>> = {
  "aws:fis:wait": ["duration"],
  "aws:cloudwatch:assert-alarm-state": ["alarmArns", "alarmStates"],
  "aws:lambda:invocation-add-delay": ["duration", "invocationPercentage", "startupDelayMilliseconds"],
  "aws:lambda:invocation-error": ["duration", "invocationPercentage", "preventExecution"],
  "aws:lambda:invocation-http-integration-response": [
    "contentTypeHeader",
    "duration",
    "invocationPercentage",
    "preventExecution",
    "statusCode",
  ],
  "aws:dynamodb:global-table-pause-replication": ["duration"],
  "aws:s3:bucket-pause-replication": ["destinationBuckets", "duration", "prefixes", "region"],
  "aws:network:disrupt-connectivity": ["duration", "prefixListIdentifier", "scope"],
  "aws:network:route-table-disrupt-cross-region-connectivity": ["duration", "region"],
};

const Experiment = z.object({
  Actions: z.record(
    z.string(),
    z.object({ ActionId: z.string(), Parameters: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

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
        return unknown.map((parameter) => `Properties.Actions.${name}.Parameters.${parameter}`);
      });
    },
  },
];
