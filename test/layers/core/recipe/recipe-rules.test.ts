import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RecipeStep } from "../../../../layers/core/recipe/recipe.ts";
import { changedRecipe, complexityOf, newRecipe, nextPatch } from "../../../../layers/core/recipe/recipe-rules.ts";

const ID = "0b7e0f6a-6f0a-4c6e-8d7f-3a1f5f7c9d21";
const MADE = { id: ID, atEpochMs: Date.UTC(2027, 0, 1) };

function steps(count: number, step: RecipeStep = { op: "To Hex" }): RecipeStep[] {
  return Array<RecipeStep>(count).fill(step);
}

describe("complexity", () => {
  test.each<[string, RecipeStep[], string]>([
    ["three light steps", steps(3), "low"],
    ["four light steps", steps(4), "medium"],
    ["ten light steps", steps(10), "medium"],
    ["eleven light steps", steps(11), "high"],
    ["one costly step", steps(1, { op: "Scrypt" }), "medium"],
    ["three costly steps", steps(3, { op: "Bcrypt" }), "medium"],
    ["four costly steps", steps(4, { op: "RSA Decrypt" }), "high"],
    ["one reference", steps(1, { recipe: ID }), "medium"],
    ["three references", steps(3, { recipe: ID }), "high"],
  ])("of %s", (_what, operations, complexity) => {
    expect(complexityOf(operations)).toBe(complexity);
  });
});

test("the patch is counted up as a number, and nothing else changes", () => {
  expect(nextPatch("1.4.9")).toBe("1.4.10");
  const part = fc.integer({ min: 0, max: 999_999_999 });
  fc.assert(
    fc.property(part, part, part, (major, minor, patch) => {
      expect(nextPatch(`${major}.${minor}.${patch}`)).toBe(`${major}.${minor}.${patch + 1}`);
    }),
  );
});

test("a new recipe has the first version, its times and an estimate of its complexity", () => {
  const recipe = newRecipe({ name: "n", operations: steps(4), tags: ["t"] }, MADE);

  expect(recipe).toEqual({
    id: ID,
    name: "n",
    tags: ["t"],
    version: "1.0.0",
    created: "2027-01-01T00:00:00.000Z",
    updated: "2027-01-01T00:00:00.000Z",
    operations: steps(4),
    metadata: { complexity: "medium" },
  });
});

test("a version and a complexity that were given are kept", () => {
  const draft = { name: "n", operations: steps(1), version: "3.2.1", metadata: { complexity: "high" as const } };

  expect(newRecipe(draft, MADE)).toMatchObject({ version: "3.2.1", metadata: { complexity: "high" } });
});

test("a change replaces what it names, keeps the rest, merges metadata and counts the version up", () => {
  const before = newRecipe({ name: "n", description: "d", operations: steps(1), metadata: { category: "c" } }, MADE);

  const after = changedRecipe(before, { name: "m", metadata: { estimatedTime: "1s" } }, MADE.atEpochMs + 1000);

  expect(after).toEqual({
    ...before,
    name: "m",
    version: "1.0.1",
    updated: "2027-01-01T00:00:01.000Z",
    metadata: { category: "c", estimatedTime: "1s", complexity: "low" },
  });
});

test("new operations get a new estimate, unless the change says how complex they are", () => {
  const before = newRecipe({ name: "n", operations: steps(1) }, MADE);

  const estimated = changedRecipe(before, { operations: steps(11) }, MADE.atEpochMs);
  const told = changedRecipe(before, { operations: steps(11), metadata: { complexity: "low" } }, MADE.atEpochMs);

  expect(estimated.metadata).toEqual({ complexity: "high" });
  expect(told.metadata).toEqual({ complexity: "low" });
});

test("a field that a change holds as undefined stays", () => {
  const before = newRecipe({ name: "n", description: "d", operations: steps(1) }, MADE);

  expect(changedRecipe(before, { name: "m", description: undefined }, MADE.atEpochMs).description).toBe("d");
});
