import { inParallel } from "../in-parallel.ts";
import type { Clock } from "../ports/clock.ts";
import type { ItemKey, Table } from "../ports/table.ts";
import { usageSourceKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { dayText, HOUR_MS, hourText, monthText } from "./hour.ts";
import { HOURS_KEPT_MS, MARK_PAGES_MAX, ROLL_UPS_AT_ONCE } from "./limits.ts";
import type { UsageMark, UsageMarks } from "./usage-marks.ts";
import { addUp, allOf, readSum, storedSums, storeSum } from "./usage-sums.ts";

export interface UsageRollUpParts {
  /** The one of regional state. */
  readonly table: Table;
  readonly clock: Clock;
  readonly region: string;
  readonly marks: UsageMarks;
  /** Told of tenants whose hours could not be summed up: they stay marked. */
  readonly report: (fault: unknown) => void;
}

export interface RollUpRun {
  /** Marks that were followed and are gone. */
  readonly marksDone: number;
  /** Whether it came to the end of what was ripe. */
  readonly isFinished: boolean;
}

/**
 * Sums the counters of changed hours up into hours, those into days, and those into months.
 *
 * Each sum is made anew from its parts, never added to, and is written only over one that had seen less. So any number of
 * runs may be at it at once, each may end anywhere, and the next goes on from the marks that are left. A region sums up
 * its own counters alone; whoever reads adds the regions together.
 */
export class UsageRollUp {
  readonly #parts: UsageRollUpParts;

  constructor(parts: UsageRollUpParts) {
    this.#parts = parts;
  }

  /** Begins nothing more after `untilEpochMs`; what it leaves, the next run does. */
  async run({ untilEpochMs }: { readonly untilEpochMs: number }): Promise<RollUpRun> {
    let marksDone = 0;
    let after: ItemKey | undefined;
    for (let page = 1; page <= MARK_PAGES_MAX; page++) {
      const marks = await this.#parts.marks.ripe(after);
      after = marks.at(-1)?.key;
      if (after === undefined) return { marksDone, isFinished: true };
      const tenants = [...Map.groupBy(marks, ({ tenantId }) => tenantId)];
      const done = await inParallel(tenants, { parallelMax: ROLL_UPS_AT_ONCE }, async ([tenantId, itsMarks]) =>
        this.#parts.clock.nowMs() < untilEpochMs ? this.#follow(tenantId, itsMarks) : 0,
      );
      marksDone += done.reduce((sum: number, count) => sum + (count ?? 0), 0);
      if (this.#parts.clock.nowMs() >= untilEpochMs) return { marksDone, isFinished: false };
    }
    return { marksDone, isFinished: false };
  }

  async #follow(tenantId: TenantId, marks: readonly UsageMark[]): Promise<number> {
    try {
      await this.#sumUp(tenantId, new Set(marks.map(({ epochHour }) => epochHour)));
      for (const mark of marks) await this.#parts.marks.remove(mark);
      return marks.length;
    } catch (fault) {
      this.#parts.report(fault);
      return 0;
    }
  }

  async #sumUp(tenantId: TenantId, epochHours: ReadonlySet<number>): Promise<void> {
    for (const epochHour of epochHours) await this.#sumHour(tenantId, epochHour);
    const days = new Set([...epochHours].map(dayText));
    for (const day of days) await this.#sumPeriod(tenantId, { of: "USAGE-HOUR", within: `${day}T`, into: day });
    const months = new Set([...epochHours].map(monthText));
    for (const month of months) await this.#sumPeriod(tenantId, { of: "USAGE-DAY", within: `${month}-`, into: month });
  }

  async #sumHour(tenantId: TenantId, epochHour: number): Promise<void> {
    const { table, region } = this.#parts;
    const hour = hourText(epochHour);
    const { pk, sk: prefix } = usageSourceKey(tenantId, { region, hour, source: "" });
    const sources = await allOf(table, { pk, prefix });
    if (sources.length === 0) return;
    const expiresAtEpochSeconds = ((epochHour + 1) * HOUR_MS + HOURS_KEPT_MS) / 1_000;
    const sum = addUp(sources.map(readSum));
    await storeSum(table, tenantId, { kind: "USAGE-HOUR", period: hour, region, ...sum, expiresAtEpochSeconds });
  }

  async #sumPeriod(
    tenantId: TenantId,
    { of, within, into }: { readonly of: "USAGE-HOUR" | "USAGE-DAY"; readonly within: string; readonly into: string },
  ): Promise<void> {
    const { table, region } = this.#parts;
    const parts = (await storedSums(table, tenantId, { kind: of, prefix: within })).filter(
      (part) => part.region === region,
    );
    if (parts.length === 0) return;
    const kind = of === "USAGE-HOUR" ? "USAGE-DAY" : "USAGE-MONTH";
    await storeSum(table, tenantId, { kind, period: into, region, ...addUp(parts) });
  }
}
