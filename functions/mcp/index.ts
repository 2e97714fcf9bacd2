import process from "node:process";
import { secretsManagerSecret } from "../../layers/aws/secrets-manager.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import type { HttpHandler } from "../../layers/core/http/http-message.ts";
import { secretSeal } from "../../layers/node/secret-seal.ts";
import { GatedFunction } from "../gated-function.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { TOOLKIT_NAMES } from "../toolkit-names.ts";
import { MCP_SHAPE, McpConfig } from "./config.ts";

const config = readConfig(McpConfig, process.env);
const self = new GatedFunction({
  config,
  environment: process.env,
  shape: MCP_SHAPE,
  toolkits: new Set(TOOLKIT_NAMES),
});
const { clock, secrets: client } = self;
const sealing = secretSeal(secretsManagerSecret({ client, id: config.SEAL_SECRET_ID, clock }));

/** What the stores are asked is on its way while all else is loaded. What does not come now, the first call asks for again. */
const told = settledWithin(clock, { work: [...self.starting, sealing.refresh()], waitMsMax: START_WAIT_MS_MAX });

const { mcpServer } = await import("./server.ts");
const server = await mcpServer({ config, environment: process.env, self, seal: sealing.seal });

const sealed: HttpHandler = async (request, context) => {
  await sealing.refresh();
  return server.handler(request, context);
};

await settledWithin(clock, { work: [told, server.prepared], waitMsMax: START_WAIT_MS_MAX });

export const handler = self.behindDoor(self.gated(sealed), config.REPLY_MODE);
