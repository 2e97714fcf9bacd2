import fc from "fast-check";
import { expect, test } from "vitest";
import { PRICE_PLANS } from "../../../../layers/core/billing/price-plans.ts";
import { prorated, proratedPrice } from "../../../../layers/core/billing/proration.ts";

test("however a month is divided, its parts are the whole", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      fc.integer({ min: 28, max: 31 }),
      fc.array(fc.integer({ min: 0, max: 31 })),
      (whole, daysInMonth, cuts) => {
        const ends = [0, ...cuts.map((cut) => Math.min(cut, daysInMonth)), daysInMonth].toSorted((a, b) => a - b);

        const parts = ends
          .slice(1)
          .map((untilDay, index) => prorated(whole, { fromDay: ends[index] ?? 0, untilDay, daysInMonth }));

        expect(parts.reduce((sum, part) => sum + BigInt(part), 0n)).toBe(BigInt(whole));
        expect(parts.every((part) => part >= 0)).toBe(true);
      },
    ),
  );
});

test("a whole month has the price as it is, half of one half of what is included at the same prices", () => {
  const price = PRICE_PLANS.team.prices.calls;

  const whole = proratedPrice(price, { fromDay: 0, untilDay: 30, daysInMonth: 30 });
  const half = proratedPrice(price, { fromDay: 15, untilDay: 30, daysInMonth: 30 });

  expect(whole).toEqual(price);
  expect(half).toEqual({
    unitSize: 1_000_000,
    included: 500_000,
    tiers: [
      { upTo: 4_500_000, unitMicros: 4_000_000 },
      { upTo: "any", unitMicros: 3_000_000 },
    ],
  });
});
