import type { Chance } from "../ports/chance.ts";
import { type Clock, nowEpochSeconds } from "../ports/clock.ts";
import type { Item, ItemTooLarge, Table } from "../ports/table.ts";
import type { QuotaReached, Quotas } from "../quota/quotas.ts";
import { ok, type Result, refused } from "../result.ts";
import { recipeKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import {
  DELETED_KEPT_SECONDS,
  LIST_CHARACTERS_MAX,
  LIST_ITEMS_DEFAULT,
  LIST_PAGE_ITEMS,
  LIST_PAGES_MAX,
  UPDATE_ATTEMPTS_MAX,
  UPDATE_WAIT_MS_MAX,
  UPDATE_WAIT_STEP_MS,
} from "./limits.ts";
import type { Recipe, RecipeChange, RecipeDraft } from "./recipe.ts";
import { changedRecipe, newRecipe } from "./recipe-rules.ts";
import { deletedItem, readStored, type StoredRecipe, savedItem } from "./stored-recipe.ts";

export type RecipeUnknown = { readonly reason: "recipe_unknown"; readonly recipeId: string };
export type RecipeTooLarge = { readonly reason: "recipe_too_large"; readonly bytes: number; readonly bytesMax: number };
/** So many wrote the same recipe at once that this writer never came first. Nothing was changed; it may be tried again. */
export type RecipeContended = { readonly reason: "recipe_contended"; readonly attempts: number };
export type ListProblem =
  /** The recipes asked for are too much for one answer; this many of them are not. */
  | { readonly reason: "recipe_list_too_large"; readonly fittingCount: number }
  | { readonly reason: "recipe_list_unfinished"; readonly pagesMax: number };

export interface RecipeFilter {
  readonly tag?: string | undefined;
  readonly category?: string | undefined;
  /** Part of the name, the description or a tag, in any case. */
  readonly search?: string | undefined;
  /** 1 to `LIST_ITEMS_MAX`; `LIST_ITEMS_DEFAULT` when left out. */
  readonly limit?: number | undefined;
  /** How many of those that match are left out from the start. */
  readonly offset?: number | undefined;
}

export interface RecipeStoreDeps {
  readonly table: Table;
  readonly clock: Clock;
  readonly chance: Chance;
  /** The id of the recipe that a call makes: a UUID, always the same for one call and no other's. */
  readonly recipeIdOf: (tenantId: TenantId, callId: string) => string;
  readonly quotas: Quotas;
}

/**
 * A tenant's saved recipes.
 *
 * Each write is conditional on what it read, so two writers never lose an update: the later one re-applies its change
 * to what the earlier one left. A write carries the id of its call, and the same call run again finds its own work
 * done and answers with it.
 */
export class RecipeStore {
  readonly #deps: RecipeStoreDeps;

  constructor(deps: RecipeStoreDeps) {
    this.#deps = deps;
  }

  async get(tenantId: TenantId, recipeId: string): Promise<Recipe | undefined> {
    const stored = await this.#read(tenantId, recipeId);
    return stored?.state === "saved" ? stored.recipe : undefined;
  }

  async create(
    tenantId: TenantId,
    draft: RecipeDraft,
    { callId, recipesMax }: { readonly callId: string; readonly recipesMax: number },
  ): Promise<Result<Recipe, QuotaReached | RecipeTooLarge | RecipeUnknown>> {
    const id = this.#deps.recipeIdOf(tenantId, callId);
    const { quotas, clock, table } = this.#deps;
    const countStored = () => this.countStored(tenantId);
    const place = await quotas.take(tenantId, { quota: "recipes", limit: recipesMax, countStored });
    if (!place.ok) {
      const madeBefore = await this.get(tenantId, id);
      return madeBefore === undefined ? place : ok(madeBefore);
    }
    const recipe = newRecipe(draft, { id, atEpochMs: clock.nowMs() });
    const item = savedItem(tenantId, { state: "saved", recipe, revision: 1, calls: [callId] });
    const written = await table.put(item, { if: "absent" });
    if (written.ok) return ok(recipe);
    await quotas.giveBack(tenantId, "recipes", place.value);
    if (written.problem.reason === "item_too_large") return refused(recipeTooLarge(written.problem));
    const before = readCurrent(written.problem.current);
    return before?.state === "saved" ? ok(before.recipe) : refused({ reason: "recipe_unknown", recipeId: id });
  }

  async update(
    tenantId: TenantId,
    recipeId: string,
    { change, callId }: { readonly change: RecipeChange; readonly callId: string },
  ): Promise<Result<Recipe, RecipeUnknown | RecipeTooLarge | RecipeContended>> {
    let stored = await this.#read(tenantId, recipeId);
    for (let attempt = 1; attempt <= UPDATE_ATTEMPTS_MAX; attempt++) {
      if (stored?.state !== "saved") return refused({ reason: "recipe_unknown", recipeId });
      if (stored.calls.includes(callId)) return ok(stored.recipe);
      const recipe = changedRecipe(stored.recipe, change, this.#deps.clock.nowMs());
      const next = { ...stored, recipe, revision: stored.revision + 1, calls: [...stored.calls, callId] };
      const written = await this.#writeOver(stored, savedItem(tenantId, next));
      if (written.ok) return ok(recipe);
      if (written.problem.reason === "item_too_large") return refused(recipeTooLarge(written.problem));
      stored = written.problem.current;
      await this.#waitTurn(attempt);
    }
    return refused({ reason: "recipe_contended", attempts: UPDATE_ATTEMPTS_MAX });
  }

  async delete(
    tenantId: TenantId,
    recipeId: string,
    callId: string,
  ): Promise<Result<undefined, RecipeUnknown | RecipeContended>> {
    const { quotas } = this.#deps;
    const place = await quotas.placeNow(tenantId, "recipes");
    let stored = await this.#read(tenantId, recipeId);
    for (let attempt = 1; attempt <= UPDATE_ATTEMPTS_MAX; attempt++) {
      if (stored?.state === "deleted" && stored.deletedByCall === callId) return ok();
      if (stored?.state !== "saved") return refused({ reason: "recipe_unknown", recipeId });
      const expiresAtEpochSeconds = nowEpochSeconds(this.#deps.clock) + DELETED_KEPT_SECONDS;
      const deleted = { revision: stored.revision + 1, byCall: callId, expiresAtEpochSeconds };
      const written = await this.#writeOver(stored, deletedItem(tenantId, recipeId, deleted));
      if (written.ok) {
        await quotas.giveBack(tenantId, "recipes", place);
        return ok();
      }
      stored = written.problem.reason === "condition_failed" ? written.problem.current : undefined;
      await this.#waitTurn(attempt);
    }
    return refused({ reason: "recipe_contended", attempts: UPDATE_ATTEMPTS_MAX });
  }

  /** Those that match, in the order of their ids. Reads no further than it must. */
  async list(tenantId: TenantId, filter: RecipeFilter): Promise<Result<readonly Recipe[], ListProblem>> {
    const limit = filter.limit ?? LIST_ITEMS_DEFAULT;
    const matching: Recipe[] = [];
    let leftOut = 0;
    let charactersLeft = LIST_CHARACTERS_MAX;
    for await (const item of this.#everyItem(tenantId)) {
      if (item === undefined) return refused({ reason: "recipe_list_unfinished", pagesMax: LIST_PAGES_MAX });
      const stored = readStored(item);
      if (stored.state === "deleted" || !matches(stored.recipe, filter)) continue;
      if (leftOut < (filter.offset ?? 0)) {
        leftOut += 1;
        continue;
      }
      charactersLeft -= JSON.stringify(stored.recipe).length;
      if (charactersLeft < 0) return refused({ reason: "recipe_list_too_large", fittingCount: matching.length });
      matching.push(stored.recipe);
      if (matching.length === limit) break;
    }
    return ok(matching);
  }

  /** For the reconciler: reads them all. */
  async countStored(tenantId: TenantId): Promise<number> {
    let count = 0;
    for await (const item of this.#everyItem(tenantId)) {
      if (item === undefined) return Number.POSITIVE_INFINITY;
      if (item.state === "saved") count += 1;
    }
    return count;
  }

  /** A tenant's items by pages; ends with `undefined` when the last allowed page was not the last. */
  async *#everyItem(tenantId: TenantId): AsyncGenerator<Item | undefined> {
    let cursor: string | undefined;
    for (let page = 0; page < LIST_PAGES_MAX; page++) {
      const range = { pk: recordPartition(tenantId, "RECIPE"), limit: LIST_PAGE_ITEMS };
      const read = await this.#deps.table.query(cursor === undefined ? range : { ...range, cursor });
      yield* read.items;
      if (read.cursor === undefined) return;
      cursor = read.cursor;
    }
    yield undefined;
  }

  async #read(tenantId: TenantId, recipeId: string): Promise<StoredRecipe | undefined> {
    return readCurrent(await this.#deps.table.get(recipeKey(tenantId, recipeId)));
  }

  async #writeOver(
    read: StoredRecipe,
    item: Item,
  ): Promise<Result<undefined, ItemTooLarge | { reason: "condition_failed"; current: StoredRecipe | undefined }>> {
    const unchanged = { if: "equals", attribute: "revision", value: read.revision } as const;
    const written = await this.#deps.table.put(item, unchanged);
    if (written.ok) return written;
    if (written.problem.reason === "item_too_large") return refused(written.problem);
    return refused({ reason: "condition_failed", current: readCurrent(written.problem.current) });
  }

  /** Waits a random while, so that writers who met once don't meet again at once. */
  async #waitTurn(attempt: number): Promise<void> {
    const { chance, clock } = this.#deps;
    const share = Number.parseInt(chance.uuid().slice(0, 4), 16) / 0xffff;
    await clock.sleep(share * Math.min(attempt * UPDATE_WAIT_STEP_MS, UPDATE_WAIT_MS_MAX));
  }
}

function readCurrent(item: Item | undefined): StoredRecipe | undefined {
  return item === undefined ? undefined : readStored(item);
}

function matches(recipe: Recipe, { tag, category, search }: RecipeFilter): boolean {
  if (tag !== undefined && recipe.tags?.includes(tag) !== true) return false;
  if (category !== undefined && recipe.metadata?.category !== category) return false;
  if (search === undefined) return true;
  const sought = search.toLowerCase();
  return [recipe.name, recipe.description ?? "", ...(recipe.tags ?? [])].some((text) =>
    text.toLowerCase().includes(sought),
  );
}

function recipeTooLarge({ bytes, bytesMax }: ItemTooLarge): RecipeTooLarge {
  return { reason: "recipe_too_large", bytes, bytesMax };
}
