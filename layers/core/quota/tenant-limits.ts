/**
 * What a tenant may have or do at most. Whole numbers, 0 or more. The first six are those of a tenant's projects, and
 * `containers` are those that run; the units are in the names, and where a name has none it is a count.
 */
export interface TenantLimits {
  readonly projects: number;
  readonly containers: number;
  readonly memoryBytes: number;
  readonly cpus: number;
  readonly storageBytes: number;
  readonly ports: number;
  readonly userSessions: number;
  readonly recipes: number;
  readonly objects: number;
  readonly objectBytes: number;
  readonly connections: number;
  readonly jobsInFlight: number;
  readonly apiKeys: number;
  readonly members: number;
  readonly requestsPerSecond: number;
  /** How many requests may come at once after a quiet time. */
  readonly requestBurst: number;
  readonly requestsPerMonth: number;
}

export type LimitName = keyof TenantLimits;

export const isLimitName = (raw: string): raw is LimitName => Object.hasOwn(TENANT_LIMITS, raw);

const GIB = 1024 ** 3;

/** What a plan gives where it says nothing else. */
export const TENANT_LIMITS: TenantLimits = {
  projects: 200,
  containers: 50,
  memoryBytes: 10 * GIB,
  cpus: 10,
  storageBytes: 100 * GIB,
  ports: 100,
  userSessions: 100_000,
  recipes: 10_000,
  objects: 1_000_000,
  objectBytes: 100 * GIB,
  connections: 1_000,
  jobsInFlight: 100,
  apiKeys: 100,
  members: 200,
  requestsPerSecond: 100,
  requestBurst: 200,
  requestsPerMonth: 10_000_000,
};

export const LIMIT_NAMES: readonly LimitName[] = Object.keys(TENANT_LIMITS).filter(isLimitName);
