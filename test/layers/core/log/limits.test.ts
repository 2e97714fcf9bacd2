import { expect, test } from "vitest";
import {
  FOLLOW_LINES_MAX,
  LINE_CHARACTERS_MAX,
  LISTENERS_MAX,
  LISTENERS_PER_TENANT_MAX,
  PAGE_LINES_MAX,
  QUERY_CHARACTERS_MAX,
  QUERY_TERMS_MAX,
} from "../../../../layers/core/log/limits.ts";
import { OUTPUT_LINE_BYTES_MAX } from "../../../../layers/core/ports/runner.ts";
import {
  LOG_HEARTBEAT_MS,
  LOG_STREAM_END_MARGIN_MS,
  LOG_TAIL_DEFAULT,
  LOG_TAIL_MAX,
  URL_BYTES_MAX,
} from "../../../../layers/http/limits.ts";
import { LOCAL_DOOR } from "../../../../layers/local/limits.ts";

test("what a runner makes one line of is kept whole", () => {
  expect(LINE_CHARACTERS_MAX).toBeGreaterThanOrEqual(OUTPUT_LINE_BYTES_MAX);
});

test("as much history as a stream may begin with, and as much as it is told at once, fits a page", () => {
  expect(LOG_TAIL_MAX).toBeLessThanOrEqual(PAGE_LINES_MAX);
  expect(FOLLOW_LINES_MAX).toBeLessThanOrEqual(PAGE_LINES_MAX);
  expect(LOG_TAIL_DEFAULT).toBeLessThanOrEqual(LOG_TAIL_MAX);
});

test("no tenant takes all places to listen, nor all connections", () => {
  expect(LISTENERS_PER_TENANT_MAX).toBeLessThanOrEqual(LISTENERS_MAX / 10);
  expect(LISTENERS_MAX).toBeLessThan(LOCAL_DOOR.connectionsMax);
});

test("the longest query has room for all its words, and fits an address", () => {
  expect(QUERY_CHARACTERS_MAX).toBeGreaterThan(2 * QUERY_TERMS_MAX);
  expect(QUERY_CHARACTERS_MAX).toBeLessThan(URL_BYTES_MAX / 3);
});

test("a listener hears something several times before its stream has to end", () => {
  expect(LOCAL_DOOR.callTimeoutMs).toBeGreaterThan(LOG_STREAM_END_MARGIN_MS + 4 * LOG_HEARTBEAT_MS);
});
