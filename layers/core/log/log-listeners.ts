import type { TenantId } from "../tenant/tenant-id.ts";
import { LISTENERS_MAX, LISTENERS_PER_TENANT_MAX } from "./limits.ts";

/** Who listens to logs in this process, so that no tenant takes all places. */
export class LogListeners {
  readonly #counts = new Map<TenantId, number>();
  #total = 0;

  /** Takes a place, which the answer gives back; undefined where there is none left. */
  take(tenantId: TenantId): (() => void) | undefined {
    const count = this.#counts.get(tenantId) ?? 0;
    if (count >= LISTENERS_PER_TENANT_MAX || this.#total >= LISTENERS_MAX) return undefined;
    this.#change(tenantId, 1);
    let isTaken = true;
    return () => {
      if (isTaken) this.#change(tenantId, -1);
      isTaken = false;
    };
  }

  #change(tenantId: TenantId, by: 1 | -1): void {
    const count = (this.#counts.get(tenantId) ?? 0) + by;
    if (count === 0) this.#counts.delete(tenantId);
    else this.#counts.set(tenantId, count);
    this.#total += by;
  }
}
