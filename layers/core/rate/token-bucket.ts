import type { Condition, Item, ItemChange } from "../ports/table.ts";
import { BUCKET_FULL_SECONDS_KEPT } from "./limits.ts";

/** What a tenant may spend: so many tokens a second, and so many at once after a quiet time. Both at least 1. */
export interface BucketShape {
  readonly perSecond: number;
  readonly burst: number;
}

/**
 * A bucket as one moment: when it is full again if nobody takes more. What is missing now is the time until then, so a
 * taking only adds to it, and takings of several processes add up in any order. It fills by itself, without a write.
 */
export interface Bucket {
  readonly fullAtEpochMicros: number;
  /** The rate that the moment was reckoned with. */
  readonly perSecond: number;
}

/** What to write to take tokens, or how long there are none. */
export type Taking =
  | { readonly found: "tokens"; readonly tokens: number; readonly change: ItemChange; readonly condition: Condition }
  | { readonly found: "none"; readonly nextTokenMs: number };

const SECOND_MICROS = 1_000_000;
const MILLI_MICROS = 1_000;

/** How to take `wanted` tokens or as many as there are, given what was seen last; undefined for a bucket never taken from. */
export function taking(
  seen: Bucket | undefined,
  shape: BucketShape,
  { wanted, nowMicros }: { readonly wanted: number; readonly nowMicros: number },
): Taking {
  const missing = missingMicros(seen, shape, nowMicros);
  const tokens = Math.min(wanted, tokensLeft(missing, shape));
  if (tokens < 1) {
    const nextTokenMs = Math.ceil((missing + fillMicros(1, shape) - capacityMicros(shape)) / MILLI_MICROS);
    return { found: "none", nextTokenMs: Math.max(1, nextTokenMs) };
  }
  const cost = fillMicros(tokens, shape);
  if (seen === undefined || missing === 0) return firstTaking(shape, { tokens, cost, nowMicros });
  if (seen.perSecond !== shape.perSecond) return reckonedAnew(seen, shape, { tokens, missing, cost, nowMicros });
  const hasEnough: Condition = {
    if: "below",
    attribute: "fullAtEpochMicros",
    value: nowMicros + capacityMicros(shape) - cost + 1,
  };
  return {
    found: "tokens",
    tokens,
    change: { add: { fullAtEpochMicros: cost }, set: { expiresAtEpochSeconds: expirySeconds(nowMicros, shape) } },
    condition: { if: "all", of: [hasEnough, { if: "equals", attribute: "perSecond", value: shape.perSecond }] },
  };
}

/** How to put tokens back, where nobody has taken any since the bucket was seen: so one return never counts twice. */
export function returning(
  seen: Bucket,
  { tokens, nowMicros }: { readonly tokens: number; readonly nowMicros: number },
): { readonly change: ItemChange; readonly condition: Condition } {
  const fullAtEpochMicros = Math.max(nowMicros, seen.fullAtEpochMicros - returnMicros(tokens, seen));
  return { change: { set: { fullAtEpochMicros } }, condition: unchanged(seen) };
}

/** How much longer than an empty bucket this one takes to be full: whoever wrote it has a clock that is so far ahead. */
export function clockAheadMicros(seen: Bucket, shape: BucketShape, nowMicros: number): number {
  if (seen.perSecond !== shape.perSecond) return 0;
  return Math.max(0, seen.fullAtEpochMicros - nowMicros - capacityMicros(shape));
}

export function tokensIn(seen: Bucket | undefined, shape: BucketShape, nowMicros: number): number {
  return tokensLeft(missingMicros(seen, shape, nowMicros), shape);
}

export function bucketOf(item: Item | undefined): Bucket | undefined {
  const fullAtEpochMicros = item?.fullAtEpochMicros;
  const perSecond = item?.perSecond;
  if (typeof fullAtEpochMicros !== "number" || typeof perSecond !== "number") return undefined;
  return { fullAtEpochMicros, perSecond };
}

/** How long so many tokens take to come. A whole number, so that takings of any sizes add up without drift. */
function fillMicros(tokens: number, { perSecond }: Pick<BucketShape, "perSecond">): number {
  return Math.ceil((tokens * SECOND_MICROS) / perSecond);
}

/** Never more than they were taken for. */
function returnMicros(tokens: number, { perSecond }: Pick<BucketShape, "perSecond">): number {
  return Math.floor((tokens * SECOND_MICROS) / perSecond);
}

function capacityMicros(shape: BucketShape): number {
  return fillMicros(shape.burst, shape);
}

/** The time until it is full; another rate than it was reckoned with changes the time, not the tokens. */
function missingMicros(seen: Bucket | undefined, shape: BucketShape, nowMicros: number): number {
  if (seen === undefined || seen.fullAtEpochMicros <= nowMicros) return 0;
  const missing = seen.fullAtEpochMicros - nowMicros;
  if (seen.perSecond === shape.perSecond) return missing;
  return Math.min(capacityMicros(shape), Math.ceil((missing * seen.perSecond) / shape.perSecond));
}

function tokensLeft(missing: number, shape: BucketShape): number {
  const room = capacityMicros(shape) - missing;
  return Math.min(shape.burst, Math.max(0, Math.floor((room * shape.perSecond) / SECOND_MICROS)));
}

interface Priced {
  readonly tokens: number;
  readonly cost: number;
  readonly nowMicros: number;
}

/** Of a bucket that is full: what it could hold more while nobody came is not saved up. */
function firstTaking(shape: BucketShape, { tokens, cost, nowMicros }: Priced): Taking {
  const set = {
    fullAtEpochMicros: nowMicros + cost,
    perSecond: shape.perSecond,
    expiresAtEpochSeconds: expirySeconds(nowMicros, shape),
  };
  const isFull: Condition = {
    if: "any",
    of: [
      { if: "attribute_absent", attribute: "fullAtEpochMicros" },
      { if: "below", attribute: "fullAtEpochMicros", value: nowMicros + 1 },
    ],
  };
  return { found: "tokens", tokens, change: { set }, condition: isFull };
}

/** The tenant's rate has changed. */
function reckonedAnew(
  seen: Bucket,
  shape: BucketShape,
  { tokens, cost, missing, nowMicros }: Priced & { readonly missing: number },
): Taking {
  const set = {
    fullAtEpochMicros: nowMicros + missing + cost,
    perSecond: shape.perSecond,
    expiresAtEpochSeconds: expirySeconds(nowMicros, shape),
  };
  return { found: "tokens", tokens, change: { set }, condition: unchanged(seen) };
}

function unchanged({ fullAtEpochMicros, perSecond }: Bucket): Condition {
  const sameMoment = { if: "equals", attribute: "fullAtEpochMicros", value: fullAtEpochMicros } as const;
  return { if: "all", of: [sameMoment, { if: "equals", attribute: "perSecond", value: perSecond }] };
}

/** Full by then, whatever was taken, and for long. */
function expirySeconds(nowMicros: number, shape: BucketShape): number {
  return Math.ceil((nowMicros + capacityMicros(shape)) / SECOND_MICROS) + BUCKET_FULL_SECONDS_KEPT;
}
