import { ok, type Result, refused } from "../result.ts";
import type { BakeStep } from "./baker.ts";
import { RECIPE_DEPTH_MAX, RECIPE_REFERENCES_MAX, RECIPE_STEPS_MAX } from "./limits.ts";
import type { RecipeStep } from "./recipe.ts";

export type CompositionProblem =
  | { readonly reason: "recipe_unknown"; readonly recipeId: string }
  /** From the first recipe to the one that is met again. */
  | { readonly reason: "recipe_cycle"; readonly path: readonly string[] }
  | { readonly reason: "recipe_too_deep"; readonly depthMax: number }
  | { readonly reason: "recipe_too_long"; readonly stepsMax: number }
  | { readonly reason: "recipe_references_too_many"; readonly referencesMax: number };

/** A recipe to lay out; one that is not saved has no id, and none can refer to it. */
export interface Composition {
  readonly id?: string;
  readonly operations: readonly RecipeStep[];
}

/**
 * Lays a recipe and all the recipes it refers to out as one list of steps, without the disabled ones.
 *
 * Each referred recipe is read once. Nothing is promised about a recipe that changes meanwhile: it is taken as read.
 */
export async function flattenRecipe(
  recipe: Composition,
  find: (recipeId: string) => Promise<Composition | undefined>,
): Promise<Result<readonly BakeStep[], CompositionProblem>> {
  const found = new Map<string, Composition>();
  const steps: BakeStep[] = [];
  let lookedAt = 0;

  const read = async (recipeId: string): Promise<Result<Composition, CompositionProblem>> => {
    const known = found.get(recipeId);
    if (known !== undefined) return ok(known);
    if (found.size >= RECIPE_REFERENCES_MAX) {
      return refused({ reason: "recipe_references_too_many", referencesMax: RECIPE_REFERENCES_MAX });
    }
    const fresh = await find(recipeId);
    if (fresh === undefined) return refused({ reason: "recipe_unknown", recipeId });
    found.set(recipeId, fresh);
    return ok(fresh);
  };

  const layOut = async (
    operations: readonly RecipeStep[],
    path: readonly string[],
    depth: number,
  ): Promise<CompositionProblem | undefined> => {
    for (const step of operations) {
      lookedAt += 1;
      if (lookedAt > RECIPE_STEPS_MAX) return { reason: "recipe_too_long", stepsMax: RECIPE_STEPS_MAX };
      if (step.disabled === true) continue;
      if (step.op !== undefined) {
        steps.push({ operation: step.op, ...(step.args === undefined ? {} : { args: step.args }) });
      }
      if (step.recipe === undefined) continue;
      const below = [...path, step.recipe];
      if (path.includes(step.recipe)) return { reason: "recipe_cycle", path: below };
      if (depth === RECIPE_DEPTH_MAX) return { reason: "recipe_too_deep", depthMax: RECIPE_DEPTH_MAX };
      const inner = await read(step.recipe);
      const problem = inner.ok ? await layOut(inner.value.operations, below, depth + 1) : inner.problem;
      if (problem !== undefined) return problem;
    }
    return undefined;
  };

  const problem = await layOut(recipe.operations, recipe.id === undefined ? [] : [recipe.id], 0);
  return problem === undefined ? ok(steps) : refused(problem);
}
