import { expect, test } from "vitest";
import { RECORD_KINDS } from "../../../../layers/core/store/keys.ts";
import { ERASURE_GRACE_MS } from "../../../../layers/core/tenant/limits.ts";
import * as limits from "../../../../layers/core/usage/limits.ts";
import { FLEET_MARK_TIMING, MACHINE_MARK_TIMING } from "../../../../layers/core/usage/usage-marks.ts";

test("the readings of an hour outlive the latest one that is taken, and its mark", () => {
  expect(limits.READINGS_KEPT_MS).toBeGreaterThan(limits.READING_LATE_MS_MAX + limits.MARK_KEPT_MS);
});

test("no reading is taken of a tenant that was erased", () => {
  expect(limits.READING_LATE_MS_MAX).toBeLessThan(ERASURE_GRACE_MS);
  expect(limits.MARK_KEPT_MS).toBe(RECORD_KINDS["USAGE-MARK"].secondsMax * 1_000);
});

test("a message that SQS still has is not too late", () => {
  const keptBySqsMs = 14 * 24 * 3_600_000;

  expect(limits.READING_LATE_MS_MAX).toBeGreaterThan(keptBySqsMs);
});

test("windows of marks lie apart from hours' and days' ends alike, so that one mark names one window", () => {
  for (const { windowMs, marginMs } of [FLEET_MARK_TIMING, MACHINE_MARK_TIMING]) {
    expect(3_600_000 % windowMs).toBe(0);
    expect(marginMs).toBeGreaterThan(0);
  }
});
