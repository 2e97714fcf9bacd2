import type { Clock } from "../ports/clock.ts";
import { type Item, QUERY_LIMIT_MAX, type Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { quotaKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { REPAIR_ATTEMPTS_MAX } from "./limits.ts";
import {
  type Counting,
  isJustCounted,
  lookingAt,
  type QuotaCount,
  quotaCountOf,
  repairedUse,
  repairOf,
  settledTaken,
} from "./quota-count.ts";
import { isLimitName, type LimitName, type TenantLimits } from "./tenant-limits.ts";

/** Limits that are no counts of what there is: nobody gives calls back. Members are counted in their tenant's record. */
const NO_QUOTAS = ["requestsPerSecond", "requestBurst", "requestsPerMonth", "members"] as const;

/** What is counted and given back. */
export type QuotaName = Exclude<LimitName, (typeof NO_QUOTAS)[number]>;

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

export interface TakenQuota extends QuotaPlace {
  readonly quota: QuotaName;
  readonly amount: number;
}

export interface QuotaUse {
  readonly used: number;
  readonly limit: number;
  /** Of the limit; 100 where the limit is 0. With at most one digit after the point. */
  readonly percentage: number;
}

/** What there is of each thing that is counted: for each tenant, how many. No whole number says that it is not known. */
export type QuotaCounters = Partial<Readonly<Record<QuotaName, (tenantId: TenantId) => Promise<number>>>>;

export type QuotaUses = Readonly<Record<QuotaName, QuotaUse>>;

export interface QuotaAsked {
  readonly quota: QuotaName;
  readonly limit: number;
  /** A whole number, 1 at least. @default 1 */
  readonly amount?: number;
  /**
   * Counts what is there; asked only where the taker would be refused and the count may need a repair. Left out where
   * counting takes longer than a caller waits: then the reconciler alone repairs.
   */
  readonly countStored?: () => Promise<number>;
}

/**
 * How much each tenant uses of each quota, in the strongly consistent table, which has no transactions.
 *
 * A place is taken before a thing is made and given back after it is gone, so a crash between the two leaves the count
 * too high, never too low: a limit is never passed. A count is repaired by counting what is there, by a taker that would
 * be refused and by the reconciler, also while others take and give back: what was taken so lately that it may not be
 * there yet counts besides.
 *
 * Not promised: where the store's answer to a give-back is lost and its client sends it again, it may count twice. The
 * next repair makes that good.
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
    const { quota, countStored } = asked;
    const current = quotaCountOf(first.problem.current);
    if (countStored === undefined || current === undefined || isJustCounted(current, this.#clock.nowMs()))
      return reached;
    if (!(await this.#repair(tenantId, { quota, countStored }, current))) return reached;
    const second = await this.#takeOnce(tenantId, asked);
    return second.ok ? second : reached;
  }

  /** Of several quotas, all or nothing: what was taken before one refuses is given back. */
  async takeAll(
    tenantId: TenantId,
    asked: readonly QuotaAsked[],
  ): Promise<Result<readonly TakenQuota[], QuotaReached>> {
    const taken: TakenQuota[] = [];
    for (const one of asked) {
      const place = await this.take(tenantId, one);
      if (!place.ok) {
        await this.giveBackAll(tenantId, taken);
        return place;
      }
      taken.push({ ...place.value, quota: one.quota, amount: one.amount ?? 1 });
    }
    return ok(taken);
  }

  async giveBackAll(tenantId: TenantId, taken: readonly TakenQuota[]): Promise<void> {
    await Promise.all(taken.map((one) => this.giveBack(tenantId, one.quota, one)));
  }

  /** What {@link giveBack} needs when no place was taken in this call: read before the thing is deleted. */
  async placeNow(tenantId: TenantId, quota: QuotaName): Promise<QuotaPlace> {
    return { repairs: quotaCountOf(await this.#table.get(quotaKey(tenantId, quota)))?.repairs ?? 0 };
  }

  /** After a repair in between nothing is done: the repair may have counted without it. */
  async giveBack(
    tenantId: TenantId,
    quota: QuotaName,
    given: QuotaPlace & { readonly amount?: number },
  ): Promise<void> {
    const unrepaired = { if: "equals", attribute: "repairs", value: given.repairs } as const;
    await this.#table.update(quotaKey(tenantId, quota), { add: { used: -checkedAmount(given.amount) } }, unrepaired);
  }

  /**
   * Brings the counts back to what is there, those of the tenant's quotas that were ever used and that `counters` knows.
   * A count that is in use is first marked, and repaired by a run that comes a call's longest time later.
   *
   * @throws what a counter throws, after the others were tried.
   */
  async reconcile(tenantId: TenantId, counters: QuotaCounters): Promise<void> {
    const repairs = (await this.#counts(tenantId)).map(async ({ quota, count }) => {
      const countStored = counters[quota];
      if (countStored !== undefined)
        await this.#repair(tenantId, { quota, countStored: () => countStored(tenantId) }, count);
    });
    const failed = (await Promise.allSettled(repairs)).find((repair) => repair.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  /** Of every quota, used or not. Members are counted in their tenant's own record, and told there. */
  async uses(tenantId: TenantId, limits: TenantLimits): Promise<QuotaUses> {
    const counts = new Map((await this.#counts(tenantId)).map(({ quota, count }) => [quota, count.used]));
    const use = (quota: QuotaName): QuotaUse => quotaUse(counts.get(quota) ?? 0, limits[quota]);
    return {
      projects: use("projects"),
      containers: use("containers"),
      memoryBytes: use("memoryBytes"),
      cpus: use("cpus"),
      storageBytes: use("storageBytes"),
      ports: use("ports"),
      userSessions: use("userSessions"),
      recipes: use("recipes"),
      objects: use("objects"),
      objectBytes: use("objectBytes"),
      connections: use("connections"),
      jobsInFlight: use("jobsInFlight"),
      apiKeys: use("apiKeys"),
    };
  }

  async #counts(tenantId: TenantId): Promise<readonly { readonly quota: QuotaName; readonly count: QuotaCount }[]> {
    const { items } = await this.#table.query({ pk: recordPartition(tenantId, "QUOTA"), limit: QUERY_LIMIT_MAX });
    return items.flatMap((item) => {
      const count = quotaCountOf(item);
      return count !== undefined && isQuota(item.sk) ? [{ quota: item.sk, count }] : [];
    });
  }

  async #takeOnce(
    tenantId: TenantId,
    { quota, limit, amount: asked }: QuotaAsked,
  ): Promise<Result<QuotaPlace, { readonly current: Item | undefined }>> {
    const amount = checkedAmount(asked);
    if (amount > limit) return refused({ current: undefined });
    const hasRoom = {
      if: "any",
      of: [
        { if: "attribute_absent", attribute: "used" },
        { if: "below", attribute: "used", value: limit - amount + 1 },
      ],
    } as const;
    const change = {
      add: { used: amount, taken: amount, repairs: 0 },
      set: { takenAtEpochMs: this.#clock.nowMs() },
    };
    const taken = await this.#table.update(quotaKey(tenantId, quota), change, hasRoom);
    if (taken.ok) return ok({ repairs: quotaCountOf(taken.value)?.repairs ?? 0 });
    return refused({ current: taken.problem.reason === "condition_failed" ? taken.problem.current : undefined });
  }

  /** Whether there is more room now. Of those who come at once, one counts. */
  async #repair(
    tenantId: TenantId,
    { quota, countStored }: { readonly quota: QuotaName; readonly countStored: () => Promise<number> },
    before: QuotaCount,
  ): Promise<boolean> {
    const nowEpochMs = this.#clock.nowMs();
    const settled = settledTaken(before, nowEpochMs);
    if (settled === undefined && before.mark !== undefined) return false;
    const { change, condition } = lookingAt(before, nowEpochMs);
    const isMine = (await this.#table.update(quotaKey(tenantId, quota), change, condition)).ok;
    if (!isMine || settled === undefined) return false;
    const stored = await countStored();
    return Number.isSafeInteger(stored) && this.#correct(tenantId, quota, { before, settled, stored });
  }

  async #correct(tenantId: TenantId, quota: QuotaName, counting: Counting): Promise<boolean> {
    let current = counting.before;
    for (let attempt = 1; attempt <= REPAIR_ATTEMPTS_MAX; attempt++) {
      const { change, condition } = repairOf(current, counting);
      const repaired = await this.#table.update(quotaKey(tenantId, quota), change, condition);
      if (repaired.ok) return repairedUse(current, counting) < counting.before.used;
      const next = repaired.problem.reason === "condition_failed" ? quotaCountOf(repaired.problem.current) : undefined;
      if (next === undefined || next.repairs !== counting.before.repairs) return false;
      current = next;
    }
    return false;
  }
}

/** An amount that nobody can take. */
export class QuotaAmountInvalid extends Error {
  readonly code = "quota_amount_invalid";
  constructor(amount: number) {
    super(`of a quota 1 or more is taken, in whole numbers, and not ${amount}`);
    this.name = "QuotaAmountInvalid";
  }
}

function checkedAmount(amount = 1): number {
  if (Number.isSafeInteger(amount) && amount >= 1) return amount;
  throw new QuotaAmountInvalid(amount);
}

function isQuota(name: string): name is QuotaName {
  return isLimitName(name) && !NO_QUOTAS.some((other) => other === name);
}

export function quotaUse(used: number, limit: number): QuotaUse {
  return { used, limit, percentage: limit === 0 ? 100 : Math.round((1_000 * used) / limit) / 10 };
}
