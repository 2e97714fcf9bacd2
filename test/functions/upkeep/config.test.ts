import { expect, test } from "vitest";
import { UPKEEP_SCHEDULES, UPKEEP_SHAPE, UpkeepConfig } from "../../../functions/upkeep/config.ts";
import { upkeepWorks } from "../../../functions/upkeep/handler.ts";
import { upkeepParts } from "./upkeep-parts.ts";

const settings = {
  STATE_TABLE: "skein-state",
  CONTROL_TABLE: "skein-control",
  BLOB_BUCKET: "skein-blobs",
  BLOB_BUCKETS: "eu-west-1=skein-blobs,ap-southeast-2=skein-blobs-2",
  JOBS_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/skein-jobs",
  USAGE_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/skein-usage",
  JOBS_HIGH_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/skein-jobs-high",
  MESSAGES_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/skein-messages",
  RUNNER_CLUSTER: "none",
  RUNNER_TASK_FAMILY: "none",
  RUNNER_SUBNETS: "none",
  RUNNER_SECURITY_GROUP: "none",
  RUNNER_LOG_GROUP: "none",
  RUNNER_CAPACITY: "none",
};

test("settings that are all there are taken", () => {
  const BLOB_BUCKETS = new Map([
    ["eu-west-1", "skein-blobs"],
    ["ap-southeast-2", "skein-blobs-2"],
  ]);
  expect(UpkeepConfig.parse(settings)).toEqual({ ...settings, BLOB_BUCKETS });
});

test.each([
  { ...settings, STATE_TABLE: "no" },
  { ...settings, CONTROL_TABLE: undefined },
  { ...settings, BLOB_BUCKET: "UPPER" },
  { ...settings, BLOB_BUCKETS: "" },
  { ...settings, BLOB_BUCKETS: "skein-blobs" },
  { ...settings, BLOB_BUCKETS: "eu-west-1=UPPER" },
  { ...settings, BLOB_BUCKETS: "eu-west-1=skein-blobs,eu-west-1=skein-blobs" },
  { ...settings, JOBS_QUEUE_URL: "jobs" },
  { ...settings, MESSAGES_QUEUE_URL: "messages" },
  { ...settings, USAGE_QUEUE_URL: undefined },
  { ...settings, TENANT: "acme" },
])("%j is refused", (wrong) => {
  expect(UpkeepConfig.safeParse(wrong).success).toBe(false);
});

test("every work has a schedule, and every schedule a work", () => {
  expect(UPKEEP_SCHEDULES.map(({ work }) => work).toSorted()).toEqual(
    [...upkeepWorks(upkeepParts()).keys()].toSorted(),
  );
});

test("what lies in a region is done in each, what all share in one", () => {
  expect(Object.fromEntries(UPKEEP_SCHEDULES.map(({ work, runsIn }) => [work, runsIn]))).toEqual({
    "roll-up": "each-region",
    "sweep-jobs": "each-region",
    "sweep-runs": "each-region",
    "sweep-workspaces": "each-region",
    bill: "one-region",
    reconcile: "one-region",
    erase: "one-region",
  });
  expect(UPKEEP_SHAPE.timeoutMs).toBeLessThanOrEqual(900_000);
});
