import type { TenantId } from "../tenant/tenant-id.ts";
import type { PeriodUsage } from "../usage/usage-book.ts";
import { USAGE_KINDS, type UsageKind } from "../usage/usage-kind.ts";
import { csv } from "./csv.ts";

/**
 * A meter event as Stripe takes it. Source: Stripe API v2, "Create a Meter Event" (read 2026-11-21): `payload` holds
 * texts alone, and an `identifier` counts once within 24 hours. Not older than 35 days.
 */
export interface StripeMeterEvent {
  readonly event_name: string;
  readonly identifier: string;
  /** As ISO 8601. */
  readonly timestamp: string;
  readonly payload: { readonly stripe_customer_id: string; readonly value: string };
}

/** Names of the meters to make in Stripe, each with the aggregation `sum`. */
export const METER_NAMES: Readonly<Record<UsageKind, string>> = {
  calls: "skein_calls",
  cpuMicroseconds: "skein_cpu_microseconds",
  bytesIn: "skein_bytes_in",
  bytesOut: "skein_bytes_out",
  storageByteHours: "skein_storage_byte_hours",
  jobMicroseconds: "skein_job_microseconds",
  messages: "skein_messages",
  connectionSeconds: "skein_connection_seconds",
};

/**
 * One event for each hour and kind that was used, the same whenever it is made of the same hours: what Stripe has of it
 * already, it counts once.
 *
 * @param hours those that are over for so long that nothing more comes ({@link EXPORT_SETTLED_MS}).
 */
export function stripeMeterEvents(
  tenantId: TenantId,
  { customerId, hours }: { readonly customerId: string; readonly hours: readonly PeriodUsage[] },
): readonly StripeMeterEvent[] {
  return used(hours).map(({ hour, kind, quantity }) => ({
    event_name: METER_NAMES[kind],
    identifier: identifierOf(tenantId, hour, kind),
    timestamp: startOf(hour),
    payload: { stripe_customer_id: customerId, value: String(quantity) },
  }));
}

/** One event a line. */
export function stripeMeterLines(events: readonly StripeMeterEvent[]): string {
  return events.map((event) => `${JSON.stringify(event)}\n`).join("");
}

/** The same for a warehouse: a row for each hour and kind that was used, in the kind's own unit. */
export function usageCsv(tenantId: TenantId, hours: readonly PeriodUsage[]): string {
  return csv(
    ["identifier", "tenant", "hour_start", "kind", "quantity"],
    used(hours).map(({ hour, kind, quantity }) => [
      identifierOf(tenantId, hour, kind),
      tenantId,
      startOf(hour),
      kind,
      quantity,
    ]),
  );
}

function used(hours: readonly PeriodUsage[]) {
  return hours.flatMap(({ period: hour, totals }) =>
    USAGE_KINDS.filter((kind) => totals[kind] > 0).map((kind) => ({ hour, kind, quantity: totals[kind] })),
  );
}

/** At most 98 characters, of the 100 that Stripe takes. */
function identifierOf(tenantId: TenantId, hour: string, kind: UsageKind): string {
  return `sk_${tenantId}_${hour}_${kind}`;
}

const startOf = (hour: string): string => `${hour}:00:00.000Z`;
