import type { TenantLimits } from "../quota/tenant-limits.ts";

/** Whether a call is within its tenant's rate, and what its caller is told of it. */
export interface RateAnswer {
  readonly admitted: boolean;
  /** Why not: the rate of this second, or the calls of this month. */
  readonly exceeded: "none" | "rate" | "month";
  readonly perSecond: number;
  readonly burst: number;
  /** Told where the month's calls are used up. */
  readonly perMonth?: number;
  /** As far as this process knows. */
  readonly remaining: number;
  /** Until the burst is whole again; for a refused caller, until there is something at all. */
  readonly resetSeconds: number;
  /** When a refused caller may try again; at least 1. */
  readonly retryAfterSeconds: number;
}

/** For a tenant that has used up its calls of this month: it may go on with the next, in UTC. */
export function monthExceeded(
  limits: Pick<TenantLimits, "requestsPerSecond" | "requestBurst" | "requestsPerMonth">,
  nowEpochMs: number,
): RateAnswer {
  const now = new Date(nowEpochMs);
  const nextMonthEpochMs = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);
  const waitSeconds = Math.max(1, Math.ceil((nextMonthEpochMs - nowEpochMs) / 1_000));
  return {
    admitted: false,
    exceeded: "month",
    perSecond: limits.requestsPerSecond,
    burst: limits.requestBurst,
    perMonth: limits.requestsPerMonth,
    remaining: 0,
    resetSeconds: waitSeconds,
    retryAfterSeconds: waitSeconds,
  };
}

/** More than any process takes: who may have so much is not counted. */
export const UNLIMITED_PER_SECOND = 1_000_000;

/** For a tenant whose rate nothing can reach. */
export function unlimited({
  requestsPerSecond,
  requestBurst,
}: Pick<TenantLimits, "requestsPerSecond" | "requestBurst">): RateAnswer {
  return {
    admitted: true,
    exceeded: "none",
    perSecond: requestsPerSecond,
    burst: requestBurst,
    remaining: requestBurst,
    resetSeconds: 0,
    retryAfterSeconds: 1,
  };
}
