import { type Chance, randomShare } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import type { Digest } from "../ports/digest.ts";
import type { Item, Table, WriteProblem } from "../ports/table.ts";
import { auditHeadKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { Turns } from "../turns.ts";
import { type AuditTail, linkedItem, tailOf } from "./audit-chain.ts";
import type { AuditBody } from "./audit-entry.ts";
import { APPEND_ATTEMPTS_MAX, APPEND_PAUSE_MS_MAX, TAILS_MAX } from "./limits.ts";

export interface AuditStores {
  readonly table: Table;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly digest: Digest;
}

/** So many wrote into one tenant's log at once that this entry never came to stand. What it tells of was not done. */
export class AuditContended extends Error {
  readonly code = "audit_contended";
  constructor() {
    super(`an audit entry found no place in ${APPEND_ATTEMPTS_MAX} attempts`);
    this.name = "AuditContended";
  }
}

/**
 * Appends to the tenants' chains, beside any number of other processes.
 *
 * An entry takes its number by a conditional write, so that no two have the same and none is left out. Who loses goes on
 * from the entry that won. Within this process the entries of one tenant wait for each other.
 */
export class AuditWriter {
  readonly #stores: AuditStores;
  /** The ends of the chains as last seen. The least recently written first. */
  readonly #tails = new Map<TenantId, AuditTail>();
  readonly #turns = new Turns();

  constructor(stores: AuditStores) {
    this.#stores = stores;
  }

  /**
   * Durable when it resolves.
   *
   * @throws {StoreFault} whether the entry stands is then unknown.
   * @throws {AuditContended}
   */
  async append(tenantId: TenantId, body: AuditBody): Promise<void> {
    await this.#turns.take(tenantId, () => this.#append(tenantId, body));
  }

  /** The last entry that stands now. */
  async end(tenantId: TenantId): Promise<AuditTail> {
    const last = { pk: recordPartition(tenantId, "AUDIT"), reverse: true, limit: 1 };
    const { items } = await this.#stores.table.query(last);
    return tailOf(items[0]);
  }

  async #append(tenantId: TenantId, body: AuditBody): Promise<void> {
    const { table, clock, chance, digest } = this.#stores;
    let tail = this.#tails.get(tenantId) ?? (await this.end(tenantId));
    for (let attempt = 1; attempt <= APPEND_ATTEMPTS_MAX; attempt++) {
      const linked = linkedItem(tenantId, tail, { body, nowMs: clock.nowMs(), digest });
      const written = await table.put(linked.item, { if: "absent" });
      if (written.ok || isSame(linked.item, currentOf(written.problem))) {
        this.#remember(tenantId, linked.tail);
        return this.#moveHead(tenantId, linked.tail);
      }
      // The first time only this process was behind; from then on others write right now.
      if (attempt > 1) await clock.sleep(Math.min(APPEND_PAUSE_MS_MAX, 2 ** (attempt - 2)) * randomShare(chance));
      tail = await this.end(tenantId);
    }
    throw new AuditContended();
  }

  /** The head only ever moves on: of two writers the one that is ahead stays, and the other has nothing to add. */
  async #moveHead(tenantId: TenantId, { seq, hash }: AuditTail): Promise<void> {
    const isAhead = {
      if: "any",
      of: [
        { if: "attribute_absent", attribute: "seq" },
        { if: "below", attribute: "seq", value: seq },
      ],
    } as const;
    await this.#stores.table.update(auditHeadKey(tenantId), { set: { seq, hash } }, isAhead);
  }

  #remember(tenantId: TenantId, tail: AuditTail): void {
    this.#tails.delete(tenantId);
    this.#tails.set(tenantId, tail);
    const [oldest] = this.#tails.keys();
    if (this.#tails.size > TAILS_MAX && oldest !== undefined) this.#tails.delete(oldest);
  }
}

/** A write whose answer was lost is sent again by the store's client, and then meets itself. */
function isSame(item: Item, current: Item | undefined): boolean {
  return current !== undefined && current.hash === item.hash;
}

function currentOf(problem: WriteProblem): Item | undefined {
  return problem.reason === "condition_failed" ? problem.current : undefined;
}
