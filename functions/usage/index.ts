import process from "node:process";
import { dynamoClient } from "../../layers/aws/client.ts";
import { dynamoTable } from "../../layers/aws/dynamo-table.ts";
import { functionSettings } from "../../layers/aws/function-settings.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import { lambdaQueue } from "../../layers/http/lambda/lambda-queue.ts";
import { faultLines } from "../../layers/http/lambda/line-logs.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { UsageConfig } from "./config.ts";
import { usageHandler } from "./handler.ts";
import { START_WAIT_MS_MAX } from "./limits.ts";

const config = readConfig(UsageConfig, process.env);
const clock = systemClock();
const settings = functionSettings(process.env, "DYNAMODB");
const dynamo = dynamoClient(settings);
const table = dynamoTable({ client: dynamo, tableName: config.STATE_TABLE, clock });

/** While the environment starts, which has a whole processor then. */
await settledWithin(clock, { work: [dynamo.open()], waitMsMax: START_WAIT_MS_MAX });

export const handler = lambdaQueue({
  handle: usageHandler({ table, clock, region: settings.region }),
  reportFault: faultLines(clock, (line) => void process.stdout.write(line)),
});
