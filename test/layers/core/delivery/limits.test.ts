import { expect, test } from "vitest";
import { CLOCK_DIFFERENCE_MS_MAX } from "../../../../layers/core/connection/limits.ts";
import * as limits from "../../../../layers/core/delivery/limits.ts";
import { READ_LIMIT_MAX } from "../../../../layers/core/message/limits.ts";

test("a lease that is not extended is long enough for a push, and for what clocks differ by", () => {
  expect(limits.LANE_LEASE_LEFT_MS_MIN).toBeLessThan(limits.LANE_LEASE_MS);
  expect(CLOCK_DIFFERENCE_MS_MAX).toBeLessThan(limits.LANE_LEASE_LEFT_MS_MIN);
  expect(limits.LANE_LEASE_LEFT_MS_MIN).toBeLessThan(limits.LANE_STOP_MARGIN_MS);
});

test("what is written of a lane outlives what counts as lately published", () => {
  expect(limits.LANE_RECENT_MS).toBeLessThan(limits.LANE_KEPT_MS);
  expect(limits.LANE_LEASE_MS).toBeLessThan(limits.LANE_RECENT_MS);
});

test("the log gives as many messages as a lane asks for", () => {
  expect(limits.LANE_BATCH_MESSAGES_MAX).toBeLessThanOrEqual(READ_LIMIT_MAX);
  expect(limits.LANE_RECENT_MESSAGES_MAX).toBeLessThanOrEqual(READ_LIMIT_MAX);
});

test("a part that is as large as parts are meant to be takes whole batches", () => {
  expect(limits.LANE_BATCH_DELIVERIES_MAX / limits.LANE_SIZE_ASSUMED).toBeGreaterThanOrEqual(10);
  expect(limits.LANE_BATCH_DELIVERIES_MAX).toBeLessThan(limits.LANE_DELIVERIES_MAX);
});

test("a key that was revoked hears nothing within ten seconds", () => {
  expect(limits.KEY_STANDING_FRESH_MS).toBeLessThan(limits.KEY_STANDING_STALE_MS_MAX);
  expect(limits.KEY_STANDING_STALE_MS_MAX).toBeLessThan(10_000);
});
