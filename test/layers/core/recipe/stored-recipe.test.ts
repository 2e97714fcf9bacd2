import { expect, test } from "vitest";
import { REMEMBERED_CALLS_MAX } from "../../../../layers/core/recipe/limits.ts";
import { newRecipe } from "../../../../layers/core/recipe/recipe-rules.ts";
import {
  deletedItem,
  readStored,
  StoredRecipeMalformed,
  savedItem,
} from "../../../../layers/core/recipe/stored-recipe.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const ID = "0b7e0f6a-6f0a-4c6e-8d7f-3a1f5f7c9d21";
const acme = tenant("acme");
const recipe = newRecipe({ name: "n", operations: [{ op: "MD5" }] }, { id: ID, atEpochMs: 0 });

test("the shape of a stored recipe is this one", () => {
  expect(savedItem(acme, { state: "saved", recipe, revision: 2, calls: ["c1", "c2"] })).toEqual({
    pk: "TENANT#acme#RECIPE",
    sk: ID,
    state: "saved",
    revision: 2,
    calls: ["c1", "c2"],
    document: JSON.stringify(recipe),
  });
  expect(deletedItem(acme, ID, { revision: 3, byCall: "c3", expiresAtEpochSeconds: 60 })).toEqual({
    pk: "TENANT#acme#RECIPE",
    sk: ID,
    state: "deleted",
    revision: 3,
    deletedByCall: "c3",
    expiresAtEpochSeconds: 60,
  });
});

test("what was written is read back", () => {
  const stored = { state: "saved", recipe, revision: 1, calls: ["c"] } as const;

  expect(readStored(savedItem(acme, stored))).toEqual(stored);
});

test("only the newest calls are remembered", () => {
  const calls = Array.from({ length: REMEMBERED_CALLS_MAX + 1 }, (_, at) => `c${at}`);

  const item = savedItem(acme, { state: "saved", recipe, revision: 1, calls });

  expect(item.calls).toEqual(calls.slice(1));
});

test.each([
  ["a revision of 0", { revision: 0 }],
  ["no document", { document: undefined }],
  ["a document that is not JSON", { document: "{" }],
  ["a document that is no recipe", { document: "{}" }],
  ["an unknown state", { state: "lost" }],
])("an item with %s is a fault, and names the recipe", (_what, changes) => {
  const item = { ...savedItem(acme, { state: "saved", recipe, revision: 1, calls: [] }), ...changes };

  expect(() => readStored(item)).toThrow(StoredRecipeMalformed);
  expect(() => readStored(item)).toThrow(ID);
});
