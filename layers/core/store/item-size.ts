import type { Item, Json } from "../ports/table.ts";
import { checkKey, utf8Bytes } from "./key-order.ts";

/** What no store can hold: a number out of range, a structure too deep, an expiry that is no second. */
export class ItemMalformed extends Error {
  readonly code = "item_malformed";
  constructor(attribute: string, allowed: string) {
    super(`attribute ${JSON.stringify(attribute)} is not allowed: ${allowed}`);
    this.name = "ItemMalformed";
  }
}

/** Source: DynamoDB constraints, "Nested attribute depth" (read 2026-11-20). */
export const ITEM_DEPTH_MAX = 32;
/** Source: DynamoDB data types, "Number" (read 2026-11-20). */
const NUMBER_MAGNITUDE_MAX = 9.99e125;
const NUMBER_MAGNITUDE_MIN = 1e-130;

/**
 * The bytes of an item as DynamoDB counts them, names and values together.
 * Source: "DynamoDB item sizes and formats" (read 2026-11-20). Numbers are "approximately" there; here they are the
 * upper end, so that what passes here passes there.
 *
 * @throws {ItemMalformed} when the item holds what DynamoDB can't.
 */
export function itemBytes(item: Item): number {
  checkKey(item);
  checkExpiry(item.expiresAtEpochSeconds);
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) {
    // The AWS SDK (client-dynamodb 3.1162) loses a top-level attribute of this name when it reads.
    if (name === "" || name === "__proto__") throw new ItemMalformed(name, "a name is not empty and not __proto__");
    if (value !== undefined) bytes += utf8Bytes(name) + valueBytes(name, value, 1);
  }
  return bytes;
}

const CONTAINER_BYTES = 3;
const ELEMENT_BYTES = 1;

function valueBytes(attribute: string, value: Json, depth: number): number {
  if (typeof value === "string") return utf8Bytes(value);
  if (typeof value === "number") return numberBytes(attribute, value);
  if (typeof value === "boolean" || value === null) return 1;
  if (depth > ITEM_DEPTH_MAX) throw new ItemMalformed(attribute, `at most ${ITEM_DEPTH_MAX} levels deep`);
  let bytes = CONTAINER_BYTES;
  for (const [name, element] of Object.entries(value)) {
    bytes += ELEMENT_BYTES + valueBytes(attribute, element, depth + 1);
    if (!Array.isArray(value)) bytes += utf8Bytes(name);
  }
  return bytes;
}

/** One byte for two significant digits, aligned to the decimal point, one more, and one for the sign of a negative. */
function numberBytes(attribute: string, value: number): number {
  const magnitude = Math.abs(value);
  if (!(magnitude <= NUMBER_MAGNITUDE_MAX) || (magnitude < NUMBER_MAGNITUDE_MIN && magnitude !== 0)) {
    throw new ItemMalformed(attribute, "a number is finite and of a magnitude from 1e-130 to 9.99e125, or 0");
  }
  const digits = significantDigits(String(magnitude));
  return digits === 0 ? 1 : Math.floor(digits / 2) + 2 + (value < 0 ? 1 : 0);
}

/** From the first that is not 0 to the last. Character by character, since every write counts all numbers of its item. */
function significantDigits(decimal: string): number {
  let [digits, place] = [0, 0];
  for (let index = 0; index < decimal.length; index++) {
    const character = decimal.charCodeAt(index);
    if (character === EXPONENT) break;
    if (character === POINT || (place === 0 && character === ZERO)) continue;
    place++;
    if (character !== ZERO) digits = place;
  }
  return digits;
}

const [EXPONENT, POINT, ZERO] = [0x65, 0x2e, 0x30];

function checkExpiry(expiresAtEpochSeconds: unknown): void {
  if (expiresAtEpochSeconds === undefined || Number.isSafeInteger(expiresAtEpochSeconds)) return;
  throw new ItemMalformed("expiresAtEpochSeconds", "whole seconds since the epoch");
}
