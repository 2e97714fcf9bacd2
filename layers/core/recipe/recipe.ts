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

const Argument = z.unknown().refine((value) => isShallow(value), `nested more than ${ARGUMENT_DEPTH_MAX} deep`);

/**
 * One step: an operation of CyberChef (`op`), or another recipe of the tenant (`recipe`).
 * `disabled` steps are skipped; a `breakpoint` is kept for CyberChef's web app and stops nothing here.
 */
export const RecipeStep = z
  .strictObject({
    op: z.string().min(1).max(OPERATION_NAME_CHARACTERS_MAX).optional(),
    args: z.union([z.array(Argument), z.record(z.string(), Argument)]).optional(),
    recipe: z.uuid().optional(),
    disabled: z.boolean().optional(),
    breakpoint: z.boolean().optional(),
  })
  .refine((step) => (step.op === undefined) !== (step.recipe === undefined), "give either op or recipe, one of the two")
  .refine((step) => step.recipe === undefined || step.args === undefined, "a recipe takes no args");

export const RecipeMetadata = z.strictObject({
  complexity: z.enum(["low", "medium", "high"]).optional(),
  estimatedTime: z.string().max(RECIPE_CATEGORY_CHARACTERS_MAX).optional(),
  requiredArgs: z.array(z.string().max(OPERATION_NAME_CHARACTERS_MAX)).max(RECIPE_OPERATIONS_MAX).optional(),
  category: z.string().max(RECIPE_CATEGORY_CHARACTERS_MAX).optional(),
});

const name = z.string().min(1).max(RECIPE_NAME_CHARACTERS_MAX);
const description = z.string().max(RECIPE_DESCRIPTION_CHARACTERS_MAX);
const tags = z.array(z.string().max(RECIPE_TAG_CHARACTERS_MAX)).max(RECIPE_TAG_COUNT_MAX);
const operations = z.array(RecipeStep).min(1).max(RECIPE_OPERATIONS_MAX);
/** Semantic version without pre-release or build. A given one leaves room to be counted up. */
const givenVersion = z.string().regex(/^\d{1,9}\.\d{1,9}\.\d{1,9}$/, "a version is three numbers, as in 1.0.0");
const version = z.string().regex(/^\d{1,9}\.\d{1,9}\.\d{1,15}$/, "a version is three numbers, as in 1.0.0");

/** What a new recipe is made of. `version` is kept from an import, and 1.0.0 otherwise. */
export const RecipeDraft = z.strictObject({
  name,
  description: description.optional(),
  operations,
  tags: tags.optional(),
  author: z.email().optional(),
  metadata: RecipeMetadata.optional(),
  version: givenVersion.optional(),
});

/** What an update may change. What is left out stays; `metadata` is merged, the rest is replaced. */
export const RecipeChange = z
  .strictObject({
    name: name.optional(),
    description: description.optional(),
    operations: operations.optional(),
    tags: tags.optional(),
    metadata: RecipeMetadata.optional(),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), "nothing to change was given");

/** A saved recipe, as clients see it. */
export const Recipe = z.strictObject({
  id: z.uuid(),
  name,
  description: description.optional(),
  version,
  author: z.email().optional(),
  created: z.iso.datetime(),
  updated: z.iso.datetime(),
  tags: tags.optional(),
  operations,
  metadata: RecipeMetadata.optional(),
});

export type RecipeStep = z.infer<typeof RecipeStep>;
export type RecipeMetadata = z.infer<typeof RecipeMetadata>;
export type RecipeDraft = z.infer<typeof RecipeDraft>;
export type RecipeChange = z.infer<typeof RecipeChange>;
export type Recipe = z.infer<typeof Recipe>;

/** Where a recipe breaks a rule: `operations.2.args`, or empty for the whole. */
export interface RecipeFlaw {
  readonly path: string;
  readonly message: string;
}

export type RecipeMalformed = { readonly reason: "recipe_malformed"; readonly flaws: readonly RecipeFlaw[] };

export function parseDraft(raw: unknown): Result<RecipeDraft, RecipeMalformed> {
  return parseWith(RecipeDraft, raw);
}

export function parseChange(raw: unknown): Result<RecipeChange, RecipeMalformed> {
  return parseWith(RecipeChange, raw);
}

function parseWith<T>(schema: z.ZodType<T>, raw: unknown): Result<T, RecipeMalformed> {
  const read = schema.safeParse(raw);
  if (read.success) return ok(read.data);
  const flaws = read.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message }));
  return refused({ reason: "recipe_malformed", flaws });
}
