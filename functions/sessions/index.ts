import process from "node:process";
import { dynamoClient } from "../../layers/aws/client.ts";
import { dynamoTable } from "../../layers/aws/dynamo-table.ts";
import { functionCache } from "../../layers/aws/function-cache.ts";
import { functionSecrets, functionSettings } from "../../layers/aws/function-settings.ts";
import { secretsManagerSecret } from "../../layers/aws/secrets-manager.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import { soleTenant } from "../../layers/core/tenant/sole-tenant.ts";
import { keyAccess } from "../../layers/http/key-access.ts";
import { lambdaFunction } from "../../layers/http/lambda/lambda-function.ts";
import { lineLogs } from "../../layers/http/lambda/line-logs.ts";
import { accessKey } from "../../layers/node/access-key.ts";
import { lruCache } from "../../layers/node/lru-cache.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { SESSIONS_SHAPE, SessionsConfig } from "./config.ts";
import { sessionsHandler } from "./handler.ts";
import { CACHE_BYTES_MAX, CACHE_ENTRIES_MAX, START_WAIT_MS_MAX } from "./limits.ts";

const config = readConfig(SessionsConfig, process.env);
const clock = systemClock();
const chance = systemChance();
const logs = lineLogs(
  clock,
  { service: "sessions", watchedTenants: config.WATCHED_TENANTS },
  (line) => void process.stdout.write(line),
);
const dynamo = dynamoClient(functionSettings(process.env, "DYNAMODB"));
const place = functionSecrets(process.env);
const key = secretsManagerSecret({ place, id: config.ACCESS_SECRET_ID, clock });

const answer = sessionsHandler({
  table: dynamoTable({ client: dynamo, tableName: config.STATE_TABLE, clock }),
  cache:
    functionCache(config, place, clock) ??
    lruCache({ clock, entriesMax: CACHE_ENTRIES_MAX, bytesMax: CACHE_BYTES_MAX }),
  clock,
  chance,
  bindToAddress: config.USER_SESSION_ADDRESS_BINDING === "on",
});

/** While the environment starts, since every call needs both: what does not come now, the first call asks for again. */
await settledWithin(clock, { work: [key.read(0), dynamo.open()], waitMsMax: START_WAIT_MS_MAX });

export const handler = lambdaFunction(SESSIONS_SHAPE, {
  handler: keyAccess({ isKey: accessKey(key), ...soleTenant(config.TENANT, "access-key") }, answer),
  replyMode: "buffer",
  clock,
  ...(config.FAULTS !== "none" && { drill: { faults: config.FAULTS, clock, chance } }),
  ...logs,
});
