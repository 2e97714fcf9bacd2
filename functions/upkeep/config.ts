import * as z from "zod";
import { bucketName, regionBuckets, tableName } from "../../layers/core/deployment/settings.ts";
import type { WorkerShape, WorkSchedule } from "../../layers/core/deployment/worker-shape.ts";
import { JOB_QUEUE_SETTINGS } from "../job-queue-settings.ts";
import { PEOPLE_SETTINGS } from "../people-settings.ts";
import { RUNNER_SETTINGS } from "../runner-settings.ts";

/** What the upkeep function is told by its surroundings. */
export const UpkeepConfig = z.strictObject({
  /** The table of regional state. */
  STATE_TABLE: tableName,
  /** The strongly consistent table of the fleet. */
  CONTROL_TABLE: tableName,
  /** Where tenants' blobs of this region lie. */
  BLOB_BUCKET: bucketName,
  /** Those of all regions, this one's included, between commas: `region=bucket`. */
  BLOB_BUCKETS: regionBuckets,
  /** Where what tenants use is told. */
  USAGE_QUEUE_URL: z.url({ protocol: /^https?$/ }),
  ...JOB_QUEUE_SETTINGS,
  ...PEOPLE_SETTINGS,
  ...RUNNER_SETTINGS,
});

export const UPKEEP_SCHEDULES: readonly WorkSchedule[] = [
  { work: "roll-up", everyMinutes: 1, runsIn: "each-region" },
  { work: "sweep-jobs", everyMinutes: 1, runsIn: "each-region" },
  { work: "sweep-runs", everyMinutes: 1, runsIn: "each-region", onlyWith: "projects" },
  { work: "sweep-workspaces", everyMinutes: 60, runsIn: "each-region", onlyWith: "projects" },
  { work: "bill", everyMinutes: 60, runsIn: "one-region" },
  { work: "reconcile", everyMinutes: 60, runsIn: "one-region" },
  { work: "erase", everyMinutes: 60, runsIn: "one-region" },
];

export const UPKEEP_SHAPE: WorkerShape = {
  name: "upkeep",
  memoryMb: 512,
  // The longest that Lambda gives (Lambda quotas, read 2026-11-20).
  timeoutMs: 900_000,
  layers: [],
  tables: { state: "write", control: "write" },
  bucket: "write",
  secrets: [],
  queues: ["usage", "messages", "jobs", "jobs-high"],
  cache: "none",
  runner: "use",
  erases: "every-region",
  works: { by: "schedules", schedules: UPKEEP_SCHEDULES },
};
