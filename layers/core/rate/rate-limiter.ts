import type { Clock } from "../ports/clock.ts";
import type { Item, ItemKey, Table } from "../ports/table.ts";
import type { TenantLimits } from "../quota/tenant-limits.ts";
import { rateBucketKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { BUCKET_IDLE_SECONDS, EMPTY_TRUST_MS, LEASE_ATTEMPTS_MAX, LEASED_TENANTS_MAX } from "./limits.ts";
import type { RateAnswer } from "./rate-answer.ts";
import { RateLease } from "./rate-lease.ts";
import { type Bucket, type BucketShape, filledBucket, fillTimeMs, MILLI } from "./token-bucket.ts";

export type RateLimits = Pick<TenantLimits, "requestsPerSecond" | "requestBurst">;

export interface RateLimiterParts {
  /** Of regional state: each region has a bucket of its own for a tenant. */
  readonly table: Table;
  readonly clock: Clock;
  readonly region: string;
  readonly report: (fault: unknown) => void;
}

/**
 * One token bucket a tenant and region, shared by all processes there without a write a call: a process takes a batch of
 * tokens ahead with one conditional write and spends them from memory.
 *
 * In any time t a tenant's calls are at most `burst + t × perSecond + batch × processes`, where a batch is at most half
 * the burst. A bucket that was found empty is believed empty for a while, so a caller who does not stop costs no
 * operations. While the table does not answer, each process lets a batch a second through and tells of it.
 */
export class RateLimiter {
  readonly #parts: RateLimiterParts;
  /** The one known longest is first. */
  readonly #leases = new Map<TenantId, RateLease>();

  constructor(parts: RateLimiterParts) {
    this.#parts = parts;
  }

  /** One call. Answers at once unless tokens have to be taken first. */
  take(tenantId: TenantId, limits: RateLimits): RateAnswer | Promise<RateAnswer> {
    const nowMs = this.#parts.clock.nowMs();
    const shape = shapeOf(limits);
    const lease = this.#leaseOf(tenantId);
    if (lease.spend(nowMs)) {
      if (lease.isLow && nowMs >= lease.emptyUntilMs) void this.#refill(tenantId, lease, shape);
      return answered(lease, shape, { admitted: true, nowMs });
    }
    if (nowMs < lease.emptyUntilMs) return answered(lease, shape, { admitted: false, nowMs });
    return this.#takeThenSpend(tenantId, lease, shape);
  }

  async #takeThenSpend(tenantId: TenantId, lease: RateLease, shape: BucketShape): Promise<RateAnswer> {
    await this.#refill(tenantId, lease, shape);
    const nowMs = this.#parts.clock.nowMs();
    return answered(lease, shape, { admitted: lease.spend(nowMs), nowMs });
  }

  #leaseOf(tenantId: TenantId): RateLease {
    const known = this.#leases.get(tenantId);
    if (known !== undefined) return known;
    const lease = new RateLease();
    this.#leases.set(tenantId, lease);
    const [oldest] = this.#leases.keys();
    if (this.#leases.size > LEASED_TENANTS_MAX && oldest !== undefined) this.#leases.delete(oldest);
    return lease;
  }

  /** All calls of a tenant that find nothing wait for the same taking. */
  #refill(tenantId: TenantId, lease: RateLease, shape: BucketShape): Promise<void> {
    lease.taking ??= this.#takeBatch(tenantId, lease, shape).finally(() => {
      lease.taking = undefined;
    });
    return lease.taking;
  }

  async #takeBatch(tenantId: TenantId, lease: RateLease, shape: BucketShape): Promise<void> {
    try {
      await this.#takeFromBucket(tenantId, lease, shape);
    } catch (fault) {
      this.#parts.report(fault);
      const nowMs = this.#parts.clock.nowMs();
      lease.grant(lease.wanted(shape), nowMs);
      lease.emptyUntilMs = nowMs + MILLI;
    }
  }

  async #takeFromBucket(tenantId: TenantId, lease: RateLease, shape: BucketShape): Promise<void> {
    const key = rateBucketKey(tenantId, this.#parts.region);
    let stored = lease.seen ?? (await this.#parts.table.get(key));
    for (let attempt = 1; attempt <= LEASE_ATTEMPTS_MAX; attempt++) {
      const nowMs = this.#parts.clock.nowMs();
      const bucket = filledBucket(bucketOf(stored), shape, nowMs);
      const tokens = Math.min(lease.wanted(shape), Math.floor(bucket.milliTokens / MILLI));
      lease.nextTokenAtMs = nowMs + fillTimeMs(bucket, shape, 1);
      if (tokens < 1) {
        lease.emptyUntilMs = Math.max(lease.nextTokenAtMs, nowMs + EMPTY_TRUST_MS);
        return;
      }
      const milliTokens = bucket.milliTokens - tokens * MILLI;
      const written = await this.#write(key, stored, { ...bucket, milliTokens });
      if (written.ok) {
        lease.seen = written.stored;
        lease.leftInBucket = Math.floor(milliTokens / MILLI);
        return lease.grant(tokens, nowMs);
      }
      stored = written.current;
      lease.seen = stored;
    }
    lease.emptyUntilMs = this.#parts.clock.nowMs() + EMPTY_TRUST_MS;
  }

  /** Where nobody has written since `stored` was read. */
  async #write(key: ItemKey, stored: Item | undefined, bucket: Bucket) {
    const writes = (numberOf(stored?.writes) ?? 0) + 1;
    const expiresAtEpochSeconds = Math.ceil(bucket.filledAtEpochMs / MILLI) + BUCKET_IDLE_SECONDS;
    const unchanged =
      stored === undefined
        ? ({ if: "absent" } as const)
        : ({ if: "equals", attribute: "writes", value: writes - 1 } as const);
    const item = { ...key, ...bucket, writes, expiresAtEpochSeconds };
    const put = await this.#parts.table.put(item, unchanged);
    if (put.ok) return { ok: true, stored: item } as const;
    return { ok: false, current: put.problem.reason === "condition_failed" ? put.problem.current : undefined } as const;
  }
}

function shapeOf({ requestsPerSecond, requestBurst }: RateLimits): BucketShape {
  return { perSecond: Math.max(1, requestsPerSecond), burst: Math.max(1, requestBurst) };
}

function bucketOf(item: Item | undefined): Bucket | undefined {
  const milliTokens = numberOf(item?.milliTokens);
  const filledAtEpochMs = numberOf(item?.filledAtEpochMs);
  return milliTokens === undefined || filledAtEpochMs === undefined ? undefined : { milliTokens, filledAtEpochMs };
}

function numberOf(raw: unknown): number | undefined {
  return typeof raw === "number" ? raw : undefined;
}

function answered(
  lease: RateLease,
  { perSecond, burst }: BucketShape,
  { admitted, nowMs }: { readonly admitted: boolean; readonly nowMs: number },
): RateAnswer {
  const remaining = admitted ? Math.min(burst, lease.held + lease.leftInBucket) : 0;
  const waitMs = Math.max(lease.emptyUntilMs, lease.nextTokenAtMs) - nowMs;
  return {
    admitted,
    exceeded: admitted ? "none" : "rate",
    perSecond,
    burst,
    remaining,
    resetSeconds: Math.ceil((burst - remaining) / perSecond),
    retryAfterSeconds: Math.max(1, Math.ceil(waitMs / MILLI)),
  };
}
