import { TENANT_LIMITS, type TenantLimits } from "../quota/tenant-limits.ts";
import type { UsageKind } from "../usage/usage-kind.ts";

/** One step of a graduated price. It holds for what lies above the step before. */
export interface PriceTier {
  /** In the kind's own unit, what is included not counted. The last tier goes on for ever. */
  readonly upTo: number | "any";
  /** Millionths of the currency for each {@link KindPrice.unitSize}. */
  readonly unitMicros: number;
}

export interface KindPrice {
  /** How many of the kind's own unit are one unit of the price: a price for each million calls has 1,000,000. */
  readonly unitSize: number;
  /** So much of it a month costs nothing, in the kind's own unit. */
  readonly included: number;
  readonly tiers: readonly PriceTier[];
}

export interface PricePlan {
  readonly name: PlanName;
  readonly title: string;
  /** ISO 4217. One for all plans, since an invoice has one. */
  readonly currency: "USD";
  /** For a whole month, in millionths of the currency. */
  readonly baseFeeMicros: number;
  readonly prices: Readonly<Record<UsageKind, KindPrice>>;
  /** Other than {@link TENANT_LIMITS}. */
  readonly limits: Partial<TenantLimits>;
}

export const PLAN_NAMES = ["free", "team", "scale"] as const;
export type PlanName = (typeof PLAN_NAMES)[number];

export const isPlanName = (raw: unknown): raw is PlanName => PLAN_NAMES.some((name) => name === raw);

const MILLION = 1_000_000;
const GIB = 1024 ** 3;
const HOUR_MICROSECONDS = 3_600 * MILLION;
/** Storage is priced by the GiB for a month of 730 hours, as AWS does. */
const GIB_MONTH_BYTE_HOURS = 730 * GIB;
const HOUR_SECONDS = 3_600;

const UNIT_SIZES: Readonly<Record<UsageKind, number>> = {
  calls: MILLION,
  cpuMicroseconds: HOUR_MICROSECONDS,
  bytesIn: GIB,
  bytesOut: GIB,
  storageByteHours: GIB_MONTH_BYTE_HOURS,
  jobMicroseconds: HOUR_MICROSECONDS,
  messages: MILLION,
  connectionSeconds: HOUR_SECONDS,
};

/** What is included and the tiers' ends are given in units of the price here. */
function price(kind: UsageKind, included: number, ...tiers: readonly PriceTier[]): KindPrice {
  const unitSize = UNIT_SIZES[kind];
  const last: PriceTier = { upTo: "any", unitMicros: 0 };
  return {
    unitSize,
    included: included * unitSize,
    tiers: (tiers.length > 0 ? tiers : [last]).map(({ upTo, unitMicros }) => ({
      upTo: upTo === "any" ? upTo : upTo * unitSize,
      unitMicros,
    })),
  };
}

const upTo = (units: number, unitMicros: number): PriceTier => ({ upTo: units, unitMicros });
const each = (unitMicros: number): PriceTier => ({ upTo: "any", unitMicros });

/** Nothing is charged for: what the plan gives ends at its limits. */
const FREE: PricePlan = {
  name: "free",
  title: "Free",
  currency: "USD",
  baseFeeMicros: 0,
  prices: {
    calls: price("calls", 0),
    cpuMicroseconds: price("cpuMicroseconds", 0),
    bytesIn: price("bytesIn", 0),
    bytesOut: price("bytesOut", 0),
    storageByteHours: price("storageByteHours", 0),
    jobMicroseconds: price("jobMicroseconds", 0),
    messages: price("messages", 0),
    connectionSeconds: price("connectionSeconds", 0),
  },
  limits: {
    projects: 5,
    containers: 1,
    memoryBytes: GIB / 2,
    cpus: 1,
    storageBytes: GIB,
    ports: 2,
    userSessions: 1_000,
    recipes: 100,
    objects: 10_000,
    objectBytes: GIB,
    connections: 20,
    jobsInFlight: 5,
    apiKeys: 5,
    members: 5,
    requestsPerSecond: 10,
    requestBurst: 20,
    requestsPerMonth: 100_000,
  },
};

/** With the limits that stand where a plan names none. */
const TEAM: PricePlan = {
  name: "team",
  title: "Team",
  currency: "USD",
  baseFeeMicros: 49 * MILLION,
  prices: {
    calls: price("calls", 1, upTo(9, 4 * MILLION), each(3 * MILLION)),
    cpuMicroseconds: price("cpuMicroseconds", 10, each(300_000)),
    bytesIn: price("bytesIn", 0),
    bytesOut: price("bytesOut", 100, upTo(900, 120_000), each(90_000)),
    storageByteHours: price("storageByteHours", 10, each(100_000)),
    jobMicroseconds: price("jobMicroseconds", 10, each(200_000)),
    messages: price("messages", 1, each(2 * MILLION)),
    connectionSeconds: price("connectionSeconds", 10_000, each(250)),
  },
  limits: {},
};

const SCALE: PricePlan = {
  name: "scale",
  title: "Scale",
  currency: "USD",
  baseFeeMicros: 499 * MILLION,
  prices: {
    calls: price("calls", 20, upTo(80, 2_500_000), upTo(1_000, 2 * MILLION), each(1_500_000)),
    cpuMicroseconds: price("cpuMicroseconds", 200, upTo(2_000, 250_000), each(200_000)),
    bytesIn: price("bytesIn", 0),
    bytesOut: price("bytesOut", 1_000, upTo(9_000, 90_000), each(70_000)),
    storageByteHours: price("storageByteHours", 100, upTo(1_000, 90_000), each(70_000)),
    jobMicroseconds: price("jobMicroseconds", 200, each(150_000)),
    messages: price("messages", 20, each(1 * MILLION)),
    connectionSeconds: price("connectionSeconds", 200_000, each(200)),
  },
  limits: {
    projects: 2_000,
    containers: 500,
    memoryBytes: 100 * GIB,
    cpus: 100,
    storageBytes: 2_048 * GIB,
    ports: 1_000,
    userSessions: 1_000_000,
    recipes: 10_000,
    objects: 50_000_000,
    objectBytes: 10_240 * GIB,
    connections: 20_000,
    jobsInFlight: 1_000,
    apiKeys: 1_000,
    requestsPerSecond: 1_000,
    requestBurst: 2_000,
    requestsPerMonth: 2_000_000_000,
  },
};

/** All plans. Held against {@link TENANT_LIMITS} and against each other by `test/layers/core/billing/price-plans.test.ts`. */
export const PRICE_PLANS: Readonly<Record<PlanName, PricePlan>> = { free: FREE, team: TEAM, scale: SCALE };

/** What the plan allows; undefined where there is no such plan. */
export function planLimits(plan: string): TenantLimits | undefined {
  return isPlanName(plan) ? { ...TENANT_LIMITS, ...PRICE_PLANS[plan].limits } : undefined;
}
