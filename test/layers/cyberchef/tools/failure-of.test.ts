import { expect, test } from "vitest";
import type { BakeProblem } from "../../../../layers/core/recipe/baker.ts";
import { failureText } from "../../../../layers/cyberchef/tools/chef-failure.ts";
import { bakeFailure, type RecipeProblem, recipeFailure } from "../../../../layers/cyberchef/tools/failure-of.ts";

const ID = "0b7e0f6a-6f0a-4c6e-8d7f-3a1f5f7c9d21";

test.each<[BakeProblem, string, RegExp]>([
  [{ reason: "operation_unknown", operation: "MD", suggestions: ["MD5"] }, "UNSUPPORTED_OPERATION", /"MD"/],
  [{ reason: "operation_unsupported", operation: "HTTP request", why: "network" }, "UNSUPPORTED_OPERATION", /network/],
  [
    { reason: "argument_invalid", operation: "AES", argument: "mode", why: "one of" },
    "INVALID_INPUT",
    /"mode".*one of/,
  ],
  [{ reason: "operation_failed", operation: "Gunzip", message: "not gzip" }, "OPERATION_FAILED", /Gunzip: not gzip/],
  [{ reason: "timeout", timeoutMs: 30_000 }, "TIMEOUT", /30000 ms/],
  [{ reason: "out_of_memory", bytesMax: 1024 }, "OUT_OF_MEMORY", /1024 bytes/],
  [{ reason: "busy", retryAfterSeconds: 3 }, "INVALID_INPUT", /Retry after 3 seconds\.$/],
  [{ reason: "cancelled" }, "OPERATION_FAILED", /cancelled/],
])("the bake's refusal %j is told as %s", (problem, code, message) => {
  expect(bakeFailure(problem)).toMatchObject({ code, message: expect.stringMatching(message) });
});

test.each<[RecipeProblem, RegExp]>([
  [{ reason: "recipe_unknown", recipeId: ID }, new RegExp(`^Recipe not found: ${ID}$`)],
  [{ reason: "recipe_malformed", flaws: [{ path: "name", message: "too long" }] }, /name: too long/],
  [{ reason: "recipe_malformed", flaws: [{ path: "", message: "no object" }] }, /^Invalid recipe: no object$/],
  [{ reason: "recipe_cycle", path: [ID, ID] }, /^Circular dependency/],
  [{ reason: "recipe_too_deep", depthMax: 5 }, /^Recipe nesting exceeds maximum depth of 5$/],
  [{ reason: "recipe_too_long", stepsMax: 1000 }, /1000 steps/],
  [{ reason: "recipe_references_too_many", referencesMax: 100 }, /100 other recipes/],
  [{ reason: "quota_reached", quota: "recipes", limit: 10_000 }, /^Recipe storage is full \(maximum 10000 recipes\)$/],
  [{ reason: "recipe_too_large", bytes: 500_000, bytesMax: 409_600 }, /500000 bytes.*409600/],
  [{ reason: "recipe_contended", attempts: 64 }, /nothing was changed/],
  [{ reason: "recipe_list_too_large", fittingCount: 3 }, /too much for one answer/],
  [{ reason: "recipe_list_unfinished", pagesMax: 400 }, /400 pages/],
])("the recipe's refusal %j is told as INVALID_INPUT", (problem, message) => {
  expect(recipeFailure(problem)).toMatchObject({
    code: "INVALID_INPUT",
    message: expect.stringMatching(message),
  });
});

test("a failure reads as clients know it: code, context, numbered suggestions, time", () => {
  const failure = {
    code: "TIMEOUT",
    message: "too slow",
    context: { timeoutMs: 5, operation: "MD5" },
    suggestions: ["be quick", "be small"],
  } as const;

  expect(failureText(failure, Date.UTC(2027, 0, 1))).toBe(
    'Error [TIMEOUT]: too slow\n\nContext:\n  - timeoutMs: 5\n  - operation: "MD5"\n\n' +
      "Suggestions:\n  1. be quick\n  2. be small\n\nTimestamp: 2027-01-01T00:00:00.000Z",
  );
});

test("a failure without context and suggestions has neither heading, and a long context is cut", () => {
  const bare = failureText({ code: "INVALID_INPUT", message: "no", context: {} }, 0);
  const long = failureText({ code: "INVALID_INPUT", message: "no", context: { input: "x".repeat(5000) } }, 0);

  expect(bare).toBe("Error [INVALID_INPUT]: no\n\nTimestamp: 1970-01-01T00:00:00.000Z");
  expect(long.length).toBeLessThan(500);
});
