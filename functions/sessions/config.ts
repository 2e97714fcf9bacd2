import * as z from "zod";
import type { FunctionShape } from "../../layers/core/deployment/function-shape.ts";
import { injectedFaults } from "../../layers/core/deployment/injected-faults.ts";
import {
  cacheEndpoint,
  cacheName,
  secretId,
  tableName,
  tenant,
  watchedTenants,
} from "../../layers/core/deployment/settings.ts";

/** What the sessions function is told by its surroundings. */
export const SessionsConfig = z.strictObject({
  /** The table of regional state. */
  STATE_TABLE: tableName,
  /** Whom this cell serves. */
  TENANT: tenant,
  /** The access key that callers bring. */
  ACCESS_SECRET_ID: secretId,
  /** Whether a new user session shows itself only to the address that began it. */
  USER_SESSION_ADDRESS_BINDING: z.enum(["on", "off"]),
  CACHE_ENDPOINT: cacheEndpoint,
  CACHE_NAME: cacheName,
  CACHE_USER: cacheName,
  /** Which tenants have metrics of their own. */
  WATCHED_TENANTS: watchedTenants,
  /** What a drill breaks of the calls: `none`, but while one runs. */
  FAULTS: injectedFaults,
});

export const SESSIONS_SHAPE: FunctionShape = {
  name: "sessions",
  routes: [{ path: "/api/sessions", methods: ["GET", "POST", "PATCH", "DELETE"] }],
  memoryMb: 512,
  // As long as API Gateway waits for a whole reply (REST API quotas, read 2026-11-20).
  timeoutMs: { rest: 29_000, alb: 29_000 },
  replyMode: { rest: "buffer", alb: "buffer" },
  layers: [],
  tables: { state: "write", control: "none" },
  bucket: "none",
  secrets: ["access"],
  cache: "use",
};
