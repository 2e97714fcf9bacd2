import * as z from "zod";
import type { FunctionShape } from "../../layers/core/deployment/function-shape.ts";
import { GATE_SETTINGS } from "../gate-settings.ts";

/** What the tenants function is told by its surroundings. */
export const TenantsConfig = z.strictObject({
  ...GATE_SETTINGS,
  /** Whether holders of a token that names no tenant may make one of their own. */
  SIGN_UP: z.enum(["on", "off"]),
  /** Whether the projects function stands beside it: the document describes what there is. */
  PROJECTS: z.enum(["on", "off"]),
  /** Where a provider's pages are whose own metadata MCP clients can't use; `none` for all others. */
  SIGN_IN_URL: z.union([z.literal("none"), z.url({ protocol: /^https$/ })]),
});

export const TENANTS_SHAPE: FunctionShape = {
  name: "tenants",
  routes: [
    { path: "/api/tenants", methods: ["GET", "POST"] },
    { path: "/api/tenants/", methods: ["GET", "POST", "PUT", "PATCH", "DELETE"] },
    { path: "/api/openapi.json", methods: ["GET"] },
    { path: "/.well-known/oauth-authorization-server", methods: ["GET"] },
    { path: "/.well-known/oauth-protected-resource", methods: ["GET"] },
    { path: "/.well-known/oauth-protected-resource/mcp", methods: ["GET"] },
  ],
  memoryMb: 512,
  // As long as API Gateway waits for a whole reply (REST API quotas, read 2026-11-20).
  timeoutMs: { rest: 29_000, alb: 29_000 },
  replyMode: { rest: "buffer", alb: "buffer" },
  layers: [],
  tables: { state: "write", control: "write" },
  bucket: "none",
  secrets: ["access", "apiKey"],
  queues: ["usage"],
  cache: "none",
};
