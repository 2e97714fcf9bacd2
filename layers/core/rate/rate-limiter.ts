import { settledWithin } from "../deployment/settled-within.ts";
import { inParallel } from "../in-parallel.ts";
import type { Clock } from "../ports/clock.ts";
import type { Item, ItemKey, Table, WriteProblem } from "../ports/table.ts";
import type { TenantLimits } from "../quota/tenant-limits.ts";
import type { Result } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import {
  FAULT_TRUST_MS,
  LEASE_ATTEMPTS_MAX,
  LEASE_ROUNDS_MAX,
  LEASE_WAIT_MS_MAX,
  LEASED_TENANTS_MAX,
  RETURN_ATTEMPTS_MAX,
  RETURN_MS_MAX,
  RETURNS_AT_ONCE,
} from "./limits.ts";
import type { RateAnswer } from "./rate-answer.ts";
import { RateLease } from "./rate-lease.ts";
import { type BucketShape, bucketOf, returning, taking } from "./token-bucket.ts";

export type RateLimits = Pick<TenantLimits, "requestsPerSecond" | "requestBurst">;

const SECOND_MS = 1_000;

export interface RateLimiterParts<Caller> {
  /** Of regional state. */
  readonly table: Pick<Table, "update">;
  readonly clock: Clock;
  /** Where the bucket of a caller lies; each region has its own. */
  readonly keyOf: (caller: Caller) => ItemKey;
  /** Told at most once a second that the table is away. */
  readonly report: (fault: unknown) => void;
}

/**
 * One token bucket a tenant and region, shared by all processes there without a write a call: a process leases tokens
 * ahead with one conditional write and spends them from memory.
 *
 * In any time t a tenant's calls are at most `burst + t × perSecond + held × processes`, where a process holds at most
 * 0.6 of the burst; from the tenant's first call on they are at most `burst + t × perSecond`. Time is that of the clock
 * that is furthest ahead. What a killed process held is lost to the tenant, and is never more than it held.
 *
 * A bucket that was found empty is taken for empty for a second at most, so a caller who goes on costs no operations.
 * While the table fails, or keeps calls waiting for more than half a second, each process lets through a tenth of the
 * rate and of the burst: then the bound is that of as many tenths as there are processes.
 */
export class RateLimiter<Caller extends string = TenantId> {
  readonly #parts: RateLimiterParts<Caller>;
  /** The one that took longest ago is first. */
  readonly #leases = new Map<Caller, RateLease>();
  readonly #takings = new Set<Promise<void>>();
  #reportAgainAtMs = 0;

  constructor(parts: RateLimiterParts<Caller>) {
    this.#parts = parts;
  }

  /** One call. Answers at once unless tokens have to be leased first. */
  take(caller: Caller, limits: RateLimits): RateAnswer | Promise<RateAnswer> {
    const nowMs = this.#parts.clock.nowMs();
    const shape = shapeOf(limits);
    const lease = this.#leases.get(caller) ?? new RateLease();
    lease.count(nowMs);
    if (!lease.spend(nowMs)) return this.#takeWithout(caller, lease, shape);
    if (lease.mayTakeAhead(nowMs)) void this.#takeMore(caller, lease, shape);
    return answered(lease, shape, { admitted: true, nowMs });
  }

