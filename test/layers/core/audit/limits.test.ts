import { expect, test } from "vitest";
import {
  AUDIT_PAGE_MAX,
  AUDIT_SCAN_MAX,
  CLOSING_SCAN_MAX,
  HALVINGS_MAX,
  VERIFY_PAGE_ENTRIES,
} from "../../../../layers/core/audit/limits.ts";
import { QUERY_LIMIT_MAX } from "../../../../layers/core/ports/table.ts";

test("what is read at once is no more than a store reads at once", () => {
  expect(2 * AUDIT_PAGE_MAX).toBeLessThanOrEqual(AUDIT_SCAN_MAX);
  expect(Math.max(AUDIT_SCAN_MAX, CLOSING_SCAN_MAX, VERIFY_PAGE_ENTRIES)).toBeLessThanOrEqual(QUERY_LIMIT_MAX);
});

test("so many halvings find any number that an entry can have", () => {
  expect(Math.log2(Number.MAX_SAFE_INTEGER)).toBeLessThanOrEqual(HALVINGS_MAX);
});
