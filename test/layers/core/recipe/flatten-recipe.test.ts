import { expect, test } from "vitest";
import { type Composition, flattenRecipe } from "../../../../layers/core/recipe/flatten-recipe.ts";
import { RECIPE_DEPTH_MAX, RECIPE_REFERENCES_MAX, RECIPE_STEPS_MAX } from "../../../../layers/core/recipe/limits.ts";
import type { RecipeStep } from "../../../../layers/core/recipe/recipe.ts";
import { ok, refused } from "../../../../layers/core/result.ts";

/** A shelf of recipes by id, which also tells what was read from it. */
function shelf(recipes: Readonly<Record<string, readonly RecipeStep[]>>) {
  const reads: string[] = [];
  const find = async (id: string): Promise<Composition | undefined> => {
    reads.push(id);
    const operations = recipes[id];
    return operations === undefined ? undefined : { id, operations };
  };
  return { find, reads };
}

/** `r0` refers to `r1`, and so on; the last is one operation. */
function chain(length: number): Record<string, readonly RecipeStep[]> {
  const links = Array.from({ length }, (_, at) => [`r${at}`, [{ recipe: `r${at + 1}` }]] as const);
  return { ...Object.fromEntries(links), [`r${length}`]: [{ op: "MD5" }] };
}

test("steps of referred recipes stand where the reference stood, with the arguments they were given", async () => {
  const { find } = shelf({
    inner: [
      { op: "B", args: { x: 1 } },
      { op: "C", args: [2] },
    ],
  });

  const steps = await flattenRecipe({ operations: [{ op: "A" }, { recipe: "inner" }, { op: "D" }] }, find);

  expect(steps).toEqual(
    ok([{ operation: "A" }, { operation: "B", args: { x: 1 } }, { operation: "C", args: [2] }, { operation: "D" }]),
  );
});

test("disabled steps are left out, and what they refer to is not read", async () => {
  const { find, reads } = shelf({});

  const steps = await flattenRecipe(
    {
      operations: [
        { op: "A", disabled: true },
        { recipe: "gone", disabled: true },
        { op: "B", breakpoint: true },
      ],
    },
    find,
  );

  expect(steps).toEqual(ok([{ operation: "B" }]));
  expect(reads).toEqual([]);
});

test("a recipe that is referred to often is read once", async () => {
  const { find, reads } = shelf({ inner: [{ op: "A" }] });

  const steps = await flattenRecipe({ operations: Array(50).fill({ recipe: "inner" }) }, find);

  expect(steps).toEqual(ok(Array(50).fill({ operation: "A" })));
  expect(reads).toEqual(["inner"]);
});

test("a reference to nothing is refused by its id", async () => {
  const steps = await flattenRecipe({ operations: [{ recipe: "gone" }] }, shelf({}).find);

  expect(steps).toEqual(refused({ reason: "recipe_unknown", recipeId: "gone" }));
});

test("recipes nest to the allowed depth and no deeper", async () => {
  const deepest = chain(RECIPE_DEPTH_MAX);
  const tooDeep = chain(RECIPE_DEPTH_MAX + 1);

  const taken = await flattenRecipe({ id: "r0", operations: deepest.r0 ?? [] }, shelf(deepest).find);
  const denied = await flattenRecipe({ id: "r0", operations: tooDeep.r0 ?? [] }, shelf(tooDeep).find);

  expect(taken).toEqual(ok([{ operation: "MD5" }]));
  expect(denied).toEqual(refused({ reason: "recipe_too_deep", depthMax: RECIPE_DEPTH_MAX }));
});

test("a recipe that refers to itself is refused", async () => {
  const steps = await flattenRecipe({ id: "r", operations: [{ recipe: "r" }] }, shelf({}).find);

  expect(steps).toEqual(refused({ reason: "recipe_cycle", path: ["r", "r"] }));
});

test("a cycle below a recipe that is not saved is refused with its path", async () => {
  const { find } = shelf({ a: [{ recipe: "b" }], b: [{ recipe: "a" }] });

  const steps = await flattenRecipe({ operations: [{ recipe: "a" }] }, find);

  expect(steps).toEqual(refused({ reason: "recipe_cycle", path: ["a", "b", "a"] }));
});

test("two recipes may both refer to a third", async () => {
  const { find } = shelf({ a: [{ recipe: "c" }], b: [{ recipe: "c" }], c: [{ op: "C" }] });

  const steps = await flattenRecipe({ operations: [{ recipe: "a" }, { recipe: "b" }] }, find);

  expect(steps).toEqual(ok([{ operation: "C" }, { operation: "C" }]));
});

test("steps are counted over all levels, up to the limit", async () => {
  const { find } = shelf({ ten: Array(9).fill({ op: "A" }) });
  const operations = (count: number) => Array(count).fill({ recipe: "ten" });

  const taken = await flattenRecipe({ operations: operations(RECIPE_STEPS_MAX / 10) }, find);
  const denied = await flattenRecipe({ operations: operations(RECIPE_STEPS_MAX / 10 + 1) }, find);

  expect(taken.ok).toBe(true);
  expect(denied).toEqual(refused({ reason: "recipe_too_long", stepsMax: RECIPE_STEPS_MAX }));
});

test("references that branch without adding a step end at the limit of steps", async () => {
  const wide = (id: string) => Array<RecipeStep>(100).fill({ recipe: id });
  const { find } = shelf({ a: wide("b"), b: wide("c"), c: wide("d"), d: [{ op: "A", disabled: true }] });

  const steps = await flattenRecipe({ operations: wide("a") }, find);

  expect(steps).toEqual(refused({ reason: "recipe_too_long", stepsMax: RECIPE_STEPS_MAX }));
});

test("a composition reads a bounded number of recipes", async () => {
  const group = (name: string, count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, at) => [`${name}${at}`, [{ op: "A" }]]));
  const all = { ...group("a", 60), ...group("b", 60) };
  const referTo = (names: string[]) => names.map((recipe) => ({ recipe }));
  const { find, reads } = shelf({ ...all, left: referTo(Object.keys(all)) });

  const steps = await flattenRecipe({ operations: [{ recipe: "left" }] }, find);

  expect(steps).toEqual(refused({ reason: "recipe_references_too_many", referencesMax: RECIPE_REFERENCES_MAX }));
  expect(reads).toHaveLength(RECIPE_REFERENCES_MAX);
});
