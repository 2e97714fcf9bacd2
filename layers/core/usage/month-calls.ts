import type { Clock } from "../ports/clock.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { epochHourOf, monthText } from "./hour.ts";
import { MONTH_CALLS_FRESH_MS, MONTH_CALLS_REMEMBERED_MAX } from "./limits.ts";
import type { UsageBook } from "./usage-book.ts";

interface Known {
  readonly month: string;
  readonly calls: number;
  readonly readAtMs: number;
}

/**
 * How many calls tenants have made this month, for the monthly quota: remembered for a minute, and where there is an
 * older answer it is given while a newer one is read, so that hardly any call waits. With what is on its way into the
 * sums, a tenant may go past its quota by what it does in four minutes.
 */
export class MonthCalls {
  readonly #book: Pick<UsageBook, "month">;
  readonly #clock: Clock;
  readonly #report: (fault: unknown) => void;
  /** The longest known first. */
  readonly #known = new Map<TenantId, Known>();
  readonly #reading = new Map<string, Promise<number>>();

  constructor(parts: {
    readonly book: Pick<UsageBook, "month">;
    readonly clock: Clock;
    /** Told of reads that failed while an older answer was there. Does not throw. */
    readonly report: (fault: unknown) => void;
  }) {
    this.#book = parts.book;
    this.#clock = parts.clock;
    this.#report = parts.report;
  }

  /**
   * At once where it is known.
   *
   * @throws {StoreFault} when nothing is known of this month and the store does not answer.
   */
  of(tenantId: TenantId): number | Promise<number> {
    const nowMs = this.#clock.nowMs();
    const month = monthText(epochHourOf(nowMs));
    const known = this.#known.get(tenantId);
    if (known?.month !== month) return this.#reading.get(nameOf(tenantId, month)) ?? this.#read(tenantId, month);
    const isOld = Math.abs(nowMs - known.readAtMs) > MONTH_CALLS_FRESH_MS;
    if (isOld && !this.#reading.has(nameOf(tenantId, month))) this.#read(tenantId, month).catch(this.#report);
    return known.calls;
  }

  #read(tenantId: TenantId, month: string): Promise<number> {
    const reading = this.#readNow(tenantId, month);
    this.#reading.set(nameOf(tenantId, month), reading);
    return reading;
  }

  async #readNow(tenantId: TenantId, month: string): Promise<number> {
    try {
      const readAtMs = this.#clock.nowMs();
      const { calls } = await this.#book.month(tenantId, month);
      this.#remember(tenantId, { month, calls, readAtMs });
      return calls;
    } finally {
      this.#reading.delete(nameOf(tenantId, month));
    }
  }

  #remember(tenantId: TenantId, known: Known): void {
    this.#known.delete(tenantId);
    this.#known.set(tenantId, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MONTH_CALLS_REMEMBERED_MAX && oldest !== undefined) this.#known.delete(oldest);
  }
}

const nameOf = (tenantId: TenantId, month: string): string => `${month}#${tenantId}`;
