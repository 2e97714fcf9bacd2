import { BLOB_KEY_BYTES_MAX, LIST_LIMIT_MAX, PART_BYTES_MIN, PARTS_MAX, type PartInvalid } from "../ports/blob.ts";
import { utf8Bytes } from "./key-order.ts";

/** A key no store can hold, or a number no store takes. A caller's mistake, so a fault. */
export class BlobMalformed extends Error {
  readonly code = "blob_malformed";
  constructor(part: string, allowed: string) {
    super(`${part} is not ${allowed}`);
    this.name = "BlobMalformed";
  }
}

/** @throws {BlobMalformed} */
export function checkBlobKey(key: string): void {
  if (key !== "" && utf8Bytes(key) <= BLOB_KEY_BYTES_MAX && key.isWellFormed()) return;
  throw new BlobMalformed("key", `well-formed Unicode of 1 to ${BLOB_KEY_BYTES_MAX} bytes`);
}

/** @throws {BlobMalformed} */
export function checkListLimit(limit: number): void {
  checkWhole("limit", limit, { min: 1, max: LIST_LIMIT_MAX });
}

/** @throws {BlobMalformed} */
export function checkPartNumber(number: number): void {
  checkWhole("part number", number, { min: 1, max: PARTS_MAX });
}

/** @throws {BlobMalformed} when a range counts from something else than 0. */
export function checkRange(range: { readonly first: number; readonly last?: number }): void {
  checkWhole("first", range.first, { min: 0, max: Number.MAX_SAFE_INTEGER });
  checkWhole("last", range.last ?? range.first, { min: 0, max: Number.MAX_SAFE_INTEGER });
}

/** The first part that is out of its order, or why there are none or too many; what only the store knows is left to it. */
export function misplacedPart(parts: readonly { readonly number: number }[]): PartInvalid | undefined {
  if (parts.length === 0) return { reason: "part_invalid", part: 1 };
  if (parts.length > PARTS_MAX) return { reason: "part_invalid", part: PARTS_MAX + 1 };
  const misplaced = parts.find(({ number }, index) => number <= (parts[index - 1]?.number ?? 0));
  return misplaced === undefined ? undefined : { reason: "part_invalid", part: misplaced.number };
}

/** Whether a part of this size may stand at this place. */
export function isPartLargeEnough(bytes: number, place: { readonly index: number; readonly count: number }): boolean {
  return bytes >= PART_BYTES_MIN || place.index === place.count - 1;
}

function checkWhole(name: string, value: number, range: { readonly min: number; readonly max: number }): void {
  if (Number.isSafeInteger(value) && value >= range.min && value <= range.max) return;
  throw new BlobMalformed(name, `a whole number from ${range.min} to ${range.max}`);
}
