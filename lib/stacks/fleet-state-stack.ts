import { Stack } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { GeneratedSecret } from "../constructs/generated-secret.ts";
import { GlobalTable, type GlobalTableProps } from "../constructs/global-table.ts";
import { namesOf } from "../names.ts";
import type { StagePlan } from "../plan/stage-plan.ts";
import type { RegionStackProps } from "./region-state-stack.ts";

/** The attribute by which items of the `state` table expire; every reader skips what has. */
const EXPIRY_ATTRIBUTE = "expiresAtEpochSeconds";

/** What all cells share and is kept when they are torn down: the tables and the secrets, with a copy in each region. */
export class FleetStateStack extends Stack {
  constructor(scope: Construct, id: string, { stage, region, ...props }: RegionStackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    const names = namesOf(stage);
    const keyAlias = stage.encryption === "customer-key" ? names.keyAlias : undefined;
    const { regions } = stage;
    new GlobalTable(this, "Control", {
      tableName: names.controlTable,
      regions,
      consistency: controlConsistency(stage),
      keyAlias,
    });
    new GlobalTable(this, "State", {
      tableName: names.stateTable,
      regions,
      consistency: { kind: "eventual", expiryAttribute: EXPIRY_ATTRIBUTE },
      keyAlias,
    });
    const secret = { replicas: regions.filter((other) => other !== region), keyAlias };
    new GeneratedSecret(this, "Access", {
      ...secret,
      secretName: names.accessSecret,
      description: "The key of the first tenant's owner, brought as a bearer token",
    });
    new GeneratedSecret(this, "ApiKey", {
      ...secret,
      secretName: names.apiKeySecret,
      description: "What API keys are hashed with",
    });
    new GeneratedSecret(this, "Seal", {
      ...secret,
      secretName: names.sealSecret,
      description: "What the state of a call is signed with on its way through clients",
    });
  }
}

function controlConsistency({ control }: StagePlan): GlobalTableProps["consistency"] {
  return control.consistency === "strong" ? { kind: "strong", witness: control.witness } : { kind: "single-region" };
}
