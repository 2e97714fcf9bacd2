import type { TenantId } from "../tenant/tenant-id.ts";
import { NO_USAGE, USAGE_KINDS, type Usage, type UsageKind } from "./usage-kind.ts";
import type { CounterReading } from "./usage-message.ts";

/**
 * What one process has counted for one tenant in one hour. It only grows, and each counter is a source of its own: so
 * one that was let go and begun anew is another one, and the sum of all counters is right whatever the clock does.
 */
export class UsageCounter {
  readonly tenantId: TenantId;
  readonly epochHour: number;
  readonly #source: string;
  readonly #totals: Record<UsageKind, number> = { ...NO_USAGE };
  #seq = 0;
  #sentSeq = 0;
  #unread = false;
  /** Since processor time was last shared out. */
  busyMicroseconds = 0;

  constructor(tenantId: TenantId, { epochHour, source }: { readonly epochHour: number; readonly source: string }) {
    this.tenantId = tenantId;
    this.epochHour = epochHour;
    this.#source = source;
  }

  /** Whether it holds what no reading tells. */
  get unread(): boolean {
    return this.#unread;
  }

  /** Whether the queue has all of it, so that the counter can be let go. */
  get settled(): boolean {
    return !this.#unread && this.#sentSeq === this.#seq;
  }

  add(usage: Usage): void {
    this.#unread = true;
    this.busyMicroseconds += usage.busyMicroseconds ?? 0;
    for (const kind of USAGE_KINDS) {
      const amount = usage[kind];
      if (amount !== undefined) this.#totals[kind] += amount;
    }
  }

  /** What is sent now; a later reading takes its place. */
  read(): CounterReading {
    this.#unread = false;
    this.#seq++;
    return { source: this.#source, epochHour: this.epochHour, seq: this.#seq, totals: { ...this.#totals } };
  }

  /** The queue has taken the last reading. */
  sent(): void {
    this.#sentSeq = this.#seq;
  }

  /** It has not, or has not said so. */
  failed(): void {
    this.#unread = true;
  }
}
