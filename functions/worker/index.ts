import process from "node:process";
import { setImmediate as turn } from "node:timers/promises";
import { blobClient } from "../../layers/aws/client.ts";
import { dynamoClient } from "../../layers/aws/dynamo-client.ts";
import { dynamoTable } from "../../layers/aws/dynamo-table.ts";
import { functionQueues, functionSettings, functionTables } from "../../layers/aws/function-settings.ts";
import { s3Blob } from "../../layers/aws/s3-blob.ts";
import { sqsExtender, sqsSendClient, sqsSender } from "../../layers/aws/sqs-sender.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import { JobWorker } from "../../layers/core/job/job-worker.ts";
import { Jobs } from "../../layers/core/job/jobs.ts";
import { Quotas } from "../../layers/core/quota/quotas.ts";
import { PROBE_KEY } from "../../layers/core/store/keys.ts";
import { standings } from "../../layers/core/tenant/standing.ts";
import { Meter } from "../../layers/core/usage/meter.ts";
import { VERSION } from "../../layers/core/version.ts";
import { lambdaQueue } from "../../layers/http/lambda/lambda-queue.ts";
import { faultLines } from "../../layers/http/lambda/line-logs.ts";
import { prepareTools } from "../../layers/mcp/catalogue/lists.ts";
import { makeMcpServer } from "../../layers/mcp/mcp-server.ts";
import { TOOL_JOB } from "../../layers/mcp/task/tool-job.ts";
import { toolJobHandler } from "../../layers/mcp/task/tool-job-handler.ts";
import { cpuMicroseconds } from "../../layers/node/cpu-microseconds.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";
import { askingPeople } from "../asking-people.ts";
import { chefTools } from "../chef-tools.ts";
import { jobQueues } from "../job-queues.ts";
import { questionLines } from "../question-lines.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { tenantPolicies } from "../tenant-policies.ts";
import { WorkerConfig } from "./config.ts";
import { jobTaker, workerHandler } from "./handler.ts";
import { WAITING_STREAMS } from "./limits.ts";
import { NO_SEAL } from "./no-seal.ts";

const config = readConfig(WorkerConfig, process.env);
const clock = systemClock();
const chance = systemChance();
const write = (line: string): void => void process.stdout.write(line);
const reportFault = faultLines(clock, write);
const report = (fault: unknown): void => reportFault(fault, "none");
const role = functionTables(process.env);
const client = dynamoClient({ ...role, clock, chance });
const sqs = sqsSendClient({ ...functionQueues(process.env), clock, chance });
const s3 = blobClient(functionSettings(process.env, "S3"));

const table = dynamoTable({ client, tableName: config.STATE_TABLE, clock });
const control = dynamoTable({ client, tableName: config.CONTROL_TABLE, clock });
const blob = s3Blob({ client: s3, bucket: config.BLOB_BUCKET, clock });
const quotas = new Quotas({ table: control, clock });
const policies = tenantPolicies({ control, clock });
const usageQueue = sqsSender({ client: sqs, queueUrl: config.USAGE_QUEUE_URL });
const meter = new Meter({ queue: usageQueue, clock, chance, cpuMicroseconds, report });
const { region } = role;
const asking = askingPeople({
  ...{ config, table, quotas, sqs, region, clock, chance, meter, report },
  wake: (...of) => jobs.wake(...of),
  turned: questionLines("worker", clock),
});
const jobDeps = {
  queues: jobQueues(config, sqs),
  ended: asking.ended,
  ...{ table, blob, quotas, policies, region, clock, chance, report },
};
const jobs = new Jobs(jobDeps);

const server = makeMcpServer({
  toolkits: { cyberchef: chefTools({ config, role, table, quotas, clock, chance }), people: asking.toolkit },
  server: { name: "skein", title: "Skein", version: VERSION },
  ...{ table, blob, jobs, clock, chance },
  seal: NO_SEAL,
  ...WAITING_STREAMS,
  report: reportFault,
});

const standingOf = standings({ policies, table: control, clock });
const handlers = new Map([[TOOL_JOB, toolJobHandler(server, { jobs, standingOf })]]);
const take = jobTaker({
  worker: new JobWorker({ ...jobDeps, handlers }),
  meter,
  runEnded: (line) => write(`${JSON.stringify(line)}\n`),
});

/** While the environment starts, which has a whole processor then. */
await settledWithin(clock, {
  work: [table.get(PROBE_KEY, { stale: true }), prepareTools(server.catalogue, turn)],
  waitMsMax: START_WAIT_MS_MAX,
});

export const handler = lambdaQueue({
  handle: workerHandler({ take, queue: sqsExtender({ client: sqs, queueUrl: config.WORK_QUEUE_URL }), clock }),
  batchEnded: () => meter.flushWhenDue(),
  reportFault,
});
