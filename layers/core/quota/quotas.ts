import type { Clock } from "../ports/clock.ts";
import { type Item, QUERY_LIMIT_MAX, type Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { quotaKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { CALL_DURATION_MS_MAX } from "./limits.ts";
import { LIMIT_NAMES, type LimitName, type TenantLimits } from "./tenant-limits.ts";

/** What is counted and given back. The rate and the month's calls are not: nobody gives those back. */
export type QuotaName = Exclude<LimitName, "requestsPerSecond" | "requestBurst" | "requestsPerMonth">;

export type QuotaReached = {
  readonly reason: "quota_reached";
  readonly quota: QuotaName;
  readonly limit: number;
};

/** What was taken of a quota, before what it is for was made. */
export interface QuotaPlace {
  /** The repairs of the count made so far. A place is given back only to the count that it was taken from. */
  readonly repairs: number;
}

export interface QuotaUse {
  readonly used: number;
  readonly limit: number;
  /** Of the limit; 100 where the limit is 0. With at most one digit after the point. */
  readonly percentage: number;
}

export interface QuotaAsked {
  readonly quota: QuotaName;
  readonly limit: number;
  /** @default 1 */
  readonly amount?: number;
  /** Counts what is there; asked only when the count may need a repair. */
  readonly countStored: () => Promise<number>;
}

/**
 * How much each tenant uses of each quota, in the strongly consistent table, which has no transactions.
 *
 * A place is taken before a thing is made and given back after it is gone, so a crash between the two leaves the count
 * too high, never too low: a limit is never passed. A count is repaired by counting what is there, once no call that
 * took a place can still be running: by a taker that would be refused, and by the reconciler.
 */
export class Quotas {
  readonly #table: Table;
  readonly #clock: Clock;

  constructor(deps: { readonly table: Table; readonly clock: Clock }) {
    this.#table = deps.table;
    this.#clock = deps.clock;
  }

  async take(tenantId: TenantId, asked: QuotaAsked): Promise<Result<QuotaPlace, QuotaReached>> {
    const first = await this.#takeOnce(tenantId, asked);
    if (first.ok) return first;
    const reached = refused({ reason: "quota_reached", quota: asked.quota, limit: asked.limit } as const);
    if (!(await this.#repair(tenantId, asked, first.problem.current))) return reached;
    const second = await this.#takeOnce(tenantId, asked);
    return second.ok ? second : reached;
  }

  /** What {@link giveBack} needs when no place was taken in this call: read before the thing is deleted. */
  async placeNow(tenantId: TenantId, quota: QuotaName): Promise<QuotaPlace> {
    return { repairs: repairsIn(await this.#table.get(quotaKey(tenantId, quota))) };
  }

  /** After a repair in between nothing is done: the repair may have counted without it. */
  async giveBack(
    tenantId: TenantId,
    quota: QuotaName,
    given: QuotaPlace & { readonly amount?: number },
  ): Promise<void> {
    const unrepaired = { if: "equals", attribute: "repairs", value: given.repairs } as const;
    await this.#table.update(quotaKey(tenantId, quota), { add: { used: -(given.amount ?? 1) } }, unrepaired);
  }

  /** Brings a count back to what is there; a count that was touched in the last {@link CALL_DURATION_MS_MAX} is let be. */
  async reconcile(tenantId: TenantId, asked: Pick<QuotaAsked, "quota" | "countStored">): Promise<void> {
    await this.#repair(tenantId, asked, await this.#table.get(quotaKey(tenantId, asked.quota)));
  }

  /** Of every quota, used or not. */
  async uses(tenantId: TenantId, limits: TenantLimits): Promise<Readonly<Record<QuotaName, QuotaUse>>> {
    const { items } = await this.#table.query({ pk: recordPartition(tenantId, "QUOTA"), limit: QUERY_LIMIT_MAX });
    const used = new Map(items.map((item) => [item.sk, usedIn(item)]));
    const entries = LIMIT_NAMES.filter(isQuota).map((quota) => [quota, useOf(used.get(quota) ?? 0, limits[quota])]);
    return Object.fromEntries(entries);
  }

  async #takeOnce(
    tenantId: TenantId,
    { quota, limit, amount = 1 }: QuotaAsked,
  ): Promise<Result<QuotaPlace, { readonly current: Item | undefined }>> {
    if (amount > limit) return refused({ current: undefined });
    const hasRoom = {
      if: "any",
      of: [
        { if: "attribute_absent", attribute: "used" },
        { if: "below", attribute: "used", value: limit - amount + 1 },
      ],
    } as const;
    const change = { add: { used: amount, repairs: 0 }, set: { takenAtEpochMs: this.#clock.nowMs() } };
    const taken = await this.#table.update(quotaKey(tenantId, quota), change, hasRoom);
    if (taken.ok) return ok({ repairs: repairsIn(taken.value) });
    return refused({ current: taken.problem.reason === "condition_failed" ? taken.problem.current : undefined });
  }

  /** Also when nothing is amiss the time is noted, so that a full tenant's refused calls don't each count anew. */
  async #repair(
    tenantId: TenantId,
    { quota, countStored }: Pick<QuotaAsked, "quota" | "countStored">,
    counted: Item | undefined,
  ): Promise<boolean> {
    const takenAtEpochMs = counted?.takenAtEpochMs;
    if (counted === undefined || typeof takenAtEpochMs !== "number") return false;
    if (this.#clock.nowMs() - takenAtEpochMs < CALL_DURATION_MS_MAX) return false;
    const used = usedIn(counted);
    const stored = await countStored();
    const unchanged = {
      if: "all",
      of: [
        { if: "equals", attribute: "used", value: used },
        { if: "equals", attribute: "takenAtEpochMs", value: takenAtEpochMs },
        { if: "equals", attribute: "repairs", value: repairsIn(counted) },
      ],
    } as const;
    const set = { used: Math.min(stored, used), takenAtEpochMs: this.#clock.nowMs() };
    const repaired = await this.#table.update(quotaKey(tenantId, quota), { set, add: { repairs: 1 } }, unchanged);
    return repaired.ok && stored < used;
  }
}

function isQuota(name: LimitName): name is QuotaName {
  return name !== "requestsPerSecond" && name !== "requestBurst" && name !== "requestsPerMonth";
}

function useOf(used: number, limit: number): QuotaUse {
  return { used, limit, percentage: limit === 0 ? 100 : Math.round((1_000 * used) / limit) / 10 };
}

function usedIn({ used }: Item): number {
  return typeof used === "number" ? used : 0;
}

function repairsIn(item: Item | undefined): number {
  const repairs = item?.repairs;
  return typeof repairs === "number" ? repairs : 0;
}
