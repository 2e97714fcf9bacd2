import type { Table } from "../ports/table.ts";
import { recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { hourText } from "./hour.ts";
import { sumOfUsage, type UsageTotals } from "./usage-kind.ts";
import { allOf, readStored, type StoredSum, storedSums } from "./usage-sums.ts";

/** What a tenant has used in a period, in all regions. */
export interface PeriodUsage {
  /** As `2027-01-31T09` or `2027-01-31`, in UTC. */
  readonly period: string;
  readonly totals: UsageTotals;
}

/**
 * What tenants have used, as far as it is summed up: some minutes old, and some seconds more for what another region has
 * counted. What nobody used is not there.
 */
export class UsageBook {
  readonly #table: Table;

  /** @param table the one of regional state. */
  constructor(table: Table) {
    this.#table = table;
  }

  /** @param month as `2027-01`. */
  async month(tenantId: TenantId, month: string): Promise<UsageTotals> {
    const sums = await storedSums(this.#table, tenantId, { kind: "USAGE-MONTH", prefix: `${month}#` });
    return sumOfUsage(sums.map(({ totals }) => totals));
  }

  /** @param month as `2027-01`. */
  async days(tenantId: TenantId, month: string): Promise<readonly PeriodUsage[]> {
    return inAllRegions(await storedSums(this.#table, tenantId, { kind: "USAGE-DAY", prefix: `${month}-` }));
  }

  /** From one hour up to and without another. At most {@link HOURS_READ_MAX} hours. */
  async hours(
    tenantId: TenantId,
    { fromEpochHour, untilEpochHour }: { readonly fromEpochHour: number; readonly untilEpochHour: number },
  ): Promise<readonly PeriodUsage[]> {
    const items = await allOf(this.#table, {
      pk: recordPartition(tenantId, "USAGE-HOUR"),
      after: hourText(fromEpochHour),
      before: hourText(Math.min(untilEpochHour, fromEpochHour + HOURS_READ_MAX)),
    });
    return inAllRegions(items.map(readStored));
  }
}

/** A leap year's hours. */
export const HOURS_READ_MAX = 366 * 24;

function inAllRegions(sums: readonly StoredSum[]): readonly PeriodUsage[] {
  return [...Map.groupBy(sums, ({ period }) => period)].map(([period, regions]) => ({
    period,
    totals: sumOfUsage(regions.map(({ totals }) => totals)),
  }));
}
