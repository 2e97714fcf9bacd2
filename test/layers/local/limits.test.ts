import { expect, test } from "vitest";
import { BODY_BYTES_MAX } from "../../../layers/http/limits.ts";
import {
  DRAIN,
  JOBS_STOP_MS_MAX,
  LINGER_BYTES_MAX,
  LOCAL_DOOR,
  LOG_FILE_BYTES_MAX,
  LOG_FLUSH_BYTES,
  LOG_WAITING_BYTES_MAX,
} from "../../../layers/local/limits.ts";

/** What managers of processes wait after SIGTERM before they kill. Source: Docker, `docker stop`. */
const STOP_TIMEOUT_MS = 10_000;

test("a drain's steps follow each other and end before managers of processes lose patience", () => {
  expect(DRAIN.noticeMs).toBeLessThan(DRAIN.dismissMs);
  expect(DRAIN.dismissMs + DRAIN.stopMs).toBeLessThan(DRAIN.endMs);
  expect(DRAIN.endMs).toBeLessThan(STOP_TIMEOUT_MS);
});

test("a request has time for its headers and then for its body, and less than its call", () => {
  expect(LOCAL_DOOR.headersTimeoutMs).toBeLessThan(LOCAL_DOOR.requestTimeoutMs);
  expect(LOCAL_DOOR.requestTimeoutMs).toBeLessThan(LOCAL_DOOR.callTimeoutMs);
});

test("many bodies of the largest size are held at a time, and one that is refused can be let in to its end", () => {
  expect(LOCAL_DOOR.heldBodyBytesMax).toBeGreaterThanOrEqual(8 * BODY_BYTES_MAX);
  expect(LINGER_BYTES_MAX).toBeGreaterThan(BODY_BYTES_MAX);
});

test("lines are written long before so many wait that some are lost", () => {
  expect(LOG_FLUSH_BYTES).toBeLessThan(LOG_WAITING_BYTES_MAX / 8);
  expect(LOG_WAITING_BYTES_MAX).toBeLessThan(LOG_FILE_BYTES_MAX);
});

test("a cell that ends has its jobs stopped before its own end", () => {
  expect(JOBS_STOP_MS_MAX).toBeLessThan(DRAIN.endMs - DRAIN.noticeMs);
});
