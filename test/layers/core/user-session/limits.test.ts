import { expect, test } from "vitest";
import { ITEM_BYTES_MAX } from "../../../../layers/core/ports/table.ts";
import {
  ACTIVITY_WRITE_INTERVAL_MS,
  PROLONGING_READ_SECONDS,
  USER_SESSION_BYTES_MAX,
  USER_SESSION_CACHE_MS,
  USER_SESSION_ID_BYTES,
  USER_SESSION_ID_CHARACTERS_MAX,
  USER_SESSION_IDLE_SECONDS,
  WRITE_ATTEMPTS_MAX,
  WRITE_PAUSE_MS_MAX,
} from "../../../../layers/core/user-session/limits.ts";

/** A call over HTTP is cut at 29 seconds by API Gateway. */
const CALL_MS = 29_000;

test("a session within its limit fits an item, though its text is stored with escapes", () => {
  expect(6 * USER_SESSION_BYTES_MAX).toBeLessThan(ITEM_BYTES_MAX);
});

test("use is noted, and reads prolong, long before a session ends", () => {
  expect(ACTIVITY_WRITE_INTERVAL_MS).toBeLessThan(PROLONGING_READ_SECONDS * 1_000);
  expect(PROLONGING_READ_SECONDS * 100).toBeLessThan(USER_SESSION_IDLE_SECONDS);
});

test("a copy is forgotten long before its session ends", () => {
  expect(USER_SESSION_CACHE_MS * 100).toBeLessThan(USER_SESSION_IDLE_SECONDS * 1_000);
});

test("new ids are within the limit for ids", () => {
  expect(Math.ceil((USER_SESSION_ID_BYTES * 4) / 3)).toBeLessThanOrEqual(USER_SESSION_ID_CHARACTERS_MAX);
});

test("all pauses together leave most of a call to its writes", () => {
  expect(WRITE_ATTEMPTS_MAX * WRITE_PAUSE_MS_MAX).toBeLessThan(CALL_MS / 10);
});
