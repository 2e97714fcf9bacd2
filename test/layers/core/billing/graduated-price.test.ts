import fc from "fast-check";
import { expect, test } from "vitest";
import { AmountTooLarge, graduatedPrice } from "../../../../layers/core/billing/graduated-price.ts";
import type { KindPrice } from "../../../../layers/core/billing/price-plans.ts";

const unitSize = fc.integer({ min: 1, max: 1e13 });
const quantity = fc.integer({ min: 0, max: 1e14 });
/** The most of it for the most of those is still a safe integer; what is not, is refused: see below. */
const unitMicros = fc.integer({ min: 0, max: 90 });
const price: fc.Arbitrary<KindPrice> = fc
  .record({
    unitSize,
    included: fc.integer({ min: 0, max: 1e13 }),
    ends: fc.uniqueArray(fc.integer({ min: 1, max: 1e14 }), { maxLength: 5 }),
    prices: fc.array(unitMicros, { minLength: 6, maxLength: 6 }),
  })
  .map(({ ends, prices, ...rest }) => ({
    ...rest,
    tiers: [...ends.toSorted((a, b) => a - b), "any" as const].map((upTo, index) => ({
      upTo,
      unitMicros: prices[index] ?? 0,
    })),
  }));

/** In fractions without any rounding: twice the amount in units of the price's own size. */
function exact(amount: number, { included, tiers }: KindPrice): bigint {
  let [begin, sum] = [included, 0n];
  for (const { upTo, unitMicros: micros } of tiers) {
    const end = upTo === "any" ? amount : Math.min(amount, included + upTo);
    if (end > begin) sum += BigInt(end - begin) * BigInt(micros);
    begin = Math.max(begin, end);
  }
  return sum;
}

test("the parts are the whole, in whole millionths and in quantity", () => {
  fc.assert(
    fc.property(quantity, price, (amount, asked) => {
      const { amountMicros, parts } = graduatedPrice(amount, asked);

      expect(parts.reduce((sum, part) => sum + part.amountMicros, 0)).toBe(amountMicros);
      expect(parts.reduce((sum, part) => sum + part.quantity, 0)).toBe(amount);
      expect(parts.every((part) => Number.isSafeInteger(part.amountMicros) && part.amountMicros >= 0)).toBe(true);
    }),
  );
});

test("the whole is the exact price, rounded once", () => {
  fc.assert(
    fc.property(quantity, price, (amount, asked) => {
      const { amountMicros } = graduatedPrice(amount, asked);

      const twiceOff = 2n * (BigInt(amountMicros) * BigInt(asked.unitSize) - exact(amount, asked));
      expect(twiceOff > -BigInt(asked.unitSize) && twiceOff <= BigInt(asked.unitSize)).toBe(true);
    }),
  );
});

test("more never costs less", () => {
  fc.assert(
    fc.property(quantity, quantity, price, (one, other, asked) => {
      const [less, more] = [Math.min(one, other), Math.max(one, other)];

      expect(graduatedPrice(more, asked).amountMicros).toBeGreaterThanOrEqual(graduatedPrice(less, asked).amountMicros);
    }),
  );
});

const TEN = {
  unitSize: 10,
  included: 100,
  tiers: [
    { upTo: 50, unitMicros: 7 },
    { upTo: "any", unitMicros: 3 },
  ],
} as const;

test.each([
  [0, 0, []],
  [100, 0, [100]],
  [101, 1, [100, 1]],
  [150, 35, [100, 50]],
  [151, 35, [100, 50, 1]],
  [155, 37, [100, 50, 5]],
])("%i units cost %i millionths", (amount, micros, quantities) => {
  const { amountMicros, parts } = graduatedPrice(amount, TEN);

  expect(amountMicros).toBe(micros);
  expect(parts.map((part) => part.quantity)).toEqual(quantities);
});

test("an amount that no number holds exactly is a fault", () => {
  const dear: KindPrice = { unitSize: 1, included: 0, tiers: [{ upTo: "any", unitMicros: 1_000_000 }] };

  expect(() => graduatedPrice(1e10, dear)).toThrow(AmountTooLarge);
});
