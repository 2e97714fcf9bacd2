import { expect, test } from "vitest";
import { HIGH_WORKER_SHAPE, WORKER_SHAPE, WorkerConfig } from "../../../functions/worker/config.ts";
import { STOP_MARGIN_MS } from "../../../functions/worker/limits.ts";
import { NO_SEAL } from "../../../functions/worker/no-seal.ts";
import { JOB_LEASE_MS } from "../../../layers/core/job/limits.ts";
import { ABORT_MARGIN_MS } from "../../../layers/http/lambda/limits.ts";
import { JOB_RUN_MS_MAX, JOB_VISIBILITY_SECONDS } from "../../../layers/local/limits.ts";

const settings = {
  STATE_TABLE: "skein-state",
  CONTROL_TABLE: "skein-control",
  BLOB_BUCKET: "skein-blobs",
  JOBS_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/skein-jobs",
  JOBS_HIGH_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/skein-jobs-high",
  MESSAGES_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/skein-messages",
  USAGE_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/skein-usage",
  WORK_QUEUE_URL: "https://sqs.eu-west-1.amazonaws.com/1/skein-jobs",
  CYBERCHEF_DIR: "/opt/cyberchef",
  SURFACE: "index",
  CACHE_ENDPOINT: "none",
  CACHE_NAME: "none",
  CACHE_USER: "none",
};

test("settings that are all there are taken", () => {
  expect(WorkerConfig.parse(settings)).toEqual(settings);
});

test.each(Object.keys(settings))("without %s it does not start", (name) => {
  expect(WorkerConfig.safeParse({ ...settings, [name]: undefined }).success).toBe(false);
});

test("both workers are the same code, each before a queue of its own", () => {
  expect(WORKER_SHAPE.bundle).toBe(HIGH_WORKER_SHAPE.bundle);
  expect([WORKER_SHAPE, HIGH_WORKER_SHAPE].map(({ works }) => works.by === "queue" && works.queue)).toEqual([
    "jobs",
    "jobs-high",
  ]);
});

test("a run has most of its function's time, is told to stop before the batch is answered for, and runs as long in a cell", () => {
  const runMs = WORKER_SHAPE.timeoutMs - ABORT_MARGIN_MS - STOP_MARGIN_MS;

  expect(STOP_MARGIN_MS).toBeGreaterThan(ABORT_MARGIN_MS);
  expect(runMs).toBeGreaterThan(0.95 * WORKER_SHAPE.timeoutMs);
  expect(Math.abs(runMs - JOB_RUN_MS_MAX)).toBeLessThan(60_000);
  expect(JOB_VISIBILITY_SECONDS * 1_000).toBeGreaterThan(JOB_RUN_MS_MAX + JOB_LEASE_MS);
});

test("a worker signs nothing, and says so where something wants it to", () => {
  expect(() => NO_SEAL.seal("state", "x")).toThrow(expect.objectContaining({ code: "worker_seals_nothing" }));
  expect(() => NO_SEAL.open("state", "x")).toThrow(expect.objectContaining({ code: "worker_seals_nothing" }));
});
