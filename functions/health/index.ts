import process from "node:process";
import { cacheAvailable } from "../../layers/aws/cache-status.ts";
import { cachesClient } from "../../layers/aws/client.ts";
import { dynamoClient } from "../../layers/aws/dynamo-client.ts";
import { dynamoTable } from "../../layers/aws/dynamo-table.ts";
import { functionSettings, functionTables } from "../../layers/aws/function-settings.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import { PROBE_KEY } from "../../layers/core/store/keys.ts";
import { lambdaFunction } from "../../layers/http/lambda/lambda-function.ts";
import { lineLogs } from "../../layers/http/lambda/line-logs.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { HEALTH_SHAPE, HealthConfig } from "./config.ts";
import { healthHandler } from "./handler.ts";

const config = readConfig(HealthConfig, process.env);
const clock = systemClock();
const logs = lineLogs(
  clock,
  { service: "health", watchedTenants: new Set() },
  (line) => void process.stdout.write(line),
);
const client = dynamoClient({ ...functionTables(process.env), clock, chance: systemChance() });
const caches = cachesClient(functionSettings(process.env, "ELASTICACHE"));

const state = dynamoTable({ client, tableName: config.STATE_TABLE, clock });
const control = dynamoTable({ client, tableName: config.CONTROL_TABLE, clock });

const answer = healthHandler({
  state,
  control,
  ...(config.CACHE_NAME !== "none" && {
    cacheAvailable: cacheAvailable({ client: caches, name: config.CACHE_NAME, clock }),
  }),
  clock,
  report: logs.reportFault,
});

/**
 * While the environment starts, which has a whole processor then: with the share that it has later, a first probe would
 * take longer to connect than a table that answers may take.
 */
await settledWithin(clock, { work: [state.get(PROBE_KEY), control.get(PROBE_KEY)], waitMsMax: START_WAIT_MS_MAX });

export const handler = lambdaFunction(HEALTH_SHAPE, {
  handler: answer,
  replyMode: "buffer",
  clock,
  ...logs,
});
