import type { Table } from "../../../../layers/core/ports/table.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { epochHourOf } from "../../../../layers/core/usage/hour.ts";
import { UsageBook } from "../../../../layers/core/usage/usage-book.ts";
import { NO_USAGE } from "../../../../layers/core/usage/usage-kind.ts";
import { UsageLedger } from "../../../../layers/core/usage/usage-ledger.ts";
import { FLEET_MARK_TIMING, UsageMarks } from "../../../../layers/core/usage/usage-marks.ts";
import { UsageRollUp } from "../../../../layers/core/usage/usage-roll-up.ts";
import { type ManualClock, manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";

export const RIPE_MS = FLEET_MARK_TIMING.windowMs + FLEET_MARK_TIMING.marginMs;

/** One region's part of metering, on a table that other regions may share. */
export interface UsageRegion {
  readonly clock: ManualClock;
  readonly table: Table;
  readonly marks: UsageMarks;
  readonly ledger: UsageLedger;
  readonly rollUp: UsageRollUp;
  readonly book: UsageBook;
  readonly reports: unknown[];
  /** So many calls, as a source has come to. */
  calls(
    tenantId: TenantId,
    reading: { source?: string; seq?: number; calls: number; epochHour?: number },
  ): Promise<void>;
  /** Everything that has changed is summed up. */
  settle(): Promise<void>;
}

export function usageRegion(
  given: { clock?: ManualClock; table?: Table; region?: string; shaky?: (table: Table) => Table } = {},
): UsageRegion {
  const clock = given.clock ?? manualClock(Date.UTC(2027, 0, 15, 9, 30));
  const table = given.table ?? memoryTable(clock);
  const region = given.region ?? "eu-west-1";
  const reports: unknown[] = [];
  const marks = new UsageMarks({ table, clock, region, timing: FLEET_MARK_TIMING });
  const ledger = new UsageLedger({ table: given.shaky?.(table) ?? table, clock, region, marks });
  const rollUp = new UsageRollUp({ table, clock, region, marks, report: (fault) => reports.push(fault) });
  return {
    clock,
    table,
    marks,
    ledger,
    rollUp,
    book: new UsageBook(table),
    reports,
    calls: (tenantId, { source = "p.0", seq = 1, calls, epochHour = epochHourOf(clock.nowMs()) }) =>
      ledger.take(tenantId, { source, seq, epochHour, totals: { ...NO_USAGE, calls } }),
    async settle() {
      clock.advance(RIPE_MS);
      await rollUp.run({ untilEpochMs: Number.POSITIVE_INFINITY });
    },
  };
}
