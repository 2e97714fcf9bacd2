import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import { parseTenantId } from "../core/tenant/tenant-id.ts";
import { Meter, type MeterParts } from "../core/usage/meter.ts";
import type { CallLine } from "../http/call-line.ts";
import { cpuMicroseconds } from "../node/cpu-microseconds.ts";
import type { CellStores } from "./cell-stores.ts";
import { type LocalUsage, localUsage } from "./local-usage.ts";

export interface CellMeteringParts {
  readonly stores: CellStores;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly report: (fault: unknown) => void;
}

/** Counts what the calls of a cell take. The queue is opened some time after the start, which a first call need not wait for. */
export class CellMetering {
  readonly meter: Meter;
  readonly #parts: CellMeteringParts;
  #usage: Promise<LocalUsage> | undefined;

  constructor(parts: CellMeteringParts) {
    this.#parts = parts;
    const { stores, clock, chance, report } = parts;
    const queue: MeterParts["queue"] = { send: async (...given) => (await stores.queue()).send(...given) };
    this.meter = new Meter({ queue, clock, chance, cpuMicroseconds, report });
  }

  callEnded({ tenantId, admitted, bytes, bytesIn, durationMs }: CallLine): void {
    const tenant = parseTenantId(tenantId);
    if (!admitted || !tenant.ok) return;
    const busyMicroseconds = Math.round(durationMs * 1_000);
    this.meter.record(tenant.value, { calls: 1, bytesIn, bytesOut: bytes, busyMicroseconds });
  }

  /** Begins to tell what is counted, and to sum up what all processes of the folder tell. */
  start(): void {
    const { stores, clock, report } = this.#parts;
    this.#usage ??= stores
      .queue()
      .then((queue) => localUsage({ queue, table: stores.table, meter: this.meter, clock, report }));
    this.#usage.catch(report);
  }

  async close(): Promise<void> {
    const usage = await this.#usage?.catch(() => undefined);
    await (usage ?? this.meter).close();
  }
}
