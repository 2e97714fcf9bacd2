import * as z from "zod";
import type { FunctionShape } from "../../layers/core/deployment/function-shape.ts";
import { cacheEndpoint, cacheName } from "../../layers/core/deployment/settings.ts";
import { GATE_SETTINGS } from "../gate-settings.ts";

/** What the sessions function is told by its surroundings. */
export const SessionsConfig = z.strictObject({
  ...GATE_SETTINGS,
  /** Whether a new user session shows itself only to the address that began it. */
  USER_SESSION_ADDRESS_BINDING: z.enum(["on", "off"]),
  CACHE_ENDPOINT: cacheEndpoint,
  CACHE_NAME: cacheName,
  CACHE_USER: cacheName,
});

export const SESSIONS_SHAPE: FunctionShape = {
  name: "sessions",
  routes: [{ path: "/api/sessions", methods: ["GET", "POST", "PATCH", "DELETE"] }],
  memoryMb: 512,
  // As long as API Gateway waits for a whole reply (REST API quotas, read 2026-11-20).
  timeoutMs: { rest: 29_000, alb: 29_000 },
  replyMode: { rest: "buffer", alb: "buffer" },
  layers: [],
  tables: { state: "write", control: "write" },
  bucket: "none",
  secrets: ["access", "apiKey"],
  queues: ["usage"],
  cache: "use",
};
