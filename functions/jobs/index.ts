import process from "node:process";
import { blobClient } from "../../layers/aws/client.ts";
import { functionSettings } from "../../layers/aws/function-settings.ts";
import { s3Blob } from "../../layers/aws/s3-blob.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import { JobSchedules } from "../../layers/core/job/job-schedules.ts";
import { Jobs } from "../../layers/core/job/jobs.ts";
import { sha256 } from "../../layers/node/sha256.ts";
import { askingPeople } from "../asking-people.ts";
import { GatedFunction } from "../gated-function.ts";
import { jobQueues } from "../job-queues.ts";
import { questionLines } from "../question-lines.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { JOBS_SHAPE, JobsConfig } from "./config.ts";
import { jobsHandler } from "./handler.ts";

const config = readConfig(JobsConfig, process.env);
const self = new GatedFunction({ config, environment: process.env, shape: JOBS_SHAPE, toolkits: new Set() });
const { clock, chance, logs, state: table, role, sqs, meter, tenancy } = self;
const { quotas, policies, audit } = tenancy;
const { region } = role;
const s3 = blobClient(functionSettings(process.env, "S3"));

const report = (fault: unknown): void => logs.reportFault(fault, "none");
const asking = askingPeople({
  ...{ config, table, quotas, sqs, region, clock, chance, meter, report },
  wake: (...of) => jobs.wake(...of),
  turned: questionLines("jobs", clock),
});
const jobs = new Jobs({
  table,
  blob: s3Blob({ client: s3, bucket: config.BLOB_BUCKET, clock }),
  queues: jobQueues(config, sqs),
  ended: asking.ended,
  ...{ quotas, policies, clock, chance, region, report },
});
const schedules = new JobSchedules({ table, clock, chance, region });
const answer = jobsHandler({ jobs, schedules, audit, digest: sha256 });

/** While the environment starts, since every call needs them: what does not come now, the first call asks for again. */
await settledWithin(clock, { work: self.starting, waitMsMax: START_WAIT_MS_MAX });

export const handler = self.behindDoor(self.gated(answer), config.REPLY_MODE);
