import process from "node:process";
import { blobClient } from "../../layers/aws/client.ts";
import { dynamoClient } from "../../layers/aws/dynamo-client.ts";
import { dynamoTable } from "../../layers/aws/dynamo-table.ts";
import { functionQueues, functionSettings, functionTables } from "../../layers/aws/function-settings.ts";
import { s3Blob } from "../../layers/aws/s3-blob.ts";
import { sqsSendClient, sqsSender } from "../../layers/aws/sqs-sender.ts";
import { AuditLog } from "../../layers/core/audit/audit-log.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import { Jobs } from "../../layers/core/job/jobs.ts";
import { Quotas } from "../../layers/core/quota/quotas.ts";
import { PROBE_KEY } from "../../layers/core/store/keys.ts";
import { Meter } from "../../layers/core/usage/meter.ts";
import { FLEET_MARK_TIMING } from "../../layers/core/usage/usage-marks.ts";
import { sweptBlobs } from "../../layers/core/workspace/archive-pages.ts";
import { lambdaSchedule } from "../../layers/http/lambda/lambda-schedule.ts";
import { faultLines } from "../../layers/http/lambda/line-logs.ts";
import { cpuMicroseconds } from "../../layers/node/cpu-microseconds.ts";
import { sha256 } from "../../layers/node/sha256.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { askingPeople } from "../asking-people.ts";
import { jobQueues } from "../job-queues.ts";
import { notedRunner } from "../noted-runner.ts";
import { questionLines } from "../question-lines.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { tenantPolicies } from "../tenant-policies.ts";
import { UpkeepConfig } from "./config.ts";
import { upkeepWorks } from "./handler.ts";

const config = readConfig(UpkeepConfig, process.env);
const clock = systemClock();
const chance = systemChance();
const write = (line: string): void => void process.stdout.write(line);
const report = faultLines(clock, write);
const reportNoCall = (fault: unknown): void => report(fault, "none");
const settings = functionTables(process.env);
const client = dynamoClient({ ...settings, clock, chance });
const sqs = sqsSendClient({ ...functionQueues(process.env), clock, chance });
const s3 = blobClient(functionSettings(process.env, "S3"));

const state = dynamoTable({ client, tableName: config.STATE_TABLE, clock });
const control = dynamoTable({ client, tableName: config.CONTROL_TABLE, clock });

const blob = s3Blob({ client: s3, bucket: config.BLOB_BUCKET, clock });
/** Erasing is the only work that leaves the region. */
const blobsElsewhere = [...config.BLOB_BUCKETS].flatMap(([region, bucket]) => {
  if (region === settings.region) return [];
  const client = blobClient({ ...functionSettings(process.env, "S3"), region });
  return [s3Blob({ client, bucket, clock })];
});
const { region } = settings;
const quotas = new Quotas({ table: control, clock });
const jobs = { queues: jobQueues(config, sqs), policies: tenantPolicies({ control, clock }) };
const usageQueue = sqsSender({ client: sqs, queueUrl: config.USAGE_QUEUE_URL });
const meter = new Meter({ queue: usageQueue, clock, chance, cpuMicroseconds, report: reportNoCall });
const jobsOfAsked = new Jobs({ ...jobs, table: state, blob, quotas, region, clock, chance, report: reportNoCall });
const asking = askingPeople({
  ...{ config, table: state, quotas, sqs, region, clock, chance, meter, report: reportNoCall },
  wake: (...of) => jobsOfAsked.wake(...of),
  turned: questionLines("upkeep", clock),
});
const works = upkeepWorks({
  state,
  control,
  blob,
  blobsElsewhere,
  archives: sweptBlobs(blob),
  runner: notedRunner({ config, environment: process.env, table: state, blob, clock, chance })?.runner,
  clock,
  chance,
  audit: new AuditLog({ table: control, clock, chance, digest: sha256, report: reportNoCall }),
  quotas,
  jobs: { ...jobs, ended: asking.ended },
  questions: { sweep: async (...of) => (await asking.people()).questionSweep.sweep(...of) },
  connections: { countStored: async (...of) => (await asking.people()).connections.countStored(...of) },
  region,
  timing: FLEET_MARK_TIMING,
  report: reportNoCall,
});

/** While the environment starts, which has a whole processor then. */
await settledWithin(clock, { work: [state.get(PROBE_KEY, { stale: true })], waitMsMax: START_WAIT_MS_MAX });

export const handler = lambdaSchedule({
  works,
  clock,
  workEnded(line) {
    write(`${JSON.stringify(line)}\n`);
    return meter.flushWhenDue();
  },
});
