import { type Clock, nowEpochSeconds } from "../ports/clock.ts";
import type { Condition, Table } from "../ports/table.ts";
import { usageSourceKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { HOUR_MS, hourText } from "./hour.ts";
import { READING_EARLY_MS_MAX, READING_LATE_MS_MAX, READINGS_KEPT_MS } from "./limits.ts";
import type { UsageMarks } from "./usage-marks.ts";
import { type CounterReading, withoutNone } from "./usage-message.ts";

export interface UsageLedgerParts {
  /** The one of regional state. */
  readonly table: Table;
  readonly clock: Clock;
  /** Each counter is written in one region alone, so that regions never write over each other. */
  readonly region: string;
  readonly marks: UsageMarks;
}

/** A reading of an hour that is over for too long, or lies ahead. It is not counted, and ends among the dead letters. */
export class ReadingUntimely extends Error {
  readonly code = "usage_reading_untimely";
  constructor(epochHour: number) {
    super(`a reading of the hour ${hourText(epochHour)} is too late, or too early`);
    this.name = "ReadingUntimely";
  }
}

/**
 * What all counters have come to. Taking a reading twice, or an older one after a newer, changes nothing.
 */
export class UsageLedger {
  readonly #parts: UsageLedgerParts;

  constructor(parts: UsageLedgerParts) {
    this.#parts = parts;
  }

  /**
   * Counted when it resolves.
   *
   * @throws {ReadingUntimely}
   * @throws {StoreFault} take it again.
   */
  async take(tenantId: TenantId, { source, epochHour, seq, totals }: CounterReading): Promise<void> {
    const { table, region, marks } = this.#parts;
    this.#checkTime(epochHour);
    const key = usageSourceKey(tenantId, { region, hour: hourText(epochHour), source });
    const expiresAtEpochSeconds = ((epochHour + 1) * HOUR_MS + READINGS_KEPT_MS) / 1_000;
    const isNewer: Condition = { if: "any", of: [{ if: "absent" }, { if: "below", attribute: "seq", value: seq }] };
    await table.put({ ...key, seq, totals: withoutNone(totals), expiresAtEpochSeconds }, isNewer);
    // Also where nothing was written: whoever wrote it may have ended before it could mark the hour.
    await marks.mark(tenantId, epochHour);
  }

  #checkTime(epochHour: number): void {
    const nowMs = nowEpochSeconds(this.#parts.clock) * 1_000;
    const isLate = (epochHour + 1) * HOUR_MS + READING_LATE_MS_MAX < nowMs;
    if (isLate || epochHour * HOUR_MS > nowMs + READING_EARLY_MS_MAX) throw new ReadingUntimely(epochHour);
  }
}
