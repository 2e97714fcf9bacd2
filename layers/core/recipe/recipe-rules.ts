import type { Recipe, RecipeChange, RecipeDraft, RecipeMetadata, RecipeStep } from "./recipe.ts";

/** Key derivation, asymmetric keys, compression and guessing: operations whose cost is far above their input's size. */
const COSTLY_OPERATION =
  /^(?:Argon2|Bcrypt|Bombe|Brute|Bzip2|Derive|ECDSA|Generate (?:RSA|PGP|ECDSA|all)|Gzip|LZMA|Magic|Multiple Bombe|PGP|Raw (?:De|In)flate|RSA|Scrypt|XOR Brute|Zlib)/i;

const SMALL_STEPS_MAX = 3;
const LARGE_STEPS_MIN = 11;
const COSTLY_STEPS_LARGE_MIN = 4;
const REFERENCES_LARGE_MIN = 3;

/** A guess at what a recipe costs to run, from its length, its costly steps and the recipes it refers to. */
export function complexityOf(operations: readonly RecipeStep[]): "low" | "medium" | "high" {
  const costly = operations.filter((step) => step.op !== undefined && COSTLY_OPERATION.test(step.op)).length;
  const references = operations.filter((step) => step.recipe !== undefined).length;
  const isLarge =
    operations.length >= LARGE_STEPS_MIN || costly >= COSTLY_STEPS_LARGE_MIN || references >= REFERENCES_LARGE_MIN;
  if (isLarge) return "high";
  return operations.length <= SMALL_STEPS_MAX && costly === 0 && references === 0 ? "low" : "medium";
}

/** `1.4.9` becomes `1.4.10`. The text is one that the recipe schema has read. */
export function nextPatch(version: string): string {
  const dot = version.lastIndexOf(".") + 1;
  return version.slice(0, dot) + String(Number(version.slice(dot)) + 1);
}

export function newRecipe(draft: RecipeDraft, made: { readonly id: string; readonly atEpochMs: number }): Recipe {
  const at = new Date(made.atEpochMs).toISOString();
  const { version, metadata, operations, ...described } = draft;
  return {
    id: made.id,
    ...described,
    version: version ?? "1.0.0",
    created: at,
    updated: at,
    operations,
    metadata: withComplexity(metadata ?? {}, operations),
  };
}

/** The recipe after a change, one patch version on. A complexity that was not given follows new operations. */
export function changedRecipe(recipe: Recipe, change: RecipeChange, atEpochMs: number): Recipe {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const operations = change.operations ?? recipe.operations;
  const { complexity, ...kept } = recipe.metadata ?? {};
  const before = change.operations === undefined && complexity !== undefined ? { ...kept, complexity } : kept;
  return {
    ...recipe,
    ...given,
    version: nextPatch(recipe.version),
    updated: new Date(atEpochMs).toISOString(),
    metadata: withComplexity({ ...before, ...change.metadata }, operations),
  };
}

function withComplexity(metadata: RecipeMetadata, operations: readonly RecipeStep[]): RecipeMetadata {
  return { ...metadata, complexity: metadata.complexity ?? complexityOf(operations) };
}
