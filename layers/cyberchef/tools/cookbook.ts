import { type Composition, flattenRecipe } from "../../core/recipe/flatten-recipe.ts";
import { RECIPE_COUNT_MAX } from "../../core/recipe/limits.ts";
import type { Recipe, RecipeChange, RecipeDraft } from "../../core/recipe/recipe.ts";
import type { RecipeStore } from "../../core/recipe/recipe-store.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import type { ChefFailure } from "./chef-failure.ts";
import type { ChefCall } from "./chef-tool.ts";
import { bakeFailure, recipeFailure } from "./failure-of.ts";
import type { NamedStep, OperationBook } from "./operation-book.ts";

/** Saved recipes as the tools use them: none is stored that could not run, and each is laid out before it runs. */
export class Cookbook {
  readonly #store: RecipeStore;
  readonly #book: OperationBook;

  constructor(deps: { readonly store: RecipeStore; readonly book: OperationBook }) {
    this.#store = deps.store;
    this.#book = deps.book;
  }

  get store(): RecipeStore {
    return this.#store;
  }

  async create(draft: RecipeDraft, call: ChefCall): Promise<Result<Recipe, ChefFailure>> {
    const sound = await this.layOut(call.tenantId, draft);
    if (!sound.ok) return sound;
    const created = await this.#store.create(call.tenantId, draft, {
      callId: call.callId,
      recipesMax: Math.min(call.limits.recipes, RECIPE_COUNT_MAX),
    });
    return created.ok ? created : refused(recipeFailure(created.problem));
  }

  async update(id: string, change: RecipeChange, call: ChefCall): Promise<Result<Recipe, ChefFailure>> {
    if (change.operations !== undefined) {
      const sound = await this.layOut(call.tenantId, { id, operations: change.operations });
      if (!sound.ok) return sound;
    }
    const updated = await this.#store.update(call.tenantId, id, { change, callId: call.callId });
    return updated.ok ? updated : refused(recipeFailure(updated.problem));
  }

  async get(tenantId: TenantId, id: string): Promise<Result<Recipe, ChefFailure>> {
    const recipe = await this.#store.get(tenantId, id);
    return recipe === undefined ? refused(recipeFailure({ reason: "recipe_unknown", recipeId: id })) : ok(recipe);
  }

  /**
   * All steps of a recipe in their order, those of the recipes it refers to included, with names and arguments that
   * exist. Two recipes saved at the same moment may yet refer to each other: that is found when either is laid out.
   */
  async layOut(tenantId: TenantId, recipe: Composition): Promise<Result<readonly NamedStep[], ChefFailure>> {
    const steps = await flattenRecipe(recipe, (id) => this.#store.get(tenantId, id));
    if (!steps.ok) return refused(recipeFailure(steps.problem));
    const named = this.#book.nameSteps(steps.value);
    return named.ok ? named : refused(bakeFailure(named.problem));
  }
}