  /**
   * Waits for the leases that are being taken ahead, as long as a call would. For the end of a call after which the process
   * is stopped: what is half done then would be found broken when it goes on.
   */
  async settled(): Promise<void> {
    if (this.#takings.size === 0) return;
    await settledWithin(this.#parts.clock, { work: [...this.#takings], waitMsMax: LEASE_WAIT_MS_MAX });
  }

  /**
   * Gives back what is held, as far as the table lets it within a second: tokens come again by themselves. For the end of
   * the process; a call that comes all the same leases anew.
   */
  async close(): Promise<void> {
    const leases = [...this.#leases];
    this.#leases.clear();
    const over = new AbortController();
    const limits = { parallelMax: RETURNS_AT_ONCE, signal: over.signal };
    const returns = inParallel(leases, limits, ([caller, lease]) => this.#giveBack(caller, lease));
    await settledWithin(this.#parts.clock, { work: [returns], waitMsMax: RETURN_MS_MAX });
    over.abort();
  }

  #takeWithout(caller: Caller, lease: RateLease, shape: BucketShape): RateAnswer | Promise<RateAnswer> {
    const nowMs = this.#parts.clock.nowMs();
    const isQuiet = lease.quietMs(nowMs) > 0;
    if (!lease.isTableAway) {
      return isQuiet ? answered(lease, shape, { admitted: false, nowMs }) : this.#takeThenSpend(caller, lease, shape);
    }
    // Nobody waits to find out whether the table is back.
    if (!isQuiet) void this.#takeMore(caller, lease, shape);
    return answered(lease, shape, { admitted: lease.spendLocally(shape, nowMs), nowMs });
  }

  async #takeThenSpend(caller: Caller, lease: RateLease, shape: BucketShape): Promise<RateAnswer> {
    const { clock } = this.#parts;
    for (let round = 1; round <= LEASE_ROUNDS_MAX; round++) {
      await this.#takenInTime(lease, this.#takeMore(caller, lease, shape));
      const nowMs = clock.nowMs();
      if (lease.spend(nowMs)) return answered(lease, shape, { admitted: true, nowMs });
      if (lease.quietMs(nowMs) > 0) break;
    }
    const nowMs = clock.nowMs();
    const admitted = lease.isTableAway && lease.spendLocally(shape, nowMs);
    return answered(lease, shape, { admitted, nowMs });
  }

  async #takenInTime(lease: RateLease, taken: Promise<void>): Promise<void> {
    const { clock } = this.#parts;
    const over = new AbortController();
    const tooLate = clock.sleep(LEASE_WAIT_MS_MAX, over.signal).then(() => "too late" as const);
    const came = await Promise.race([taken, tooLate]);
    over.abort();
    if (came === undefined) return;
    lease.tableFailed(clock.nowMs());
    this.#report(new RateLeaseLate());
  }

  /** All calls of a tenant that find nothing wait for the same lease. Never fails. */
  #takeMore(caller: Caller, lease: RateLease, shape: BucketShape): Promise<void> {
    if (lease.taking !== undefined) return lease.taking;
    this.#remember(caller, lease);
    const underWay = this.#takeFromBucket(caller, lease, shape)
      .catch((fault: unknown) => {
        lease.tableFailed(this.#parts.clock.nowMs());
        this.#report(fault);
      })
      .finally(() => {
        lease.taking = undefined;
        this.#takings.delete(underWay);
      });
    lease.taking = underWay;
    this.#takings.add(underWay);
    return underWay;
  }

  #remember(caller: Caller, lease: RateLease): void {
    this.#leases.delete(caller);
    this.#leases.set(caller, lease);
    const [oldest] = this.#leases;
    if (this.#leases.size <= LEASED_TENANTS_MAX || oldest === undefined) return;
    this.#leases.delete(oldest[0]);
    void this.#giveBack(...oldest);
  }

  async #takeFromBucket(caller: Caller, lease: RateLease, shape: BucketShape): Promise<void> {
    const { table, clock, keyOf } = this.#parts;
    const key = keyOf(caller);
    for (let attempt = 1; attempt <= LEASE_ATTEMPTS_MAX; attempt++) {
      const nowMs = clock.nowMs();
      lease.sees(lease.seen, shape, nowMs);
      const wanted = lease.wanted(shape, nowMs);
      const next = taking(lease.seen, shape, { wanted, nowMicros: lease.bucketTimeMicros(nowMs) });
      if (next.found === "none") return lease.foundEmpty(next.nextTokenMs, shape, nowMs);
      const written = await table.update(key, next.change, next.condition);
      lease.sees(bucketOf(afterOf(written)), shape, clock.nowMs());
      if (!written.ok) continue;
      lease.grant(next.tokens, clock.nowMs());
      if (next.tokens < wanted) lease.foundEmpty(0, shape, clock.nowMs());
      return;
    }
    lease.foundEmpty(1, shape, clock.nowMs());
  }

  /** Where others have taken meanwhile it is tried once more; what comes back too late is lost. Never fails. */
  async #giveBack(caller: Caller, lease: RateLease): Promise<void> {
    const { table, clock, keyOf } = this.#parts;
    const tokens = lease.letGo(clock.nowMs());
    let { seen } = lease;
    try {
      for (let attempt = 1; attempt <= RETURN_ATTEMPTS_MAX; attempt++) {
        const nowMicros = lease.bucketTimeMicros(clock.nowMs());
        if (tokens === 0 || seen === undefined || seen.fullAtEpochMicros <= nowMicros) return;
        const { change, condition } = returning(seen, { tokens, nowMicros });
        const written = await table.update(keyOf(caller), change, condition);
        if (written.ok) return;
        seen = bucketOf(afterOf(written));
      }
    } catch (fault) {
      this.#report(fault);
    }
  }

  #report(fault: unknown): void {
    const nowMs = this.#parts.clock.nowMs();
    if (nowMs < this.#reportAgainAtMs) return;
    this.#reportAgainAtMs = nowMs + FAULT_TRUST_MS;
    this.#parts.report(fault);
  }
}

/** The table did not answer in time, and calls were judged without it. */
export class RateLeaseLate extends Error {
  readonly code = "rate_lease_late";
  constructor() {
    super(`a rate lease took longer than ${LEASE_WAIT_MS_MAX} ms`);
    this.name = "RateLeaseLate";
  }
}

/** What is stored after a write, whether it came through or not. */
function afterOf(written: Result<Item, WriteProblem>): Item | undefined {
  if (written.ok) return written.value;
  return written.problem.reason === "condition_failed" ? written.problem.current : undefined;
}

function shapeOf({ requestsPerSecond, requestBurst }: RateLimits): BucketShape {
  return { perSecond: Math.max(1, requestsPerSecond), burst: Math.max(1, requestBurst) };
}

function answered(
  lease: RateLease,
  shape: BucketShape,
  { admitted, nowMs }: { readonly admitted: boolean; readonly nowMs: number },
): RateAnswer {
  const { perSecond, burst } = shape;
  const remaining = admitted ? Math.min(burst, lease.held + lease.leftInBucket(shape, nowMs)) : 0;
  const waitSeconds = Math.max(1, Math.ceil(lease.quietMs(nowMs) / SECOND_MS));
  return {
    admitted,
    exceeded: admitted ? "none" : "rate",
    perSecond,
    burst,
    remaining,
    resetSeconds: admitted ? Math.ceil((burst - remaining) / perSecond) : waitSeconds,
    retryAfterSeconds: waitSeconds,
  };
}
