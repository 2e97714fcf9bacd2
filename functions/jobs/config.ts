import * as z from "zod";
import type { FunctionShape } from "../../layers/core/deployment/function-shape.ts";
import { bucketName } from "../../layers/core/deployment/settings.ts";
import { GATE_SETTINGS } from "../gate-settings.ts";
import { JOB_QUEUE_SETTINGS } from "../job-queue-settings.ts";
import { PEOPLE_SETTINGS } from "../people-settings.ts";

/** What the jobs function is told by its surroundings. */
export const JobsConfig = z.strictObject({
  ...GATE_SETTINGS,
  ...JOB_QUEUE_SETTINGS,
  ...PEOPLE_SETTINGS,
  /** Where inputs and results lie that are too large for an item. */
  BLOB_BUCKET: bucketName,
  /** `stream` behind a REST API, `buffer` behind a load balancer. */
  REPLY_MODE: z.enum(["stream", "buffer"]),
});

export const JOBS_SHAPE: FunctionShape = {
  name: "jobs",
  routes: [
    { path: "/api/jobs", methods: ["GET", "POST"] },
    { path: "/api/jobs/", methods: ["GET", "POST"] },
    { path: "/api/schedules", methods: ["GET", "POST"] },
    { path: "/api/schedules/", methods: ["GET", "POST", "DELETE"] },
  ],
  memoryMb: 512,
  // As long as API Gateway waits for a whole reply (REST API quotas, read 2026-11-20).
  timeoutMs: { rest: 29_000, alb: 29_000 },
  // A result may be larger than what a function answers in one piece.
  replyMode: { rest: "stream", alb: "buffer" },
  layers: [],
  tables: { state: "write", control: "write" },
  bucket: "write",
  secrets: ["access", "apiKey"],
  queues: ["usage", "messages", "jobs", "jobs-high"],
  cache: "none",
};
