import { setImmediate as turn } from "node:timers/promises";
import type * as z from "zod";
import { blobClient } from "../../layers/aws/client.ts";
import { functionSettings } from "../../layers/aws/function-settings.ts";
import { s3Blob } from "../../layers/aws/s3-blob.ts";
import type { HttpHandler } from "../../layers/core/http/http-message.ts";
import { Jobs } from "../../layers/core/job/jobs.ts";
import type { Seal } from "../../layers/core/ports/seal.ts";
import { VERSION } from "../../layers/core/version.ts";
import { prepareTools } from "../../layers/mcp/catalogue/lists.ts";
import { makeMcpServer } from "../../layers/mcp/mcp-server.ts";
import { askingPeople } from "../asking-people.ts";
import { chefTools } from "../chef-tools.ts";
import type { GatedFunction } from "../gated-function.ts";
import { jobQueues } from "../job-queues.ts";
import { withJobTools } from "../job-tools.ts";
import { questionLines } from "../question-lines.ts";
import type { McpConfig } from "./config.ts";
import { handlerOf } from "./handler.ts";
import { SCHEMAS_AHEAD } from "./schemas-ahead.ts";

export interface McpServerParts {
  readonly config: z.infer<typeof McpConfig>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly self: GatedFunction;
  readonly seal: Seal;
}

export interface MadeServer {
  readonly handler: HttpHandler;
  /** Settles when the tools can be listed without waiting. */
  readonly prepared: Promise<void>;
}

/** The server of the function, with its tools and the jobs that they become. */
export async function mcpServer({ config, environment, self, seal }: McpServerParts): Promise<MadeServer> {
  const { clock, chance, state: table, role, logs, sqs, meter } = self;
  const { quotas, policies, audit } = self.tenancy;
  const { region } = role;
  const report = (fault: unknown): void => logs.reportFault(fault, "none");
  const s3 = blobClient(functionSettings(environment, "S3"));
  const blob = s3Blob({ client: s3, bucket: config.BLOB_BUCKET, clock });
  /** Loaded where the plan has projects alone: a new environment has enough to read without. */
  const host =
    config.RUNNER_CAPACITY === "none"
      ? undefined
      : (await import("../project-host.ts")).projectHost({
          ...{ config, environment, blob, table, quotas, audit, region, clock, chance },
        });
  const asking = askingPeople({
    ...{ config, table, quotas, sqs, region, clock, chance, meter, report },
    wake: (...of) => jobs.wake(...of),
    turned: questionLines("mcp", clock),
  });
  const toolkits = {
    cyberchef: chefTools({ config, role, table, quotas, clock, chance }),
    ...(host !== undefined && { host: host.tools.map(({ tool }) => tool) }),
    people: asking.toolkit,
  };
  const jobs = new Jobs({
    queues: jobQueues(config, sqs),
    ended: asking.ended,
    ...{ table, blob, quotas, policies, region, clock, chance, report },
  });
  const server = makeMcpServer({
    toolkits: withJobTools(toolkits, { jobs, clock }),
    schemasAhead: SCHEMAS_AHEAD,
    server: { name: "skein", title: "Skein", version: VERSION },
    ...{ table, blob, jobs, clock, chance, seal },
    pollIntervalMs: config.POLL_INTERVAL_MS,
    holdMs: config.HOLD_MS,
    listenMs: config.LISTEN_MS,
    // A reply that goes out whole can't wait for what is yet to come: its client comes back for it.
    ...(config.REPLY_MODE === "buffer" && { closing: AbortSignal.abort() }),
    report: logs.reportFault,
  });
  return { handler: handlerOf(server), prepared: prepareTools(server.catalogue, turn) };
}
