import type { KindPrice } from "./price-plans.ts";

/** Some days of a month, counted from 0, from one up to and without another. */
export interface DaySpan {
  readonly fromDay: number;
  readonly untilDay: number;
  readonly daysInMonth: number;
}

/**
 * The days' part of what a whole month has. The parts of spans that make up the month add up to the whole, however it is
 * divided: each is the rounded part up to its end less the one up to its beginning.
 */
export function prorated(whole: number, { fromDay, untilDay, daysInMonth }: DaySpan): number {
  return partUpTo(whole, untilDay, daysInMonth) - partUpTo(whole, fromDay, daysInMonth);
}

function partUpTo(whole: number, days: number, daysInMonth: number): number {
  return Number((BigInt(whole) * BigInt(days)) / BigInt(daysInMonth));
}

/** Less is included, and each tier ends sooner. */
export function proratedPrice(price: KindPrice, span: DaySpan): KindPrice {
  return {
    unitSize: price.unitSize,
    included: prorated(price.included, span),
    tiers: price.tiers.map(({ upTo, unitMicros }) => ({
      upTo: upTo === "any" ? upTo : prorated(upTo, span),
      unitMicros,
    })),
  };
}
