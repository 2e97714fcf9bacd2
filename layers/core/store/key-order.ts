import { type ItemKey, type KeyRange, QUERY_LIMIT_MAX } from "../ports/table.ts";

/** Source: DynamoDB constraints, "Partition keys and sort keys" (read 2026-11-20): 1 to 2048 and 1 to 1024 bytes. */
export const PARTITION_KEY_BYTES_MAX = 2048;
export const SORT_KEY_BYTES_MAX = 1024;

/** A key no store can hold, or a range no store can read. A caller's mistake, so a fault. */
export class KeyMalformed extends Error {
  readonly code = "key_malformed";
  constructor(part: "pk" | "sk" | "cursor" | "limit", allowed: string) {
    super(`${part} is not ${allowed}`);
    this.name = "KeyMalformed";
  }
}

/** @throws {KeyMalformed} when a store could not hold an item at this key. */
export function checkKey(key: ItemKey): void {
  checkPart("pk", key.pk, PARTITION_KEY_BYTES_MAX);
  checkPart("sk", key.sk, SORT_KEY_BYTES_MAX);
}

/**
 * The sort keys of a range: not before `from`, and before `until` where there is one.
 * A cursor only narrows its range, so one from another range shows nothing that the range would not.
 */
export interface KeyBounds {
  readonly from: string;
  /** Whether an item at `from` itself is in the range. */
  readonly fromIncluded: boolean;
  readonly until: string | undefined;
}

/**
 * @returns undefined when no sort key can lie in the range.
 * @throws {KeyMalformed} when the partition key, the limit or the cursor can't be one.
 */
export function keyBounds(range: KeyRange): KeyBounds | undefined {
  if (!Number.isInteger(range.limit) || range.limit < 1 || range.limit > QUERY_LIMIT_MAX) {
    throw new KeyMalformed("limit", `a whole number from 1 to ${QUERY_LIMIT_MAX}`);
  }
  checkPart("pk", range.pk, PARTITION_KEY_BYTES_MAX);
  if (range.cursor !== undefined) checkPart("cursor", range.cursor, SORT_KEY_BYTES_MAX);
  const prefix = range.prefix ?? "";
  const reverse = range.reverse === true;
  const after = later(range.after, reverse ? undefined : range.cursor);
  const until = [range.before, prefixEnd(prefix), reverse ? range.cursor : undefined].reduce(sooner, undefined);
  const fromIncluded = after === undefined || compareKeys(after, prefix) < 0;
  const from = fromIncluded ? prefix : after;
  if (until !== undefined && compareKeys(from, until) >= 0) return undefined;
  return { from, fromIncluded, until };
}

/** The order of the texts' UTF-8 bytes, which is that of their code points and not that of JavaScript's `<`. */
export function compareKeys(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const difference = codeUnitRank(left.charCodeAt(index)) - codeUnitRank(right.charCodeAt(index));
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** The first text after all texts with this prefix; undefined when there is none. */
export function prefixEnd(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === LAST_CODE_POINT) points.pop();
  const last = points.pop();
  if (last === undefined) return undefined;
  return String.fromCodePoint(...points, last + 1 === SURROGATES_FIRST ? SURROGATES_END : last + 1);
}

export function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    // A pair of surrogates is two units and four bytes: two for each.
    bytes += unit < 0x800 || (unit >= SURROGATES_FIRST && unit < SURROGATES_END) ? 1 : 2;
  }
  return bytes;
}

const LAST_CODE_POINT = 0x10ffff;
const SURROGATES_FIRST = 0xd800;
const SURROGATES_END = 0xe000;

function checkPart(part: "pk" | "sk" | "cursor", value: string, bytesMax: number): void {
  if (value === "" || utf8Bytes(value) > bytesMax || !value.isWellFormed()) {
    throw new KeyMalformed(part, `well-formed Unicode of 1 to ${bytesMax} bytes`);
  }
}

/** Surrogates stand for code points above all others, but their units lie below those from U+E000 to U+FFFF. */
function codeUnitRank(unit: number): number {
  if (unit >= SURROGATES_END) return unit - 0x800;
  return unit >= SURROGATES_FIRST ? unit + 0x2000 : unit;
}

function later(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return compareKeys(left, right) < 0 ? right : left;
}

function sooner(left: string | undefined, right: string | undefined): string | undefined {
  if (left === undefined || right === undefined) return left ?? right;
  return compareKeys(left, right) < 0 ? left : right;
}
