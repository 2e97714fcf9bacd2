import * as z from "zod";
import type { FunctionShape } from "../../layers/core/deployment/function-shape.ts";
import { milliseconds, secretId } from "../../layers/core/deployment/settings.ts";
import { GATE_SETTINGS } from "../gate-settings.ts";
import { PEOPLE_SETTINGS } from "../people-settings.ts";
import { HOST_SETTINGS } from "../runner-settings.ts";
import { TOOL_SETTINGS } from "../tool-settings.ts";

/** What the MCP function is told by its surroundings. */
export const McpConfig = z.strictObject({
  ...GATE_SETTINGS,
  ...TOOL_SETTINGS,
  ...PEOPLE_SETTINGS,
  ...HOST_SETTINGS,
  /** What request state is signed with. */
  SEAL_SECRET_ID: secretId,
  /** How often a waiting stream looks into the table. */
  POLL_INTERVAL_MS: milliseconds({ min: 50, max: 10_000 }),
  /** How long a legacy stream waits for a person's answer before its client is told to come back. */
  HOLD_MS: milliseconds({ min: 0, max: 300_000 }),
  /** How long a stream that listens for changes stays open. Lambda can't see its client leave, and it is paid for. */
  LISTEN_MS: milliseconds({ min: 1_000, max: 900_000 }),
  /** `stream` behind a REST API, `buffer` behind a load balancer. */
  REPLY_MODE: z.enum(["stream", "buffer"]),
});

export const MCP_SHAPE: FunctionShape = {
  name: "mcp",
  routes: [{ path: "/mcp", methods: ["GET", "POST", "DELETE"] }],
  // One whole processor (Lambda developer guide, "Memory and computing power", read 2026-11-20).
  memoryMb: 1769,
  // A stream may be open for 15 minutes; a load balancer cuts a quiet connection after 60 s.
  timeoutMs: { rest: 900_000, alb: 60_000 },
  replyMode: { rest: "stream", alb: "buffer" },
  layers: ["cyberchef"],
  tables: { state: "write", control: "write" },
  bucket: "write",
  secrets: ["access", "apiKey", "seal"],
  queues: ["usage", "messages", "jobs", "jobs-high"],
  cache: "use",
  runner: "use",
};
