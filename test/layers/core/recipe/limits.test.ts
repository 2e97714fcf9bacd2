import { expect, test } from "vitest";
import { ITEM_BYTES_MAX, QUERY_LIMIT_MAX } from "../../../../layers/core/ports/table.ts";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import {
  DELETED_KEPT_SECONDS,
  LIST_CHARACTERS_MAX,
  LIST_ITEMS_DEFAULT,
  LIST_ITEMS_MAX,
  LIST_PAGE_ITEMS,
  LIST_PAGES_MAX,
  RECIPE_COUNT_MAX,
  RECIPE_DEPTH_MAX,
  RECIPE_OPERATIONS_MAX,
  RECIPE_STEPS_MAX,
  UPDATE_ATTEMPTS_MAX,
  UPDATE_WAIT_MS_MAX,
} from "../../../../layers/core/recipe/limits.ts";

test("limits that clients rely on are as they know them", () => {
  expect([RECIPE_COUNT_MAX, RECIPE_OPERATIONS_MAX, RECIPE_DEPTH_MAX]).toEqual([10_000, 100, 5]);
});

test("a full tenant's recipes are listed within the pages allowed", () => {
  expect(LIST_PAGE_ITEMS).toBeLessThanOrEqual(QUERY_LIMIT_MAX);
  expect(LIST_PAGE_ITEMS * LIST_PAGES_MAX).toBeGreaterThanOrEqual(2 * RECIPE_COUNT_MAX);
  expect(LIST_ITEMS_DEFAULT).toBeLessThanOrEqual(LIST_ITEMS_MAX);
});

test("a list always has room for the largest recipe", () => {
  expect(LIST_CHARACTERS_MAX).toBeGreaterThan(ITEM_BYTES_MAX);
});

test("a recipe without references is never too long to be laid out", () => {
  expect(RECIPE_STEPS_MAX).toBeGreaterThanOrEqual(RECIPE_OPERATIONS_MAX);
});

test("all attempts of an update take less time than a call has", () => {
  expect(UPDATE_ATTEMPTS_MAX * UPDATE_WAIT_MS_MAX).toBeLessThan(CALL_DURATION_MS_MAX);
});

test("a deletion is remembered longer than its call can be run again", () => {
  expect(DELETED_KEPT_SECONDS * 1000).toBeGreaterThan(CALL_DURATION_MS_MAX);
});
