import { expect, test } from "vitest";
import { lineTitle, quantityWords, unitWords } from "../../../../layers/core/billing/line-words.ts";
import { USAGE_KINDS } from "../../../../layers/core/usage/usage-kind.ts";

const GIB = 1024 ** 3;

test.each([
  ["calls", 1_234_567, "1,234,567 calls"],
  ["bytesOut", 1.5 * GIB, "1.500 GiB"],
  ["bytesOut", 2 * GIB - 1, "2.000 GiB"],
  ["bytesOut", 1_234 * GIB, "1,234.000 GiB"],
  ["cpuMicroseconds", 1_800_000_000, "0.500 hours"],
  ["connectionSeconds", 90, "0.025 hours"],
] as const)("a quantity of %s is told in a unit that people know", (kind, quantity, words) => {
  expect(quantityWords({ kind, unitSize: 1 }, quantity)).toBe(words);
});

test("the base fee is told in days of the month", () => {
  expect(quantityWords({ kind: "baseFee", unitSize: 31 }, 12)).toBe("12 of 31 days");
});

test("each kind has a title and a unit of its own", () => {
  const titles = USAGE_KINDS.map((kind) => `${lineTitle({ kind })} ${unitWords({ kind })}`);

  expect(new Set(titles).size).toBe(USAGE_KINDS.length);
  expect([lineTitle({ kind: "baseFee" }), unitWords({ kind: "baseFee" })]).toEqual(["Base fee", "month"]);
});
