import { expect, test } from "vitest";
import {
  EXPORT_SETTLED_MS,
  INVOICE_FINAL_AFTER_MS,
  INVOICE_MONTHS_BACK,
} from "../../../../layers/core/billing/limits.ts";
import { FLEET_MARK_TIMING } from "../../../../layers/core/usage/usage-marks.ts";

const sumsSettleMs = 3 * (FLEET_MARK_TIMING.windowMs + FLEET_MARK_TIMING.marginMs);

test("an invoice is final, and an hour exported, long after its sums have settled", () => {
  expect(INVOICE_FINAL_AFTER_MS).toBeGreaterThan(EXPORT_SETTLED_MS);
  expect(EXPORT_SETTLED_MS).toBeGreaterThan(10 * sumsSettleMs);
});

test("the month before is among those whose invoices are looked after", () => {
  expect(INVOICE_MONTHS_BACK).toBeGreaterThanOrEqual(1);
});
