import process from "node:process";
import { setImmediate as turn } from "node:timers/promises";
import { blobClient } from "../../layers/aws/client.ts";
import { functionSettings } from "../../layers/aws/function-settings.ts";
import { s3Blob } from "../../layers/aws/s3-blob.ts";
import { secretsManagerSecret } from "../../layers/aws/secrets-manager.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import type { HttpHandler } from "../../layers/core/http/http-message.ts";
import { Jobs } from "../../layers/core/job/jobs.ts";
import { VERSION } from "../../layers/core/version.ts";
import { prepareTools } from "../../layers/mcp/catalogue/lists.ts";
import { makeMcpServer } from "../../layers/mcp/mcp-server.ts";
import { secretSeal } from "../../layers/node/secret-seal.ts";
import { chefTools } from "../chef-tools.ts";
import { GatedFunction } from "../gated-function.ts";
import { jobQueues } from "../job-queues.ts";
import { withJobTools } from "../job-tools.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { TOOLKIT_NAMES } from "../toolkit-names.ts";
import { MCP_SHAPE, McpConfig } from "./config.ts";
import { handlerOf } from "./handler.ts";
import { SCHEMAS_AHEAD } from "./schemas-ahead.ts";

const config = readConfig(McpConfig, process.env);
const self = new GatedFunction({
  config,
  environment: process.env,
  shape: MCP_SHAPE,
  toolkits: new Set(TOOLKIT_NAMES),
});
const { clock, chance, state: table, secrets: client, role, logs } = self;

const s3 = blobClient(functionSettings(process.env, "S3"));
const blob = s3Blob({ client: s3, bucket: config.BLOB_BUCKET, clock });
const sealing = secretSeal(secretsManagerSecret({ client, id: config.SEAL_SECRET_ID, clock }));

const { quotas, policies } = self.tenancy;
/** Loaded where the plan has projects alone: a new environment has enough to read without. */
const host =
  config.RUNNER_CAPACITY === "none"
    ? undefined
    : (await import("../project-host.ts")).projectHost({
        ...{ config, environment: process.env, blob, table, quotas, clock, chance },
        region: role.region,
      });
const toolkits = {
  cyberchef: chefTools({ config, role, table, quotas, clock, chance }),
  ...(host !== undefined && { host: host.tools.map(({ tool }) => tool) }),
};
const jobs = new Jobs({
  queues: jobQueues(config, self.sqs),
  region: role.region,
  report: (fault) => logs.reportFault(fault, "none"),
  ...{ table, blob, quotas, policies, clock, chance },
});

const server = makeMcpServer({
  toolkits: withJobTools(toolkits, { jobs, clock }),
  schemasAhead: SCHEMAS_AHEAD,
  server: { name: "skein", title: "Skein", version: VERSION },
  ...{ table, blob, jobs, clock, chance },
  seal: sealing.seal,
  pollIntervalMs: config.POLL_INTERVAL_MS,
  holdMs: config.HOLD_MS,
  listenMs: config.LISTEN_MS,
  // A reply that goes out whole can't wait for what is yet to come: its client comes back for it.
  ...(config.REPLY_MODE === "buffer" && { closing: AbortSignal.abort() }),
  report: logs.reportFault,
});
const mcp = handlerOf(server);

const sealed: HttpHandler = async (request, context) => {
  await sealing.refresh();
  return mcp(request, context);
};

/**
 * While the environment starts, which has a whole processor then: what does not come now, the first call asks for again.
 * The tools are made ready while the answers of the stores are on their way.
 */
await settledWithin(clock, {
  work: [...self.starting, sealing.refresh(), prepareTools(server.catalogue, turn)],
  waitMsMax: START_WAIT_MS_MAX,
});

export const handler = self.behindDoor(self.gated(sealed), config.REPLY_MODE);
