import * as z from "zod";
import { tableName } from "../../layers/core/deployment/settings.ts";
import type { WorkerShape } from "../../layers/core/deployment/worker-shape.ts";
import { PEOPLE_SETTINGS } from "../people-settings.ts";
import { TOOL_SETTINGS } from "../tool-settings.ts";

/** What the worker functions are told by their surroundings. */
export const WorkerConfig = z.strictObject({
  ...TOOL_SETTINGS,
  ...PEOPLE_SETTINGS,
  /** The table of regional state. */
  STATE_TABLE: tableName,
  /** The strongly consistent table of the fleet. */
  CONTROL_TABLE: tableName,
  /** Where what tenants use is told. */
  USAGE_QUEUE_URL: z.url({ protocol: /^https?$/ }),
  /** The queue that it works off. */
  WORK_QUEUE_URL: z.url({ protocol: /^https?$/ }),
});

const SHARED = {
  bundle: "worker",
  // One whole processor (Lambda developer guide, "Memory and computing power", read 2026-11-20).
  memoryMb: 1769,
  // The longest that Lambda gives (Lambda quotas, read 2026-11-20).
  timeoutMs: 900_000,
  layers: ["cyberchef"],
  tables: { state: "write", control: "write" },
  bucket: "write",
  secrets: [],
  queues: ["usage", "messages", "jobs", "jobs-high"],
  cache: "use",
} as const;

const WORK = {
  by: "queue",
  // One job an environment, as with calls: what takes all memory, or all time, takes it from nobody else.
  batchCountMax: 1,
  gatherSecondsMax: 0,
  concurrencyMax: "planned",
  // More often than a worker lets a message come by itself. The sweeper brings its job on all the same.
  receivesMax: 10,
  // A message lies there for as long as it is held back, and then as its job runs: a quarter of an hour each.
  lateSeconds: 2_700,
} as const;

export const WORKER_SHAPE: WorkerShape = { ...SHARED, name: "worker", works: { ...WORK, queue: "jobs" } };

/** The same code for jobs of a high priority, so that no others are before them. */
export const HIGH_WORKER_SHAPE: WorkerShape = {
  ...SHARED,
  name: "worker-high",
  works: { ...WORK, queue: "jobs-high" },
};
