import * as z from "zod";
import type { FunctionShape } from "../../layers/core/deployment/function-shape.ts";
import { bucketName } from "../../layers/core/deployment/settings.ts";
import { GATE_SETTINGS } from "../gate-settings.ts";
import { HOST_SETTINGS } from "../runner-settings.ts";

/** What the projects function is told by its surroundings. */
export const ProjectsConfig = z.strictObject({
  ...GATE_SETTINGS,
  ...HOST_SETTINGS,
  /** Where workspaces lie. */
  BLOB_BUCKET: bucketName,
  /** `stream` behind a REST API, `buffer` behind a load balancer. */
  REPLY_MODE: z.enum(["stream", "buffer"]),
});

export const PROJECTS_SHAPE: FunctionShape = {
  name: "projects",
  routes: [
    { path: "/mcp/", methods: ["GET", "POST", "PUT", "PATCH", "DELETE"] },
    { path: "/api/projects", methods: ["GET", "POST"] },
    { path: "/api/projects/", methods: ["GET", "POST", "PUT", "DELETE"] },
    { path: "/api/servers", methods: ["GET"] },
    { path: "/api/servers/", methods: ["GET"] },
    { path: "/api/ports", methods: ["GET"] },
    { path: "/api/ports/", methods: ["GET"] },
  ],
  memoryMb: 512,
  // A stream of a log may be open for 15 minutes; a load balancer cuts a quiet connection after 60 s.
  timeoutMs: { rest: 900_000, alb: 60_000 },
  replyMode: { rest: "stream", alb: "buffer" },
  layers: [],
  tables: { state: "write", control: "write" },
  bucket: "write",
  secrets: ["access", "apiKey"],
  queues: ["usage"],
  cache: "none",
  runner: "use",
};
