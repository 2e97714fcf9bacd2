import { dynamoClient } from "../../layers/aws/dynamo-client.ts";
import { dynamoTable } from "../../layers/aws/dynamo-table.ts";
import { operatorCredentials } from "../../layers/aws/operator-credentials.ts";
import { StoreFault } from "../../layers/core/ports/store-fault.ts";
import type { Table } from "../../layers/core/ports/table.ts";
import { ok, type Result, refused } from "../../layers/core/result.ts";
import { auditHeadKey } from "../../layers/core/store/keys.ts";
import { FLEET_TENANT } from "../../layers/core/tenant/tenant-id.ts";
import type { LogUnopened, OpenedLog } from "../../layers/local/audit-command.ts";
import type { NamedStage } from "../../layers/local/audit-options.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { namesOf } from "../../lib/names.ts";
import type { StagePlan } from "../../lib/plan/stage-plan.ts";

type PlannedStage = Pick<StagePlan, "name" | "regions">;

export interface StageLogParts {
  readonly plan: readonly PlannedStage[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * The log of a deployed stage, as one of its regions holds it, read with the operator's credentials. Tenants and logs are
 * in the table that all regions share, so any of them tells the same where it is strongly consistent.
 *
 * It asks the table once, so that a stage that can't be read is told before anything is said of its logs. Not looked at is
 * whether the credentials are of the account that the plan names.
 */
export async function openStageLog(
  { stage: stageName, region: regionName }: NamedStage,
  { plan, environment }: StageLogParts,
): Promise<Result<OpenedLog, LogUnopened>> {
  const stage = plan.find(({ name }) => name === stageName);
  if (stage === undefined)
    return unopened(`is not in lib/plan.ts, which has ${plan.map(({ name }) => name).join(", ")}`);
  const region = regionName === undefined ? stage.regions[0] : stage.regions.find((each) => each === regionName);
  if (region === undefined) return unopened(`has no region ${regionName}; it has ${stage.regions.join(", ")}`);
  const credentials = await credentialsFor(region);
  if (!credentials.ok) return credentials;
  const endpoint = environment.AWS_ENDPOINT_URL_DYNAMODB;
  const reached = { region, ...(endpoint !== undefined && { endpoint }) };
  const clock = systemClock();
  const client = dynamoClient({ ...reached, credentials: credentials.value, clock, chance: systemChance() });
  const tableName = namesOf(stage).controlTable;
  const table = dynamoTable({ client, tableName, clock });
  const problem = await problemWith(table, `${tableName} in ${region}`);
  if (problem === undefined) return ok({ table, close: () => client.close() });
  client.close();
  return problem;
}

async function credentialsFor(region: string) {
  try {
    return ok(await operatorCredentials(region));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return unopened(`can't be read without AWS credentials, and none were found: ${why}`);
  }
}

/** What stands in the way of reading the table, if anything does. */
async function problemWith(table: Table, name: string) {
  try {
    await table.get(auditHeadKey(FLEET_TENANT));
    return undefined;
  } catch (fault) {
    if (!(fault instanceof StoreFault && fault.cause instanceof Error)) throw fault;
    const { cause } = fault;
    if (cause.name === "ResourceNotFoundException") {
      return unopened(`has no table ${name}: it is not deployed there, or in another account than your credentials'`);
    }
    return unopened(`can't be read: from the table ${name} came ${cause.name}: ${cause.message}`);
  }
}

function unopened(message: string) {
  return refused({ reason: "log_unopened", message } as const);
}
