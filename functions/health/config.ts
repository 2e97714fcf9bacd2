import * as z from "zod";
import type { FunctionShape } from "../../layers/core/deployment/function-shape.ts";
import { cacheName, tableName } from "../../layers/core/deployment/settings.ts";

/** What the health function is told by its surroundings. */
export const HealthConfig = z.strictObject({
  /** The table of regional state. */
  STATE_TABLE: tableName,
  /** The strongly consistent table of the fleet. */
  CONTROL_TABLE: tableName,
  CACHE_NAME: cacheName,
});

export const HEALTH_SHAPE: FunctionShape = {
  name: "health",
  routes: [{ path: "/health/", methods: ["GET", "HEAD"] }],
  memoryMb: 256,
  timeoutMs: { rest: 10_000, alb: 10_000 },
  replyMode: { rest: "buffer", alb: "buffer" },
  layers: [],
  tables: { state: "read", control: "read" },
  bucket: "none",
  secrets: [],
  queues: [],
  cache: "describe",
};
