import * as z from "zod";
import { inParallel } from "../../core/in-parallel.ts";
import { parseDraft, type RecipeDraft } from "../../core/recipe/recipe.ts";
import { complexityOf } from "../../core/recipe/recipe-rules.ts";
import { type Result, refused } from "../../core/result.ts";
import type { Bakery } from "./bakery.ts";
import type { ChefFailure } from "./chef-failure.ts";
import { type Answer, type ChefCall, type ChefTool, chefTool } from "./chef-tool.ts";
import type { Cookbook } from "./cookbook.ts";
import { recipeFailure } from "./failure-of.ts";
import { json } from "./json-answer.ts";
import { BATCH_PARALLEL_MAX, TEST_INPUTS_MAX } from "./limits.ts";
import type { Meterage } from "./metered-call.ts";
import type { NamedStep } from "./operation-book.ts";
import { recipeId, recipeOperations } from "./recipe-tools.ts";

const readOnly = { readOnlyHint: true, openWorldHint: false } as const;

/** A recipe that is not saved. Whole recipes, as an export gives them, are taken too. */
const unsavedRecipe = () =>
  z
    .looseObject({ name: z.string().describe("Recipe name"), operations: recipeOperations() })
    .describe("The recipe: a name and its operations");

/** Running recipes, and trying them out before they are saved. */
export function recipeRunTools(meterage: Meterage, cookbook: Cookbook, bakery: Bakery): readonly ChefTool[] {
  return [
    executeTool(meterage, cookbook, bakery),
    validateTool(meterage, cookbook),
    testTool(meterage, cookbook, bakery),
  ];
}

function executeTool(meterage: Meterage, cookbook: Cookbook, bakery: Bakery): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_recipe_execute",
    title: "Run a recipe",
    description: "Runs data through a saved recipe, and through those it refers to. Answers with the output as text.",
    annotations: readOnly,
    input: () => z.object({ id: recipeId(), input: z.string().describe("The data") }),
    async run({ id, input }, call): Promise<Answer> {
      const recipe = await cookbook.get(call.tenantId, id);
      if (!recipe.ok) return recipe;
      const steps = await cookbook.layOut(call.tenantId, recipe.value);
      return steps.ok ? bakery.bakeNamed(input, steps.value, call) : steps;
    },
  });
}

function validateTool(meterage: Meterage, cookbook: Cookbook): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_recipe_validate",
    title: "Check a recipe",
    description:
      "Checks a recipe without saving or running it: its form, the names and arguments of its operations, and the " +
      "recipes it refers to. Answers with JSON: whether it is valid, and if not why.",
    annotations: readOnly,
    input: () => z.object({ recipe: z.looseObject({}).describe("The recipe: {name, operations}") }),
    async run({ recipe }, call): Promise<Answer> {
      const read = await readUnsaved(cookbook, recipe, call);
      if (!read.ok) return json({ valid: false, error: read.problem.message, details: read.problem.context ?? {} });
      const { operations } = read.value.draft;
      return json({ valid: true, complexity: complexityOf(operations), operationCount: operations.length });
    },
  });
}

function testTool(meterage: Meterage, cookbook: Cookbook, bakery: Bakery): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_recipe_test",
    title: "Try a recipe",
    description:
      "Runs a recipe that is not saved over several inputs. Answers with JSON: each input with its output or its error.",
    annotations: readOnly,
    input: () =>
      z.object({
        recipe: unsavedRecipe(),
        testInputs: z.array(z.string()).max(TEST_INPUTS_MAX).describe("The inputs to try it on"),
      }),
    async run({ recipe, testInputs }, call): Promise<Answer> {
      const read = await readUnsaved(cookbook, recipe, call);
      if (!read.ok) return read;
      let done = 0;
      const limits = { parallelMax: BATCH_PARALLEL_MAX, signal: call.signal };
      const outcomes = await inParallel(testInputs, limits, async (input) => {
        const baked = await bakery.bakeNamed(input, read.value.steps, call);
        done += 1;
        call.progress(done, testInputs.length);
        return baked;
      });
      const results = testInputs.map((input, index) => testResult(input, outcomes[index]));
      const passed = results.filter(({ success }) => success).length;
      return json({ totalTests: results.length, passed, failed: results.length - passed, results });
    },
  });
}

function testResult(input: string, outcome: Answer | undefined) {
  if (outcome === undefined) return { input, error: "The call was cancelled before this input", success: false };
  if (!outcome.ok) return { input, error: outcome.problem.message, success: false };
  return { input, output: outcome.value, success: true };
}

/** Set by the store when a recipe is saved, so a recipe given as a whole may hold them. */
const SET_WHEN_SAVED = new Set(["id", "created", "updated"]);

async function readUnsaved(
  cookbook: Cookbook,
  given: Readonly<Record<string, unknown>>,
  call: ChefCall,
): Promise<Result<{ readonly draft: RecipeDraft; readonly steps: readonly NamedStep[] }, ChefFailure>> {
  const draft = parseDraft(Object.fromEntries(Object.entries(given).filter(([name]) => !SET_WHEN_SAVED.has(name))));
  if (!draft.ok) return refused(recipeFailure(draft.problem));
  const steps = await cookbook.layOut(call.tenantId, draft.value);
  return steps.ok ? { ok: true, value: { draft: draft.value, steps: steps.value } } : steps;
}
