import { expect, test } from "vitest";
import type { Json } from "../../../../layers/core/ports/table.ts";
import { ItemMalformed, itemBytes } from "../../../../layers/core/store/item-size.ts";

/** What the attribute `a` adds to a bare item: `pk` + `p` + `sk` + `s` are 6 bytes, its name is one. */
const bytesOf = (a: Json): number => itemBytes({ pk: "p", sk: "s", a }) - 7;

// DynamoDB developer guide, "DynamoDB item sizes and formats".
test.each<[string, Json, number]>([
  ["an empty text", "", 0],
  ["a text by its UTF-8 bytes", "aé😀", 7],
  ["null", null, 1],
  ["true", true, 1],
  ["zero", 0, 1],
  ["a digit", 7, 2],
  ["trailing zeros not at all", 7_000_000, 2],
  ["leading zeros not at all", 0.0007, 2],
  ["two digits, which may stand in two bytes", 12, 3],
  ["a sign", -7, 3],
  ["the most digits that a double has", 0.12345678901234568, 10],
  ["an empty list", [], 3],
  ["a list's elements, and one byte for each", ["ab", null], 8],
  ["an empty map", {}, 3],
  ["a map's names and values, and one byte for each pair", { ab: "c" }, 7],
])("counted: %s", (_, value, bytes) => {
  expect(bytesOf(value)).toBe(bytes);
});

test("an attribute that is undefined counts nothing", () => {
  expect(itemBytes({ pk: "p", sk: "s", a: undefined })).toBe(6);
});

test("an expiry is a whole second or is not there", () => {
  expect(itemBytes({ pk: "p", sk: "s", expiresAtEpochSeconds: 0 })).toBeGreaterThan(6);
  for (const expiresAtEpochSeconds of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    expect(() => itemBytes({ pk: "p", sk: "s", expiresAtEpochSeconds })).toThrow(ItemMalformed);
  }
});

test("numbers are taken up to DynamoDB's greatest and smallest and no further", () => {
  for (const within of [9.99e125, -9.99e125, 1e-130, 0, -0]) expect(bytesOf(within)).toBeGreaterThan(0);
  for (const beyond of [1e126, -1e126, 9e-131, Number.NaN]) expect(() => bytesOf(beyond)).toThrow(ItemMalformed);
});
