import * as z from "zod";
import { ok, type Result, refused } from "../result.ts";
import {
  ARGUMENT_DEPTH_MAX,
  OPERATION_NAME_CHARACTERS_MAX,
  RECIPE_CATEGORY_CHARACTERS_MAX,
  RECIPE_DESCRIPTION_CHARACTERS_MAX,
  RECIPE_NAME_CHARACTERS_MAX,
  RECIPE_OPERATIONS_MAX,
  RECIPE_TAG_CHARACTERS_MAX,
  RECIPE_TAG_COUNT_MAX,
} from "./limits.ts";

/** True when arrays and objects lie at most {@link ARGUMENT_DEPTH_MAX} deep; looks no deeper than that. */
function isShallow(value: unknown, depthLeft = ARGUMENT_DEPTH_MAX): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depthLeft > 0 && Object.values(value).every((inner) => isShallow(inner, depthLeft - 1));
}

/** Made at the first use, since a process that meets no recipe should start without the cost of their schemas. */
export function recipeSchemas(): RecipeSchemas {
  schemas ??= makeSchemas();
  return schemas;
}

let schemas: RecipeSchemas | undefined;
type RecipeSchemas = ReturnType<typeof makeSchemas>;

/**
 * One step: an operation of CyberChef (`op`), or another recipe of the tenant (`recipe`).
 * `disabled` steps are skipped; a `breakpoint` is kept for CyberChef's web app and stops nothing here.
 */
export type RecipeStep = z.infer<RecipeSchemas["step"]>;
export type RecipeMetadata = z.infer<RecipeSchemas["metadata"]>;
/** What a new recipe is made of. `version` is kept from an import, and 1.0.0 otherwise. */
export type RecipeDraft = z.infer<RecipeSchemas["draft"]>;
/** What an update may change. What is left out stays; `metadata` is merged, the rest is replaced. */
export type RecipeChange = z.infer<RecipeSchemas["change"]>;
/** A saved recipe, as clients see it. */
export type Recipe = z.infer<RecipeSchemas["recipe"]>;

function makeSchemas() {
  const step = makeStepSchema();
  const metadata = z.strictObject({
    complexity: z.enum(["low", "medium", "high"]).optional(),
    estimatedTime: z.string().max(RECIPE_CATEGORY_CHARACTERS_MAX).optional(),
    requiredArgs: z.array(z.string().max(OPERATION_NAME_CHARACTERS_MAX)).max(RECIPE_OPERATIONS_MAX).optional(),
    category: z.string().max(RECIPE_CATEGORY_CHARACTERS_MAX).optional(),
  });
  const name = z.string().min(1).max(RECIPE_NAME_CHARACTERS_MAX);
  const description = z.string().max(RECIPE_DESCRIPTION_CHARACTERS_MAX).optional();
  const tags = z.array(z.string().max(RECIPE_TAG_CHARACTERS_MAX)).max(RECIPE_TAG_COUNT_MAX).optional();
  const author = z.email().optional();
  const operations = z.array(step).min(1).max(RECIPE_OPERATIONS_MAX);
  const optional = { description, tags, metadata: metadata.optional() };
  const draft = z.strictObject({ name, operations, ...optional, author, version: versionSchema(9).optional() });
  const change = z
    .strictObject({ name: name.optional(), operations: operations.optional(), ...optional })
    .refine((fields) => Object.values(fields).some((value) => value !== undefined), "nothing to change was given");
  const at = z.iso.datetime();
  const made = { version: versionSchema(15), created: at, updated: at };
  const recipe = z.strictObject({ id: z.uuid(), name, author, ...made, operations, ...optional });
  return { step, metadata, draft, change, recipe };
}

function makeStepSchema() {
  const argument = z.unknown().refine((value) => isShallow(value), `nested more than ${ARGUMENT_DEPTH_MAX} deep`);
  return z
    .strictObject({
      op: z.string().min(1).max(OPERATION_NAME_CHARACTERS_MAX).optional(),
      args: z.union([z.array(argument), z.record(z.string(), argument)]).optional(),
      recipe: z.uuid().optional(),
      disabled: z.boolean().optional(),
      breakpoint: z.boolean().optional(),
    })
    .refine((step) => (step.op === undefined) !== (step.recipe === undefined), "give either op or recipe, one of both")
    .refine((step) => step.recipe === undefined || step.args === undefined, "a recipe takes no args");
}

/** Semantic version without pre-release or build. A given patch is shorter than a stored one, to be counted up. */
function versionSchema(patchDigitsMax: number) {
  const form = new RegExp(`^\\d{1,9}\\.\\d{1,9}\\.\\d{1,${patchDigitsMax}}$`);
  return z.string().regex(form, "a version is three numbers, as in 1.0.0");
}

/** Where a recipe breaks a rule: `operations.2.args`, or empty for the whole. */
export interface RecipeFlaw {
  readonly path: string;
  readonly message: string;
}

export type RecipeMalformed = { readonly reason: "recipe_malformed"; readonly flaws: readonly RecipeFlaw[] };

export function parseDraft(raw: unknown): Result<RecipeDraft, RecipeMalformed> {
  return parseWith(recipeSchemas().draft, raw);
}

export function parseChange(raw: unknown): Result<RecipeChange, RecipeMalformed> {
  return parseWith(recipeSchemas().change, raw);
}

function parseWith<T>(schema: z.ZodType<T>, raw: unknown): Result<T, RecipeMalformed> {
  const read = schema.safeParse(raw);
  if (read.success) return ok(read.data);
  const flaws = read.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  return refused({ reason: "recipe_malformed", flaws });
}
