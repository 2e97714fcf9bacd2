import process from "node:process";
import { cacheAvailable } from "../../layers/aws/cache-status.ts";
import { cachesClient, dynamoClient } from "../../layers/aws/client.ts";
import { dynamoTable } from "../../layers/aws/dynamo-table.ts";
import { functionSettings } from "../../layers/aws/function-settings.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { tenant } from "../../layers/core/deployment/settings.ts";
import { lambdaFunction } from "../../layers/http/lambda/lambda-function.ts";
import { lineLogs } from "../../layers/http/lambda/line-logs.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { HEALTH_SHAPE, HealthConfig } from "./config.ts";
import { healthHandler } from "./handler.ts";

const config = readConfig(HealthConfig, process.env);
const clock = systemClock();
const logs = lineLogs(clock, (line) => void process.stdout.write(line));
const client = dynamoClient(functionSettings(process.env, "DYNAMODB"));
const caches = cachesClient(functionSettings(process.env, "ELASTICACHE"));

const answer = healthHandler({
  state: dynamoTable({ client, tableName: config.STATE_TABLE, clock }),
  control: dynamoTable({ client, tableName: config.CONTROL_TABLE, clock }),
  ...(config.CACHE_NAME !== "none" && {
    cacheAvailable: cacheAvailable({ client: caches, name: config.CACHE_NAME, clock }),
  }),
  clock,
  report: logs.reportFault,
});

/** Probes are of no tenant: the name that their log lines have. */
const NO_TENANT = tenant.parse("none");

export const handler = lambdaFunction(HEALTH_SHAPE, {
  handler: answer,
  tenantId: NO_TENANT,
  replyMode: "buffer",
  clock,
  ...logs,
});
