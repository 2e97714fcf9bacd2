/** What is metered. Whole numbers, 0 or more, in the unit that the name ends with; where it names none it is a count. */
export const USAGE_KINDS = [
  "calls",
  "cpuMicroseconds",
  "bytesIn",
  "bytesOut",
  "storageByteHours",
  "jobMicroseconds",
  "messages",
  "connectionSeconds",
] as const;
export type UsageKind = (typeof USAGE_KINDS)[number];

/** What a tenant has used; what is left out is none. Whole numbers, 0 or more. */
export type Usage = { readonly [Kind in UsageKind]?: number } & {
  /**
   * How long this process was at work for the tenant, as a clock on the wall measures it. By these times the processor
   * time of the process is shared out among its tenants.
   */
  readonly busyMicroseconds?: number;
};

/** So much of each kind. Exact below 2^53: 12 TiB stored for a month. */
export type UsageTotals = Readonly<Record<UsageKind, number>>;

export const NO_USAGE: UsageTotals = {
  calls: 0,
  cpuMicroseconds: 0,
  bytesIn: 0,
  bytesOut: 0,
  storageByteHours: 0,
  jobMicroseconds: 0,
  messages: 0,
  connectionSeconds: 0,
};

export function sumOfUsage(parts: Iterable<UsageTotals>): UsageTotals {
  const sum = { ...NO_USAGE };
  for (const part of parts) for (const kind of USAGE_KINDS) sum[kind] += part[kind];
  return sum;
}
