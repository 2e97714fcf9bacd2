import type { TenantId } from "./tenant/tenant-id.ts";

/**
 * Lets so much work go on at once in a process, and tenants take turns with what waits: one with a thousand in the queue
 * holds up another's single one by one turn of each tenant that waits, and no more.
 */
export class TenantTurns {
  readonly #atOnceMax: number;
  /** Who waits, the next to have a turn first. */
  readonly #waiting = new Map<TenantId, (() => void)[]>();
  #atWork = 0;

  constructor(atOnceMax: number) {
    this.#atOnceMax = atOnceMax;
  }

  async take<T>(tenantId: TenantId, work: () => Promise<T>): Promise<T> {
    if (this.#atWork < this.#atOnceMax) this.#atWork += 1;
    else await this.#turnOf(tenantId);
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  #turnOf(tenantId: TenantId): Promise<void> {
    return new Promise((begin) => {
      const queue = this.#waiting.get(tenantId);
      if (queue === undefined) this.#waiting.set(tenantId, [begin]);
      else queue.push(begin);
    });
  }

  /** The place goes to the next tenant that waits, which is then the last. */
  #passOn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#atWork -= 1;
      return;
    }
    const [tenantId, [begin, ...others]] = next;
    this.#waiting.delete(tenantId);
    if (others.length > 0) this.#waiting.set(tenantId, others);
    begin?.();
  }
}
