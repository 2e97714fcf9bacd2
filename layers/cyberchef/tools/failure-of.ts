import type { QuotaReached } from "../../core/quota/quotas.ts";
import type { BakeProblem } from "../../core/recipe/baker.ts";
import type { CompositionProblem } from "../../core/recipe/flatten-recipe.ts";
import type { RecipeMalformed } from "../../core/recipe/recipe.ts";
import type { ListProblem, RecipeContended, RecipeTooLarge, RecipeUnknown } from "../../core/recipe/recipe-store.ts";
import { unreachable } from "../../core/result.ts";
import { type ChefFailure, invalidInput } from "./chef-failure.ts";

/** What a bake's refusal tells the caller. */
export function bakeFailure(problem: BakeProblem): ChefFailure {
  switch (problem.reason) {
    case "operation_unknown":
      return operationUnknown(problem.operation, problem.suggestions);
    case "operation_unsupported":
      return {
        code: "UNSUPPORTED_OPERATION",
        message: `${problem.operation} can't run here: ${problem.why}`,
        context: { operation: problem.operation },
        suggestions: ["Find another operation with cyberchef_search"],
      };
    case "argument_invalid":
      return {
        code: "INVALID_INPUT",
        message: `Argument ${JSON.stringify(problem.argument)} of ${problem.operation}: ${problem.why}`,
        context: { operation: problem.operation, argument: problem.argument },
        suggestions: [`See the arguments with cyberchef_describe_operation {"operations":"${problem.operation}"}`],
      };
    case "operation_failed":
      return {
        code: "OPERATION_FAILED",
        message: `${problem.operation}: ${problem.message}`,
        context: { operation: problem.operation },
        suggestions: [
          "Check that the input is what this operation expects",
          "Run the recipe up to the step before, and look at what this one is given",
        ],
      };
    case "timeout":
      return {
        code: "TIMEOUT",
        message: `The recipe was not done after ${problem.timeoutMs} ms and was ended`,
        context: { timeoutMs: problem.timeoutMs },
        suggestions: [
          "Give a smaller input or split the recipe",
          "Look for a regular expression that backtracks, or a loop",
        ],
      };
    case "out_of_memory":
      return {
        code: "OUT_OF_MEMORY",
        message: `The recipe needed more than ${problem.bytesMax} bytes of memory and was ended`,
        context: { bytesMax: problem.bytesMax },
        suggestions: ["Give a smaller input", "Take less out of an archive or a compressed stream at a time"],
      };
    case "busy":
      return {
        code: "INVALID_INPUT",
        message: `All workers are busy. Retry after ${problem.retryAfterSeconds} seconds.`,
        context: { retryAfter: problem.retryAfterSeconds },
      };
    case "cancelled":
      return { code: "OPERATION_FAILED", message: "The call was cancelled before the recipe was done" };
    default:
      return unreachable(problem);
  }
}

function operationUnknown(operation: string, suggestions: readonly string[]): ChefFailure {
  return {
    code: "UNSUPPORTED_OPERATION",
    message: `There is no operation named ${JSON.stringify(operation)}`,
    context: { operation },
    suggestions: [
      ...(suggestions.length > 0
        ? [`Did you mean ${suggestions.map((name) => JSON.stringify(name)).join(" or ")}?`]
        : []),
      "Find the name with cyberchef_search",
    ],
  };
}

export type RecipeProblem =
  | CompositionProblem
  | RecipeMalformed
  | QuotaReached
  | RecipeUnknown
  | RecipeTooLarge
  | RecipeContended
  | ListProblem;

/** What the refusal of a saved recipe tells the caller. */
export function recipeFailure(problem: RecipeProblem): ChefFailure {
  switch (problem.reason) {
    case "recipe_unknown":
      return invalidInput(`Recipe not found: ${problem.recipeId}`, { recipeId: problem.recipeId });
    case "recipe_malformed": {
      const flaws = problem.flaws.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
      return invalidInput(`Invalid recipe: ${flaws.join("; ")}`, { flaws: problem.flaws.length });
    }
    case "recipe_cycle":
      return invalidInput("Circular dependency: the recipe would run itself", { path: problem.path });
    case "recipe_too_deep":
      return invalidInput(`Recipe nesting exceeds maximum depth of ${problem.depthMax}`, {
        maxDepth: problem.depthMax,
      });
    case "recipe_too_long":
      return invalidInput(`With the recipes it refers to, the recipe has more than ${problem.stepsMax} steps`);
    case "recipe_references_too_many":
      return invalidInput(`The recipe refers to more than ${problem.referencesMax} other recipes`);
    case "quota_reached":
      return {
        ...invalidInput(`Recipe storage is full (maximum ${problem.limit} recipes)`, {
          maxRecipes: problem.limit,
        }),
        suggestions: ["Delete recipes that are no longer used with cyberchef_recipe_delete"],
      };
    case "recipe_too_large":
      return invalidInput(`The recipe takes ${problem.bytes} bytes; at most ${problem.bytesMax} can be stored`);
    case "recipe_contended":
      return {
        ...invalidInput("Too many writers changed this recipe at the same time; nothing was changed by this call"),
        suggestions: ["Try again"],
      };
    case "recipe_list_too_large":
      return {
        ...invalidInput("The recipes asked for are too much for one answer", { fitting: problem.fittingCount }),
        suggestions: [`Ask for ${Math.max(1, problem.fittingCount)} at a time with limit and offset`],
      };
    case "recipe_list_unfinished":
      return invalidInput(`The list was not finished after ${problem.pagesMax} pages; ask for fewer with limit`);
    default:
      return unreachable(problem);
  }
}
