import * as z from "zod";
import { LIST_ITEMS_DEFAULT, LIST_ITEMS_MAX, RECIPE_COUNT_MAX } from "../../core/recipe/limits.ts";
import { parseChange, recipeSchemas } from "../../core/recipe/recipe.ts";
import { refused } from "../../core/result.ts";
import { type Answer, type ChefTool, chefTool } from "./chef-tool.ts";
import type { Cookbook } from "./cookbook.ts";
import { recipeFailure } from "./failure-of.ts";
import { json } from "./json-answer.ts";
import type { Meterage } from "./metered-call.ts";

export const recipeId = () =>
  z.uuid().describe("Recipe id, as cyberchef_recipe_create and cyberchef_recipe_list give it");

export const recipeOperations = () =>
  recipeSchemas().draft.shape.operations.describe(
    "The steps, in order. Each is an operation, {op, args}, with arguments by name or by position, " +
      "or another saved recipe, {recipe: id}",
  );

function recipeFields() {
  const { name, description, tags, metadata } = recipeSchemas().draft.shape;
  return {
    name: name.describe("Recipe name"),
    description: description.describe("What the recipe is for"),
    operations: recipeOperations(),
    tags: tags.describe("Words to find it by"),
    metadata: metadata.describe("Category, and complexity or time where known better than by estimate"),
  };
}

/** Saving recipes and finding them again. */
export function recipeTools(meterage: Meterage, cookbook: Cookbook): readonly ChefTool[] {
  return [
    createTool(meterage, cookbook),
    getTool(meterage, cookbook),
    listTool(meterage, cookbook),
    updateTool(meterage, cookbook),
    deleteTool(meterage, cookbook),
  ];
}

function createTool(meterage: Meterage, cookbook: Cookbook): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_recipe_create",
    title: "Save a recipe",
    description:
      "Saves a recipe under a name, to be run later with cyberchef_recipe_execute or used as a step of other recipes. " +
      `Names and arguments of its operations are checked. At most ${RECIPE_COUNT_MAX} recipes are kept. ` +
      "Answers with the recipe as JSON, with its id.",
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    rerunnable: true,
    input: () =>
      z.strictObject({
        ...recipeFields(),
        author: recipeSchemas().draft.shape.author.describe("Author's e-mail address"),
      }),
    async run(draft, call): Promise<Answer> {
      const created = await cookbook.create(draft, call);
      return created.ok ? json(created.value) : created;
    },
  });
}

function getTool(meterage: Meterage, cookbook: Cookbook): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_recipe_get",
    title: "Read a recipe",
    description: "Answers with a saved recipe as JSON.",
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: () => z.object({ id: recipeId() }),
    async run({ id }, call): Promise<Answer> {
      const recipe = await cookbook.get(call.tenantId, id);
      return recipe.ok ? json(recipe.value) : recipe;
    },
  });
}

function listTool(meterage: Meterage, cookbook: Cookbook): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_recipe_list",
    title: "List recipes",
    description:
      "Lists saved recipes as a JSON array, in the order of their ids. Filters can be joined; " +
      `without a limit the first ${LIST_ITEMS_DEFAULT} come. A list shorter than the limit is the end.`,
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: () =>
      z.object({
        tag: z.string().optional().describe("Only recipes with this tag"),
        category: z.string().optional().describe("Only recipes of this category"),
        search: z
          .string()
          .optional()
          .describe("Only recipes with this text in name, description or a tag, in any case"),
        limit: z.int().min(1).max(LIST_ITEMS_MAX).optional().describe("How many at most"),
        offset: z.int().min(0).max(RECIPE_COUNT_MAX).optional().describe("How many to leave out from the start"),
      }),
    async run(filter, call): Promise<Answer> {
      const recipes = await cookbook.store.list(call.tenantId, filter);
      return recipes.ok ? json(recipes.value) : refused(recipeFailure(recipes.problem));
    },
  });
}

function updateTool(meterage: Meterage, cookbook: Cookbook): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_recipe_update",
    title: "Change a recipe",
    description:
      "Changes a saved recipe: what is given replaces what was there, what is left out stays (metadata is merged). " +
      "The last number of its version goes up by one. Answers with the recipe as JSON.",
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
    rerunnable: true,
    input: () =>
      z
        .strictObject({ id: recipeId(), ...recipeFields() })
        .partial()
        .required({ id: true }),
    async run({ id, ...given }, call): Promise<Answer> {
      const change = parseChange(given);
      if (!change.ok) return refused(recipeFailure(change.problem));
      const updated = await cookbook.update(id, change.value, call);
      return updated.ok ? json(updated.value) : updated;
    },
  });
}

function deleteTool(meterage: Meterage, cookbook: Cookbook): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_recipe_delete",
    title: "Delete a recipe",
    description: "Deletes a saved recipe for good. Recipes that refer to it can't run afterwards.",
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    rerunnable: true,
    input: () => z.object({ id: recipeId() }),
    async run({ id }, call): Promise<Answer> {
      const deleted = await cookbook.store.delete(call.tenantId, id, call.callId);
      return deleted.ok ? json({ success: true, id }) : refused(recipeFailure(deleted.problem));
    },
  });
}
