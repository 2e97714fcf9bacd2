import * as z from "zod";
import type { FunctionShape } from "../../layers/core/deployment/function-shape.ts";
import { secretId } from "../../layers/core/deployment/settings.ts";
import { GATE_SETTINGS } from "../gate-settings.ts";
import { JOB_QUEUE_SETTINGS } from "../job-queue-settings.ts";
import { PEOPLE_SETTINGS } from "../people-settings.ts";

/** What the people function is told by its surroundings. */
export const PeopleConfig = z.strictObject({
  ...GATE_SETTINGS,
  ...JOB_QUEUE_SETTINGS,
  ...PEOPLE_SETTINGS,
  /** `stream` behind a REST API, `buffer` behind a load balancer. */
  REPLY_MODE: z.enum(["stream", "buffer"]),
  /** What tickets are signed with. */
  SEAL_SECRET_ID: secretId,
  /** Where pages connect to; `none` where that is `/ws` of their own host. */
  SOCKET_URL: z.union([z.literal("none"), z.url({ protocol: /^wss$/ })]),
});

export const PEOPLE_SHAPE: FunctionShape = {
  name: "people",
  routes: [
    { path: "/api/messages", methods: ["GET", "POST"] },
    { path: "/api/messages/", methods: ["GET", "PUT", "DELETE"] },
    { path: "/api/questions", methods: ["GET", "POST"] },
    { path: "/api/questions/", methods: ["GET", "POST", "PATCH"] },
    { path: "/api/people/", methods: ["GET", "POST"] },
    { path: "/people", methods: ["GET", "HEAD"] },
    { path: "/people/", methods: ["GET", "HEAD"] },
  ],
  memoryMb: 512,
  // As long as API Gateway waits for a whole reply (REST API quotas, read 2026-11-20).
  timeoutMs: { rest: 29_000, alb: 29_000 },
  // A page of the longest messages is more than what a function answers in one piece.
  replyMode: { rest: "stream", alb: "buffer" },
  layers: [],
  tables: { state: "write", control: "write" },
  bucket: "none",
  secrets: ["access", "apiKey", "seal"],
  queues: ["usage", "messages", "jobs", "jobs-high"],
  cache: "none",
};
