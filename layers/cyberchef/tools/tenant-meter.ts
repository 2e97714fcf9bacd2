import type { TenantId } from "../../core/tenant/tenant-id.ts";
import { CALL_RECORDS_MAX, METERED_TENANTS_MAX, RUNNING_CALLS_MAX, WAITING_CALLS_MAX } from "./limits.ts";

/** One call of a tool. Holds nothing of what was put in or came out. */
export interface CallRecord {
  readonly tool: string;
  readonly durationMs: number;
  readonly inputBytes: number;
  readonly outputBytes: number;
  readonly success: boolean;
  readonly cached: boolean;
  readonly atEpochMs: number;
}

/** What one tenant's calls have taken and given in this process, and the places for those at work. */
export class TenantMeter {
  callCount = 0;
  inputBytes = 0;
  outputBytes = 0;
  /** Bakes given to a worker, and how long all of them took. */
  freshBakes = 0;
  bakeMs = 0;
  #running = 0;
  readonly #waiting = new Set<() => void>();
  readonly #records: CallRecord[] = [];
  #oldest = 0;

  get running(): number {
    return this.#running;
  }

  /** Whether nobody would miss it. */
  get isIdle(): boolean {
    return this.#running === 0 && this.#waiting.size === 0;
  }

  /** Takes a place at once, or not at all. Each one taken is given back by {@link leave}. */
  tryEnter(): boolean {
    if (this.#running >= RUNNING_CALLS_MAX) return false;
    this.#running += 1;
    return true;
  }

  /** Waits for a place; false when the call was aborted first, or when too many wait already. */
  enter(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (this.tryEnter()) return Promise.resolve(true);
    if (this.#waiting.size >= WAITING_CALLS_MAX) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (entered: boolean) => {
        this.#waiting.delete(admit);
        signal.removeEventListener("abort", giveUp);
        resolve(entered);
      };
      const admit = () => settle(true);
      const giveUp = () => settle(false);
      this.#waiting.add(admit);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  /** Gives the place to the one that waits longest, if any does. */
  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#running -= 1;
    else next();
  }

  record(call: CallRecord): void {
    this.callCount += 1;
    this.inputBytes += call.inputBytes;
    this.outputBytes += call.outputBytes;
    if (this.#records.length < CALL_RECORDS_MAX) {
      this.#records.push(call);
      return;
    }
    this.#records[this.#oldest] = call;
    this.#oldest = (this.#oldest + 1) % CALL_RECORDS_MAX;
  }

  /** The newest calls, oldest of them first. */
  records(): readonly CallRecord[] {
    return [...this.#records.slice(this.#oldest), ...this.#records.slice(0, this.#oldest)];
  }
}

/** The meters of the tenants that called last. An idle one is forgotten when too many are kept. */
export class TenantMeters {
  readonly #meters = new Map<TenantId, TenantMeter>();

  of(tenantId: TenantId): TenantMeter {
    const meter = this.#meters.get(tenantId) ?? new TenantMeter();
    this.#meters.delete(tenantId);
    this.#meters.set(tenantId, meter);
    if (this.#meters.size > METERED_TENANTS_MAX) this.#forgetOne();
    return meter;
  }

  #forgetOne(): void {
    for (const [tenantId, meter] of this.#meters) {
      if (!meter.isIdle) continue;
      this.#meters.delete(tenantId);
      return;
    }
  }
}
