import { expect, test } from "vitest";
import { changeItem, checkChange } from "../../../../layers/core/store/item-change.ts";

const key = { pk: "p", sk: "s" };

test("a change leaves the item it was made from as it was", () => {
  const before = Object.freeze({ ...key, n: 1, list: Object.freeze([1]) });

  const after = changeItem(key, before, { set: { list: [2] }, add: { n: 1 }, remove: ["x"] });

  expect(after).toEqual({ ...key, n: 2, list: [2] });
  expect(before).toEqual({ ...key, n: 1, list: [1] });
});

test("adding counts from 0 where nothing is, and adds to numbers alone", () => {
  expect(changeItem(key, undefined, { add: { n: -2 } })).toEqual({ ...key, n: -2 });
  for (const stored of ["1", null, [1]]) {
    expect(() => changeItem(key, { ...key, n: stored }, { add: { n: 1 } })).toThrow("only a number can be added to");
  }
});

test("a change names each attribute once and never the key", () => {
  expect(() => checkChange({ set: { a: 1 }, add: { b: 1 }, remove: ["c"] })).not.toThrow();
  expect(() => checkChange({})).not.toThrow();
  for (const bad of [
    { set: { pk: "other" } },
    { add: { sk: 1 } },
    { set: { a: 1 }, remove: ["a"] },
    { add: { a: 1 }, remove: ["a"] },
    { remove: ["a", "a"] },
  ]) {
    expect(() => checkChange(bad)).toThrow("names each attribute once, and never the key");
  }
});
