import { expect, test } from "vitest";
import * as limits from "../../../../layers/core/connection/limits.ts";
import { QUERY_LIMIT_MAX } from "../../../../layers/core/ports/table.ts";
import { RECORD_KINDS } from "../../../../layers/core/store/keys.ts";

test("presence is right within ten seconds, and two renewals may fail", () => {
  expect(limits.GATEWAY_LEASE_MS + limits.GATEWAY_STALE_MS_MAX).toBeLessThanOrEqual(10_000);
  expect(3 * limits.GATEWAY_HEARTBEAT_MS).toBeLessThanOrEqual(limits.GATEWAY_LEASE_MS);
  expect(limits.GATEWAY_RETRY_MS).toBeLessThan(limits.GATEWAY_HEARTBEAT_MS);
});

test("a gateway's record outlives its lease and is over as soon as its kind says", () => {
  expect(limits.GATEWAY_LEASE_MS + limits.CLOCK_DIFFERENCE_MS_MAX).toBeLessThan(limits.GATEWAY_KEPT_MS);
  expect(limits.GATEWAY_KEPT_MS).toBeLessThan(RECORD_KINDS.GATEWAY.secondsMax * 1_000);
});

test("nobody places by a spread before all know it, however their clocks differ", () => {
  const knownMs = limits.SPREAD_STALE_MS_MAX + limits.CLOCK_DIFFERENCE_MS_MAX;
  expect(limits.SPREAD_FRESH_MS).toBeLessThan(limits.SPREAD_STALE_MS_MAX);
  expect(2 * knownMs).toBeLessThan(limits.SPREAD_SETTLE_MS);
});

test("a connection is found by the hourly comparison of counts long before its record is over", () => {
  expect(limits.CONNECTION_KEPT_MS).toBeGreaterThan(10 * 60 * 60 * 1_000);
});

test("connections of one part are read by pages that the table gives, and parts are a power of two", () => {
  expect(limits.CONNECTIONS_PAGE).toBeLessThanOrEqual(QUERY_LIMIT_MAX);
  expect(Math.log2(limits.SHARDS_MAX) % 1).toBe(0);
});
