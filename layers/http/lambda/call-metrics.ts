import type { CallLine } from "../call-line.ts";

/** What stands for every tenant that is not watched. Its underscore keeps it from being a tenant's name. */
const OTHER_TENANTS = "_others";

export interface CallMetricsOptions {
  /** The function's name. */
  readonly service: string;
  /** Those that are told apart: CloudWatch bills each name it sees. Of all others the log lines tell. */
  readonly watchedTenants: ReadonlySet<string>;
}

/**
 * A call's line as CloudWatch takes metrics from it, without a call of its API: by function and by tenant.
 * Source: CloudWatch user guide, "Specification: Embedded metric format" (read 2026-11-21).
 */
export function callMetrics({ service, watchedTenants }: CallMetricsOptions): (line: CallLine) => object {
  return (line) => ({
    ...line,
    _aws: {
      Timestamp: line.atEpochMs,
      CloudWatchMetrics: [{ Namespace: "Skein", Dimensions: [["service"], ["tenant"]], Metrics: METRICS }],
    },
    service,
    tenant: watchedTenants.has(line.tenantId) ? line.tenantId : OTHER_TENANTS,
    Calls: 1,
    Duration: line.durationMs,
    BytesOut: line.bytes,
    Faults: line.status >= 500 ? 1 : 0,
    Throttled: line.status === 429 ? 1 : 0,
  });
}

const METRICS = [
  { Name: "Calls", Unit: "Count" },
  { Name: "Duration", Unit: "Milliseconds" },
  { Name: "BytesOut", Unit: "Bytes" },
  { Name: "Faults", Unit: "Count" },
  { Name: "Throttled", Unit: "Count" },
] as const;
