import type { Clock } from "../ports/clock.ts";
import type { Item, ItemKey, Table } from "../ports/table.ts";
import { usageMarkKey, usageMarkPartition } from "../store/keys.ts";
import { FLEET_TENANT, parseTenantId, type TenantId } from "../tenant/tenant-id.ts";
import { hourText } from "./hour.ts";
import { MARK_KEPT_MS, MARKS_PAGE, MARKS_REMEMBERED_MAX } from "./limits.ts";

/** When marks are made and when they are ripe. The same for all processes of a region. */
export interface MarkTiming {
  /** A consumer marks an hour of a tenant once a window, however many readings come. */
  readonly windowMs: number;
  /** So long after its window's end a mark is ripe. Longer than the clocks of the region's machines differ. */
  readonly marginMs: number;
}

/** Sums are two to three minutes old. */
export const FLEET_MARK_TIMING: MarkTiming = { windowMs: 60_000, marginMs: 60_000 };
/** All processes of one machine have one clock. */
export const MACHINE_MARK_TIMING: MarkTiming = { windowMs: 1_000, marginMs: 500 };

export interface UsageMarksParts {
  /** The one of regional state. */
  readonly table: Table;
  readonly clock: Clock;
  /** Marks are made and rolled up within one region. */
  readonly region: string;
  readonly timing: MarkTiming;
}

export interface UsageMark {
  readonly key: ItemKey;
  readonly tenantId: TenantId;
  readonly epochHour: number;
}

/** A mark that nobody here has made. */
export class UsageMarkCorrupt extends Error {
  readonly code = "usage_mark_corrupt";
  constructor({ sk }: ItemKey) {
    super(`the mark ${sk} of changed usage can't be read`);
    this.name = "UsageMarkCorrupt";
  }
}

/**
 * Which hours of which tenants have changed since they were last summed up.
 *
 * A mark belongs to the window of time in which it was made, and is not looked at before that window is over. So a
 * consumer that has made one need not make another in the same window: whatever it wrote before the window's end, whoever
 * follows the mark finds.
 *
 * A region's marks lie in one partition, which takes a thousand writes a second: a thousand tenants that are busy, with
 * twenty consumers, make a third of that.
 */
export class UsageMarks {
  readonly #parts: UsageMarksParts;
  #windowEpochMs = 0;
  readonly #made = new Set<string>();

  constructor(parts: UsageMarksParts) {
    this.#parts = parts;
  }

  /** To be called once what changed is written. */
  async mark(tenantId: TenantId, epochHour: number): Promise<void> {
    const { table, clock, region, timing } = this.#parts;
    const nowMs = clock.nowMs();
    const windowEpochMs = nowMs - (nowMs % timing.windowMs);
    this.#enter(windowEpochMs);
    const hour = hourText(epochHour);
    const name = `${hour}#${tenantId}`;
    if (this.#made.has(name)) return;
    await table.put({
      ...usageMarkKey(FLEET_TENANT, { region, windowEpochMs, hour, of: tenantId }),
      tenantId,
      epochHour,
      expiresAtEpochSeconds: Math.ceil((nowMs + MARK_KEPT_MS) / 1_000),
    });
    if (this.#windowEpochMs === windowEpochMs && this.#made.size < MARKS_REMEMBERED_MAX) this.#made.add(name);
  }

  /** The ripe ones, the oldest first. */
  async ripe(after: ItemKey | undefined): Promise<readonly UsageMark[]> {
    const { table, clock, region, timing } = this.#parts;
    const before = clock.nowMs() - timing.marginMs - timing.windowMs;
    const { items } = await table.query({
      pk: usageMarkPartition(FLEET_TENANT, region),
      before: usageMarkKey(FLEET_TENANT, { region, windowEpochMs: before + 1, hour: "", of: "" }).sk,
      ...(after !== undefined && { after: after.sk }),
      limit: MARKS_PAGE,
    });
    return items.map(readMark);
  }

  async remove({ key }: UsageMark): Promise<void> {
    await this.#parts.table.delete(key);
  }

  /** Another window, also an earlier one where the clock was set back. */
  #enter(windowEpochMs: number): void {
    if (windowEpochMs === this.#windowEpochMs) return;
    this.#windowEpochMs = windowEpochMs;
    this.#made.clear();
  }
}

/** @throws {UsageMarkCorrupt} */
function readMark({ pk, sk, tenantId: name, epochHour }: Item): UsageMark {
  const tenantId = parseTenantId(name);
  if (!tenantId.ok || typeof epochHour !== "number") throw new UsageMarkCorrupt({ pk, sk });
  return { key: { pk, sk }, tenantId: tenantId.value, epochHour };
}
