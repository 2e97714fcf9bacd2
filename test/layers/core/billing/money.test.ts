import fc from "fast-check";
import { expect, test } from "vitest";
import { alignedText, centsText, countText, microsDecimal, microsText } from "../../../../layers/core/billing/money.ts";

test.each([
  [0, "0.00"],
  [1, "0.000001"],
  [500_000, "0.50"],
  [1_234_567_890, "1,234.56789"],
  [-3_467, "−0.003467"],
  [49_000_000, "49.00"],
])("%i millionths are %s", (micros, text) => {
  expect(microsText(micros)).toBe(text);
});

test.each([
  [0, "0.00"],
  [5, "0.05"],
  [123_456_789, "1,234,567.89"],
])("%i cents are %s", (cents, text) => {
  expect(centsText(cents)).toBe(text);
});

test("digits are grouped by three", () => {
  expect([1, 12, 123, 1_234, 1_234_567].map(countText)).toEqual(["1", "12", "123", "1,234", "1,234,567"]);
});

test("no digit of an amount is lost", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (micros) => {
      const digits = microsDecimal(micros).replace(".", "");

      expect(BigInt(digits)).toBe(BigInt(micros));
    }),
  );
});

test("amounts of a column have their points below each other", () => {
  const texts = [49_000_000, 1, 123_450].map((micros) => alignedText(microsText(micros)));

  expect(texts.map((text) => text.length - text.indexOf("."))).toEqual([7, 7, 7]);
});
