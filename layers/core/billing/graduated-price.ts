import type { KindPrice } from "./price-plans.ts";

/** What lies in one tier. */
export interface TierPart {
  /** In the kind's own unit. */
  readonly quantity: number;
  /** For each `unitSize` of the price; 0 for what is included. */
  readonly unitMicros: number;
  readonly amountMicros: number;
}

export interface GraduatedAmount {
  readonly amountMicros: number;
  /** What is included first; their amounts add up to the whole. */
  readonly parts: readonly TierPart[];
}

/** A sum past what a number holds exactly: nine thousand million of the currency. */
export class AmountTooLarge extends Error {
  readonly code = "amount_too_large";
  constructor() {
    super("an amount is past 2^53 millionths of the currency");
    this.name = "AmountTooLarge";
  }
}

/**
 * What a quantity costs where each tier has its own price. Each part's amount is the rounded price of all up to its end
 * less that of all up to its beginning, so no rounding is lost or made between the tiers: the whole is rounded once.
 */
export function graduatedPrice(quantity: number, price: KindPrice): GraduatedAmount {
  const parts: TierPart[] = [];
  let begin = 0;
  let exact = 0n;
  let amountMicros = 0;
  for (const { end, unitMicros } of stepsOf(price)) {
    const inTier = Math.max(0, Math.min(quantity, end) - begin);
    if (inTier === 0) continue;
    begin += inTier;
    exact += BigInt(inTier) * BigInt(unitMicros);
    const upToHere = roundedQuotient(exact, BigInt(price.unitSize));
    parts.push({ quantity: inTier, unitMicros, amountMicros: upToHere - amountMicros });
    amountMicros = upToHere;
  }
  return { amountMicros, parts };
}

function stepsOf({ included, tiers }: KindPrice): readonly { readonly end: number; readonly unitMicros: number }[] {
  const charged = tiers.map(({ upTo, unitMicros }) => ({
    end: upTo === "any" ? Number.POSITIVE_INFINITY : included + upTo,
    unitMicros,
  }));
  return [{ end: included, unitMicros: 0 }, ...charged];
}

/** Half is rounded up. Neither is negative. */
function roundedQuotient(dividend: bigint, divisor: bigint): number {
  const quotient = Number((2n * dividend + divisor) / (2n * divisor));
  if (!Number.isSafeInteger(quotient)) throw new AmountTooLarge();
  return quotient;
}
