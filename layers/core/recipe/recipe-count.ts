import type { Clock } from "../ports/clock.ts";
import type { Item, Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { recipeCountKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { CALL_DURATION_MS_MAX, RECIPE_COUNT_MAX } from "./limits.ts";

export type RecipeCountReached = { readonly reason: "recipe_count_reached"; readonly countMax: number };

/** A place in the tenant's count, taken before the recipe is written. */
export interface RecipePlace {
  /** The repairs of the count made so far. A place is given back only to the count it was taken from. */
  readonly repairs: number;
}

/**
 * How many recipes a tenant has, kept beside them since the table has no transactions.
 *
 * A place is taken before a recipe is written and given back after one is gone, so a crash between the two leaves the
 * count too high, never too low: the limit is never passed. A count that has reached the limit is repaired by counting
 * what is there, once no call that took a place can still be running.
 */
export class RecipeCount {
  readonly #table: Table;
  readonly #clock: Clock;
  readonly #countMax: number;

  constructor(deps: { readonly table: Table; readonly clock: Clock; readonly countMax?: number }) {
    this.#table = deps.table;
    this.#clock = deps.clock;
    this.#countMax = deps.countMax ?? RECIPE_COUNT_MAX;
  }

  /** @param countStored counts the recipes that are there; asked only when the count may need a repair. */
  async take(tenantId: TenantId, countStored: () => Promise<number>): Promise<Result<RecipePlace, RecipeCountReached>> {
    const first = await this.#takeOne(tenantId);
    if (first.ok) return first;
    if (!(await this.#repair(tenantId, first.problem.current, countStored))) return this.#full();
    const second = await this.#takeOne(tenantId);
    return second.ok ? second : this.#full();
  }

  /** What {@link giveBack} needs when no place was taken in this call: read before the recipe is deleted. */
  async placeNow(tenantId: TenantId): Promise<RecipePlace> {
    return { repairs: repairsIn(await this.#table.get(recipeCountKey(tenantId))) };
  }

  /** One fewer. After a repair in between nothing is done: the repair may have counted without it. */
  async giveBack(tenantId: TenantId, place: RecipePlace): Promise<void> {
    const unrepaired = { if: "equals", attribute: "repairs", value: place.repairs } as const;
    const change = { add: { count: -1 } };
    await this.#table.update(recipeCountKey(tenantId), change, unrepaired);
  }

  async #takeOne(tenantId: TenantId): Promise<Result<RecipePlace, { readonly current: Item | undefined }>> {
    const hasRoom = {
      if: "any",
      of: [
        { if: "attribute_absent", attribute: "count" },
        { if: "below", attribute: "count", value: this.#countMax },
      ],
    } as const;
    const change = { add: { count: 1, repairs: 0 }, set: { takenAtEpochMs: this.#clock.nowMs() } };
    const taken = await this.#table.update(recipeCountKey(tenantId), change, hasRoom);
    if (taken.ok) return ok({ repairs: repairsIn(taken.value) });
    if (taken.problem.reason === "condition_failed") return refused({ current: taken.problem.current });
    return refused({ current: undefined });
  }

  /** Also when nothing is amiss the time is noted, so that a full tenant's refused calls don't each count anew. */
  async #repair(tenantId: TenantId, counted: Item | undefined, countStored: () => Promise<number>): Promise<boolean> {
    const count = counted?.count;
    const takenAtEpochMs = counted?.takenAtEpochMs;
    if (typeof count !== "number" || typeof takenAtEpochMs !== "number") return false;
    if (this.#clock.nowMs() - takenAtEpochMs < CALL_DURATION_MS_MAX) return false;
    const stored = await countStored();
    const unchanged = {
      if: "all",
      of: [
        { if: "equals", attribute: "count", value: count },
        { if: "equals", attribute: "takenAtEpochMs", value: takenAtEpochMs },
        { if: "equals", attribute: "repairs", value: repairsIn(counted) },
      ],
    } as const;
    const set = { count: Math.min(stored, count), takenAtEpochMs: this.#clock.nowMs() };
    const repaired = await this.#table.update(recipeCountKey(tenantId), { set, add: { repairs: 1 } }, unchanged);
    return repaired.ok && stored < count;
  }

  #full(): { readonly ok: false; readonly problem: RecipeCountReached } {
    return refused({ reason: "recipe_count_reached", countMax: this.#countMax });
  }
}

function repairsIn(item: Item | undefined): number {
  const repairs = item?.repairs;
  return typeof repairs === "number" ? repairs : 0;
}
