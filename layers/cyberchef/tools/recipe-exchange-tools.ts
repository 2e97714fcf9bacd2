import * as z from "zod";
import { flattenRecipe } from "../../core/recipe/flatten-recipe.ts";
import { parseDraft, type Recipe, type RecipeStep } from "../../core/recipe/recipe.ts";
import { ok, type Result, refused, unreachable } from "../../core/result.ts";
import type { ChefFailure } from "./chef-failure.ts";
import { invalidInput } from "./chef-failure.ts";
import { type Answer, type ChefCall, type ChefTool, chefTool } from "./chef-tool.ts";
import type { Cookbook } from "./cookbook.ts";
import { bakeFailure, recipeFailure } from "./failure-of.ts";
import { json } from "./json-answer.ts";
import type { Meterage } from "./metered-call.ts";
import type { OperationBook } from "./operation-book.ts";
import {
  type ExportedStep,
  exportCyberchef,
  exportJson,
  exportUrl,
  exportYaml,
} from "./recipe-format/recipe-export.ts";
import { type RecipeFormat, readImport } from "./recipe-format/recipe-import.ts";
import { recipeId } from "./recipe-tools.ts";

const FORMATS = ["json", "yaml", "url", "cyberchef"] as const satisfies readonly RecipeFormat[];

interface ExchangeDeps {
  readonly cookbook: Cookbook;
  readonly book: OperationBook;
}

/** Recipes on their way out of a tenant's store and into one. */
export function recipeExchangeTools(meterage: Meterage, deps: ExchangeDeps): readonly ChefTool[] {
  return [exportTool(meterage, deps), importTool(meterage, deps)];
}

function exportTool(meterage: Meterage, deps: ExchangeDeps): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_recipe_export",
    title: "Export a recipe",
    description:
      "Writes a saved recipe out as text to share: json and yaml hold all of it, url packs it into one " +
      "cyberchef:// link, and cyberchef is what CyberChef's web app loads (recipes it refers to are written out).",
    annotations: { readOnlyHint: true, openWorldHint: false },
    input: () => z.object({ id: recipeId(), format: z.enum(FORMATS).describe("Export format") }),
    async run({ id, format }, call): Promise<Answer> {
      const recipe = await deps.cookbook.get(call.tenantId, id);
      return recipe.ok ? exportAs(recipe.value, format, deps, call) : recipe;
    },
  });
}

async function exportAs(recipe: Recipe, format: RecipeFormat, deps: ExchangeDeps, call: ChefCall): Promise<Answer> {
  switch (format) {
    case "json":
      return ok(exportJson(recipe));
    case "yaml":
      return ok(await exportYaml(recipe));
    case "url":
      return ok(exportUrl(recipe));
    case "cyberchef": {
      const steps = await chefSteps(recipe, deps, call);
      return steps.ok ? ok(exportCyberchef(steps.value)) : steps;
    }
    default:
      return unreachable(format);
  }
}

/** CyberChef knows neither references nor arguments by name: the former are laid out, the latter put in order. */
async function chefSteps(
  recipe: Recipe,
  deps: ExchangeDeps,
  call: ChefCall,
): Promise<Result<readonly ExportedStep[], ChefFailure>> {
  const exported: ExportedStep[] = [];
  for (const step of recipe.operations) {
    const flags = {
      ...(step.disabled === undefined ? {} : { disabled: step.disabled }),
      ...(step.breakpoint === undefined ? {} : { breakpoint: step.breakpoint }),
    };
    const laidOut = await flattenRecipe({ id: recipe.id, operations: [enabled(step)] }, (id) =>
      deps.cookbook.store.get(call.tenantId, id),
    );
    if (!laidOut.ok) return refused(recipeFailure(laidOut.problem));
    const named = deps.book.nameSteps(laidOut.value);
    if (!named.ok) return refused(bakeFailure(named.problem));
    exported.push(...named.value.map(({ step, arranged }) => ({ op: step.operation, args: arranged, ...flags })));
  }
  return ok(exported);
}

function enabled({ disabled: _kept, ...step }: RecipeStep): RecipeStep {
  return step;
}

function importTool(meterage: Meterage, { cookbook }: ExchangeDeps): ChefTool {
  return chefTool(meterage, {
    name: "cyberchef_recipe_import",
    title: "Import a recipe",
    description:
      "Saves a recipe from text that cyberchef_recipe_export wrote. The format cyberchef also takes what CyberChef's " +
      "web app saves (its JSON and its Chef format), and url takes a link to the web app. " +
      "The recipe gets an id of its own. Answers with it as JSON.",
    annotations: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
    rerunnable: true,
    input: () =>
      z.object({
        data: z.string().describe("The exported text"),
        format: z.enum(FORMATS).describe("The format it is in"),
      }),
    async run({ data, format }, call): Promise<Answer> {
      const read = await readImport(data, format);
      if (!read.ok) return refused(invalidInput(`Failed to import recipe: ${read.problem.why}`, { format }));
      const draft = parseDraft(read.value);
      if (!draft.ok) return refused(recipeFailure(draft.problem));
      const created = await cookbook.create(draft.value, call);
      return created.ok ? json(created.value) : created;
    },
  });
}
