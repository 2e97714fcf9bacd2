import { expect, test } from "vitest";
import { ITEM_BYTES_MAX } from "../../../../layers/core/ports/table.ts";
import { RECIPE_OPERATIONS_MAX } from "../../../../layers/core/recipe/limits.ts";
import {
  ANSWER_BYTES_MAX,
  BAKE_STEPS_MAX,
  BATCH_CALLS_MAX,
  BATCH_PARALLEL_MAX,
  CACHE_GENERATION_TTL_MS,
  CACHED_BAKE_BYTES_MAX,
  CACHED_BAKE_TTL_MS,
  CACHED_BAKES_BYTES_MAX,
  IMPORT_CHARACTERS_MAX,
  INPUT_BYTES_MAX,
  RUNNING_CALLS_MAX,
  WAITING_CALLS_MAX,
} from "../../../../layers/cyberchef/tools/limits.ts";
import { BODY_BYTES_MAX } from "../../../../layers/http/limits.ts";
import { REPLY_BYTES_MAX } from "../../../../layers/mcp/limits.ts";

test("limits that clients rely on are as they know them", () => {
  expect([BATCH_CALLS_MAX, BAKE_STEPS_MAX, RUNNING_CALLS_MAX]).toEqual([100, 100, 10]);
});

test("the largest input fits into a request, and the largest answer into a reply", () => {
  expect(INPUT_BYTES_MAX).toBeLessThan(BODY_BYTES_MAX);
  expect(ANSWER_BYTES_MAX).toBeLessThan(REPLY_BYTES_MAX);
});

test("a saved recipe can be baked, and whatever can be saved can be imported", () => {
  expect(RECIPE_OPERATIONS_MAX).toBeLessThanOrEqual(BAKE_STEPS_MAX);
  expect(IMPORT_CHARACTERS_MAX).toBeGreaterThan(ITEM_BYTES_MAX);
});

test("one batch leaves a tenant places for other calls, and all of its calls may wait", () => {
  expect(BATCH_PARALLEL_MAX).toBeLessThan(RUNNING_CALLS_MAX);
  expect(WAITING_CALLS_MAX).toBeGreaterThanOrEqual(BATCH_PARALLEL_MAX * RUNNING_CALLS_MAX);
});

test("results outlive neither their bounds nor the word that finds them", () => {
  expect(CACHED_BAKE_BYTES_MAX).toBeLessThan(CACHED_BAKES_BYTES_MAX);
  expect(CACHED_BAKE_TTL_MS).toBeLessThan(CACHE_GENERATION_TTL_MS);
});
