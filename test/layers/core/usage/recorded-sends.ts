import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import { ok } from "../../../../layers/core/result.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import type { MeterParts } from "../../../../layers/core/usage/meter.ts";
import { type CounterReading, readUsageMessage } from "../../../../layers/core/usage/usage-message.ts";

export interface SentReading extends CounterReading {
  readonly tenantId: TenantId;
}

/** A queue that keeps what it is sent, and fails while it is told to. */
export class RecordedSends {
  readonly messages: { readonly tenantId: TenantId; readonly readings: readonly CounterReading[] }[] = [];
  isDown = false;
  attempts = 0;

  readonly send: MeterParts["queue"]["send"] = async (tenantId, { body }) => {
    this.attempts++;
    if (this.isDown) throw new StoreFault("queue", "send", { cause: "down" });
    this.messages.push({ tenantId, readings: readUsageMessage(body) });
    return ok({ id: String(this.messages.length) });
  };

  get readings(): readonly SentReading[] {
    return this.messages.flatMap(({ tenantId, readings }) => readings.map((reading) => ({ tenantId, ...reading })));
  }

  /** What a ledger comes to that has taken all of it. */
  calls(tenantId: TenantId): number {
    const last = new Map<string, CounterReading>();
    for (const reading of this.readings.filter((one) => one.tenantId === tenantId)) {
      const before = last.get(`${reading.source} ${reading.epochHour}`);
      if ((before?.seq ?? 0) < reading.seq) last.set(`${reading.source} ${reading.epochHour}`, reading);
    }
    return [...last.values()].reduce((sum, { totals }) => sum + totals.calls, 0);
  }
}
