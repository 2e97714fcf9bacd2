import process from "node:process";
import { functionCache } from "../../layers/aws/function-cache.ts";
import { readConfig } from "../../layers/core/deployment/read-config.ts";
import { settledWithin } from "../../layers/core/deployment/settled-within.ts";
import { lruCache } from "../../layers/node/lru-cache.ts";
import { GatedFunction } from "../gated-function.ts";
import { START_WAIT_MS_MAX } from "../start-limits.ts";
import { SESSIONS_SHAPE, SessionsConfig } from "./config.ts";
import { sessionsHandler } from "./handler.ts";
import { CACHE_BYTES_MAX, CACHE_ENTRIES_MAX } from "./limits.ts";

const config = readConfig(SessionsConfig, process.env);
const self = new GatedFunction({ config, environment: process.env, shape: SESSIONS_SHAPE, toolkits: new Set() });
const { clock } = self;

const answer = sessionsHandler({
  table: self.state,
  cache:
    functionCache(config, self.role, clock) ??
    lruCache({ clock, entriesMax: CACHE_ENTRIES_MAX, bytesMax: CACHE_BYTES_MAX }),
  quotas: self.tenancy.quotas,
  clock,
  chance: self.chance,
  bindToAddress: config.USER_SESSION_ADDRESS_BINDING === "on",
});

/** While the environment starts, since every call needs them: what does not come now, the first call asks for again. */
await settledWithin(clock, { work: self.starting, waitMsMax: START_WAIT_MS_MAX });

export const handler = self.behindDoor(self.gated(answer), "buffer");
