import { expect, test } from "vitest";
import * as limits from "../../../../layers/aws/fargate/limits.ts";
import { LINK_SECONDS_MAX } from "../../../../layers/aws/presigned-link.ts";
import { ORDER_VARIABLE, RUN_VARIABLE, STOP_TIMEOUT_SECONDS } from "../../../../layers/core/deployment/project-task.ts";
import { ENDED_RUN_KEPT_MS, GRACE_MS_MAX, LOOK_COUNT_MAX } from "../../../../layers/core/ports/runner.ts";
import {
  FETCH_ATTEMPTS_MAX,
  FETCH_WAIT_MS,
  ORDER_TIMEOUT_MS,
  WORKSPACE_TIMEOUT_MS,
} from "../../../../layers/node/supervisor/limits.ts";

test("a run's grace lies within what Fargate leaves a container", () => {
  expect(GRACE_MS_MAX).toBeLessThanOrEqual(STOP_TIMEOUT_SECONDS * 1_000);
});

test("a link is good for all the attempts to read what is behind it, and no longer than S3 signs one", () => {
  const waitsMs = (FETCH_WAIT_MS * FETCH_ATTEMPTS_MAX * (FETCH_ATTEMPTS_MAX - 1)) / 2;
  const longestMs = FETCH_ATTEMPTS_MAX * ORDER_TIMEOUT_MS + WORKSPACE_TIMEOUT_MS + 2 * waitsMs;

  expect(limits.LINK_SECONDS * 1_000).toBeGreaterThan(2 * longestMs);
  expect(limits.LINK_SECONDS).toBeLessThan(LINK_SECONDS_MAX);
});

test("what stands in a request stays within what ECS takes of overrides, whatever is ordered", () => {
  const link = "x".repeat(3_000);
  const run = JSON.stringify({ runId: "r".repeat(64), projectId: "p".repeat(64), port: 65_535 });
  const environment = [
    { name: RUN_VARIABLE, value: run },
    { name: ORDER_VARIABLE, value: link },
  ];

  const overrides = JSON.stringify({ containerOverrides: [{ name: "project", memory: 16_384, environment }] });

  expect(overrides.length).toBeLessThan(8_192);
});

test("what a run printed last has come long before it is told of no more", () => {
  expect(limits.OUTPUT_SETTLED_MS).toBeGreaterThan(limits.OUTPUT_POLL_MS);
  expect(limits.OUTPUT_SETTLED_MS).toBeLessThan(ENDED_RUN_KEPT_MS);
});

test("a search finds no more tasks than can be looked at together", () => {
  expect(limits.TASKS_FOUND_MAX).toBeLessThanOrEqual(LOOK_COUNT_MAX);
});
