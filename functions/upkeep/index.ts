import process from "node:process";
import { blobClient, dynamoClient } from "../../layers/aws/client.ts";
import { dynamoTable } from "../../layers/aws/dynamo-table.ts";
import { functionSettings } from "../../layers/aws/function-settings.ts";
import { s3Blob } from "../../layers/aws/s3-blob.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import { FLEET_MARK_TIMING } from "../../layers/core/usage/usage-marks.ts";
import { lambdaSchedule } from "../../layers/http/lambda/lambda-schedule.ts";
import { faultLines } from "../../layers/http/lambda/line-logs.ts";
import { sha256 } from "../../layers/node/sha256.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { UpkeepConfig } from "./config.ts";
import { upkeepWorks } from "./handler.ts";
import { START_WAIT_MS_MAX } from "./limits.ts";

const config = readConfig(UpkeepConfig, process.env);
const clock = systemClock();
const write = (line: string): void => void process.stdout.write(line);
const report = faultLines(clock, write);
const settings = functionSettings(process.env, "DYNAMODB");
const client = dynamoClient(settings);
const s3 = blobClient(functionSettings(process.env, "S3"));

const works = upkeepWorks({
  state: dynamoTable({ client, tableName: config.STATE_TABLE, clock }),
  control: dynamoTable({ client, tableName: config.CONTROL_TABLE, clock }),
  blob: s3Blob({ client: s3, bucket: config.BLOB_BUCKET, clock }),
  clock,
  chance: systemChance(),
  digest: sha256,
  region: settings.region,
  timing: FLEET_MARK_TIMING,
  report: (fault) => report(fault, "none"),
});

/** While the environment starts, which has a whole processor then. */
await settledWithin(clock, { work: [client.open()], waitMsMax: START_WAIT_MS_MAX });

export const handler = lambdaSchedule({
  works,
  clock,
  workEnded: (line) => write(`${JSON.stringify(line)}\n`),
});
