import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import { ok } from "../../../../layers/core/result.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import type { MeterParts } from "../../../../layers/core/usage/meter.ts";
import type { SeededChance } from "../../../fixtures/seeded-chance.ts";

export interface Sent {
  readonly tenantId: TenantId;
  readonly body: string;
}

/** Delivers at least once, in any order, late or twice; a send may fail before or after it took effect. */
export class ChaoticQueue {
  readonly #chance: SeededChance;
  readonly #waiting: Sent[] = [];
  readonly #faultPercent: number;
  /** How many sends resolved. */
  taken = 0;

  constructor(chance: SeededChance, faultPercent: number) {
    this.#chance = chance;
    this.#faultPercent = faultPercent;
  }

  readonly send: MeterParts["queue"]["send"] = async (tenantId, { body }) => {
    if (this.#chance.happens(this.#faultPercent)) throw new StoreFault("queue", "send", { cause: "lost" });
    this.#waiting.push({ tenantId, body });
    if (this.#chance.happens(this.#faultPercent)) throw new StoreFault("queue", "send", { cause: "answer lost" });
    this.taken++;
    return ok({ id: String(this.taken) });
  };

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Any one of those that wait. */
  next(): Sent | undefined {
    const [sent] = this.#waiting.splice(this.#chance.integer(Math.max(1, this.#waiting.length)), 1);
    if (sent !== undefined && this.#chance.happens(15)) this.#waiting.push(sent);
    return sent;
  }

  /** Not done: it comes again. */
  giveBack(sent: Sent): void {
    this.#waiting.push(sent);
  }
}
