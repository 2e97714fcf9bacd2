import * as z from "zod";
import type { Item } from "../ports/table.ts";
import { recipeKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { REMEMBERED_CALLS_MAX } from "./limits.ts";
import { type Recipe, recipeSchemas } from "./recipe.ts";

/**
 * A recipe as it is stored. It lies there as JSON text, since its arguments may nest deeper than the 32 levels that
 * a DynamoDB attribute may.
 */
export type StoredRecipe =
  | {
      readonly state: "saved";
      readonly recipe: Recipe;
      /** Counts the writes; each write is conditional on the one it read. */
      readonly revision: number;
      /** The calls that wrote it last, newest last. */
      readonly calls: readonly string[];
    }
  /** Kept for a while, so that the call that deleted it can be answered again after a crash. */
  | { readonly state: "deleted"; readonly revision: number; readonly deletedByCall: string };

function makeItemSchema() {
  const revision = z.int().min(1);
  const saved = { state: z.literal("saved"), revision, calls: z.array(z.string()), document: z.string() };
  const deleted = { state: z.literal("deleted"), revision, deletedByCall: z.string() };
  return z.discriminatedUnion("state", [z.object(saved), z.object(deleted)]);
}

let itemSchema: ReturnType<typeof makeItemSchema> | undefined;

/** @throws StoredRecipeMalformed when the item is not what {@link savedItem} or {@link deletedItem} made. */
export function readStored(item: Item): StoredRecipe {
  itemSchema ??= makeItemSchema();
  try {
    const stored = itemSchema.parse(item);
    if (stored.state === "deleted") return stored;
    const { document, ...rest } = stored;
    return { ...rest, recipe: recipeSchemas().recipe.parse(JSON.parse(document)) };
  } catch (cause) {
    throw new StoredRecipeMalformed(item.sk, { cause });
  }
}

export function savedItem(tenantId: TenantId, stored: StoredRecipe & { readonly state: "saved" }): Item {
  return {
    ...recipeKey(tenantId, stored.recipe.id),
    state: "saved",
    revision: stored.revision,
    calls: stored.calls.slice(-REMEMBERED_CALLS_MAX),
    document: JSON.stringify(stored.recipe),
  };
}

export function deletedItem(
  tenantId: TenantId,
  recipeId: string,
  deleted: { readonly revision: number; readonly byCall: string; readonly expiresAtEpochSeconds: number },
): Item {
  return {
    ...recipeKey(tenantId, recipeId),
    state: "deleted",
    revision: deleted.revision,
    deletedByCall: deleted.byCall,
    expiresAtEpochSeconds: deleted.expiresAtEpochSeconds,
  };
}

/** What lies in the store under a recipe's key is not a recipe. */
export class StoredRecipeMalformed extends Error {
  readonly code = "stored_recipe_malformed";
  readonly recipeId: string;
  constructor(recipeId: string, options: { cause: unknown }) {
    super(`the stored recipe ${recipeId} can't be read`, options);
    this.name = "StoredRecipeMalformed";
    this.recipeId = recipeId;
  }
}
