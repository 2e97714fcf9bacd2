import process from "node:process";
import { dynamoClient } from "../../layers/aws/dynamo-client.ts";
import { dynamoTable } from "../../layers/aws/dynamo-table.ts";
import { functionTables } from "../../layers/aws/function-settings.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import { PROBE_KEY } from "../../layers/core/store/keys.ts";
import { lambdaQueue } from "../../layers/http/lambda/lambda-queue.ts";
import { faultLines } from "../../layers/http/lambda/line-logs.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { UsageConfig } from "./config.ts";
import { usageHandler } from "./handler.ts";

const config = readConfig(UsageConfig, process.env);
const clock = systemClock();
const settings = functionTables(process.env);
const client = dynamoClient({ ...settings, clock, chance: systemChance() });
const table = dynamoTable({ client, tableName: config.STATE_TABLE, clock });

/** While the environment starts, which has a whole processor then. */
await settledWithin(clock, { work: [table.get(PROBE_KEY, { stale: true })], waitMsMax: START_WAIT_MS_MAX });

export const handler = lambdaQueue({
  handle: usageHandler({ table, clock, region: settings.region }),
  reportFault: faultLines(clock, (line) => void process.stdout.write(line)),
});
