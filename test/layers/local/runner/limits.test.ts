import { expect, test } from "vitest";
import { LINE_CHARACTERS_MAX, RING_BYTES_MAX } from "../../../../layers/core/log/limits.ts";
import {
  ENDED_RUN_KEPT_MS,
  LOOK_COUNT_MAX,
  ORDER_BYTES_MAX,
  OUTPUT_KEPT_BYTES,
  OUTPUT_LINE_BYTES_MAX,
} from "../../../../layers/core/ports/runner.ts";
import { SEGMENT_BYTES_MAX } from "../../../../layers/local/log/limits.ts";
import {
  CLOSE_LOOK_INTERVAL_MS,
  ENDED_KEPT_MS,
  GLANCE_INTERVAL_MS,
  IDLE_END_MS,
  LOOK_INTERVAL_MS,
  MESSAGE_BYTES_MAX,
  OUTPUT_FLUSH_MS,
  OUTPUT_POLL_MS,
  REQUEST_TIMEOUT_MS,
  RUNNER_LOCK_WAIT_MS,
  RUNNER_START_TIMEOUT_MS,
  SWEEP_INTERVAL_MS,
} from "../../../../layers/local/runner/limits.ts";

/** A run's id, names and numbers in a message, and JSON's own signs. */
const STATUS_BYTES_MAX = 2_048;

test("an ended run is told of for longer than the port promises", () => {
  expect(ENDED_KEPT_MS - SWEEP_INTERVAL_MS).toBeGreaterThan(ENDED_RUN_KEPT_MS);
});

test("an order has room in a message, whatever signs it has to be escaped by, and so have all that are looked at", () => {
  // A control character takes six in JSON.
  expect(6 * ORDER_BYTES_MAX).toBeLessThan(MESSAGE_BYTES_MAX / 2);
  expect(LOOK_COUNT_MAX * STATUS_BYTES_MAX).toBeLessThan(MESSAGE_BYTES_MAX);
});

test("a line is with its listener within 100 ms", () => {
  expect(OUTPUT_FLUSH_MS + OUTPUT_POLL_MS).toBeLessThan(100);
});

test("looks are closer together where it matters, and glances closer yet", () => {
  expect(GLANCE_INTERVAL_MS).toBeLessThan(CLOSE_LOOK_INTERVAL_MS);
  expect(CLOSE_LOOK_INTERVAL_MS).toBeLessThan(LOOK_INTERVAL_MS);
});

test("a runner that is about to end has ended before a new one gives up waiting for it", () => {
  expect(RUNNER_LOCK_WAIT_MS).toBeLessThan(RUNNER_START_TIMEOUT_MS);
  expect(RUNNER_START_TIMEOUT_MS).toBeLessThan(REQUEST_TIMEOUT_MS);
  expect(REQUEST_TIMEOUT_MS).toBeLessThan(IDLE_END_MS);
});

test("what the port promises to keep of output is what a log keeps when a piece of it has just gone", () => {
  expect(OUTPUT_KEPT_BYTES).toBeLessThanOrEqual(RING_BYTES_MAX - SEGMENT_BYTES_MAX);
});

test("a line as a run prints it is as long as a line of the log may be", () => {
  expect(OUTPUT_LINE_BYTES_MAX).toBeLessThanOrEqual(LINE_CHARACTERS_MAX);
});
