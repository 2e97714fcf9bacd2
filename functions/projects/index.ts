import process from "node:process";
import { blobClient } from "../../layers/aws/client.ts";
import { functionSettings } from "../../layers/aws/function-settings.ts";
import { s3Blob } from "../../layers/aws/s3-blob.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import { GatedFunction } from "../gated-function.ts";
import { projectHost } from "../project-host.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { TOOLKIT_NAMES } from "../toolkit-names.ts";
import { PROJECTS_SHAPE, ProjectsConfig } from "./config.ts";
import { ProjectsUnplanned, projectsHandler } from "./handler.ts";

const config = readConfig(ProjectsConfig, process.env);
const self = new GatedFunction({
  config,
  environment: process.env,
  shape: PROJECTS_SHAPE,
  toolkits: new Set(TOOLKIT_NAMES),
});
const { clock, chance, state: table, role, tenancy } = self;
const s3 = blobClient(functionSettings(process.env, "S3"));
const blob = s3Blob({ client: s3, bucket: config.BLOB_BUCKET, clock });

const { quotas, audit } = tenancy;
const host = projectHost({
  ...{ config, environment: process.env, blob, table, quotas, audit, clock, chance },
  region: role.region,
});
if (host === undefined) throw new ProjectsUnplanned();

// A reply that goes out whole can't wait for what is yet to come: its client comes back for it.
const closing = config.REPLY_MODE === "buffer" ? AbortSignal.abort() : new AbortController().signal;
const answer = projectsHandler({ ...host, audit, clock, closing, report: self.logs.reportFault });

/** While the environment starts, since every call needs them: what does not come now, the first call asks for again. */
await settledWithin(clock, { work: self.starting, waitMsMax: START_WAIT_MS_MAX });

export const handler = self.behindDoor(self.gated(answer), config.REPLY_MODE);
