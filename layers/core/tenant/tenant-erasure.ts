import { FLEET_ACTOR } from "../audit/audit-entry.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Chance } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import type { Table } from "../ports/table.ts";
import { ERASURE_STEP, ERASURES_AT_ONCE } from "./limits.ts";
import type { Tenant, TenantErasing } from "./tenant.ts";
import { FLEET_TENANT, type TenantId } from "./tenant-id.ts";
import { type DeletedCounts, deleteRemains, type TenantStores } from "./tenant-remains.ts";
import { type ErasureDue, TenantStore } from "./tenant-store.ts";

export interface TenantErasureDeps extends TenantStores {
  /** The strongly consistent table, where the tenants' records are. */
  readonly control: Table;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly audit: AuditLog;
}

/** How far one run may go. */
export interface ErasureBounds {
  /** Records and blobs. */
  readonly deletionsMax: number;
  /** Looked at every few hundred deletions. */
  readonly signal: AbortSignal;
}

export interface ErasureRun {
  /** The tenants that are gone now. */
  readonly erased: readonly TenantId[];
  /** Whether there is more to erase by now: run it again. */
  readonly isUnfinished: boolean;
}

/**
 * Erases what is left of tenants whose grace is over, for real.
 *
 * It works in steps and any process may go on where another ended: what is gone is noted in the tenant's own record as it
 * goes. What has a partition for each record can't be listed; it is over by itself long before the grace is. At the end
 * all places are looked at once more, and a report is written into the fleet's own audit log, which stays. Of the tenant
 * itself stays a tombstone, so that nobody else is ever given its id.
 */
export class TenantErasure {
  readonly #deps: TenantErasureDeps;
  readonly #store: TenantStore;

  constructor(deps: TenantErasureDeps) {
    this.#deps = deps;
    this.#store = new TenantStore(deps.control);
  }

  /** @throws {StoreFault} what was erased stays so; run it again. */
  async run(bounds: ErasureBounds): Promise<ErasureRun> {
    const erased: TenantId[] = [];
    let deletionsMax = bounds.deletionsMax;
    const due = await this.#store.due(this.#deps.clock.nowMs(), ERASURES_AT_ONCE);
    for (const one of due) {
      const tenant = await this.#stillDue(one);
      if (tenant === undefined) continue;
      const step = await this.#erase(tenant, { ...bounds, deletionsMax });
      if (step.state === "stopped") return { erased, isUnfinished: true };
      if (step.state === "empty" && (await this.#bury(step.tenant))) {
        await this.#forget(one);
        erased.push(one.tenantId);
      }
      deletionsMax -= step.deletions;
    }
    return { erased, isUnfinished: due.length === ERASURES_AT_ONCE };
  }

  /** The tenant, unless it was brought back since, or buried by a process that ended right after. */
  async #stillDue(due: ErasureDue): Promise<Tenant | undefined> {
    const record = await this.#store.record(due.tenantId);
    if (record?.status === "deleted" && record.eraseAfterEpochMs === due.eraseAfterEpochMs) return record;
    if (record?.status === "erased") await this.#forget(due);
    else await this.#store.notDue(due);
    return undefined;
  }

  /** `yielded`: another process is at it as well, and goes on. */
  async #erase(
    due: Tenant,
    { deletionsMax, signal }: ErasureBounds,
  ): Promise<{ readonly state: "empty" | "stopped" | "yielded"; readonly tenant: Tenant; readonly deletions: number }> {
    let deletions = 0;
    let tenant = due.erasing === undefined ? await this.#noted(due, await this.#begun(due.tenantId)) : due;
    while (tenant !== undefined && deletions < deletionsMax && !signal.aborted) {
      const limit = Math.min(ERASURE_STEP, deletionsMax - deletions);
      const counts = await deleteRemains(this.#deps, due.tenantId, limit);
      const deleted = Object.values(counts).reduce((sum, count) => sum + count, 0);
      if (deleted === 0) return { state: "empty", tenant, deletions };
      deletions += deleted;
      const { erasing } = tenant;
      tenant = erasing && (await this.#noted(tenant, { ...erasing, counts: added(erasing.counts, counts) }));
    }
    return { state: tenant === undefined ? "yielded" : "stopped", tenant: tenant ?? due, deletions };
  }

  async #begun(tenantId: TenantId): Promise<TenantErasing> {
    const { seq, hash } = await this.#deps.audit.end(tenantId);
    return { sinceEpochMs: this.#deps.clock.nowMs(), counts: {}, auditHead: `${seq}:${hash}` };
  }

  /** Undefined where another process wrote the record meanwhile. */
  async #noted(tenant: Tenant, erasing: TenantErasing): Promise<Tenant | undefined> {
    const next = { ...tenant, version: tenant.version + 1, erasing };
    const written = await this.#store.replace(next, this.#deps.chance.uuid());
    return written.ok ? next : undefined;
  }

  /** Whether this process did it. */
  async #bury({ tenantId, version, erasing, ...tenant }: Tenant): Promise<boolean> {
    const { deletedBy = "", deletedAtEpochMs = 0 } = tenant;
    const report = {
      actor: FLEET_ACTOR,
      action: "fleet.tenant.erase",
      target: { kind: "tenant", id: tenantId },
      before: { deletedBy, deletedAtEpochMs, auditHead: erasing?.auditHead ?? "" },
      after: { amounts: erasing?.counts ?? {} },
    } as const;
    const buried = await this.#deps.audit.change(FLEET_TENANT, report, (changeId) => {
      const erasedAtEpochMs = this.#deps.clock.nowMs();
      return this.#store.bury({ tenantId, version: version + 1, status: "erased", erasedAtEpochMs }, changeId);
    });
    return buried.ok;
  }

  async #forget(due: ErasureDue): Promise<void> {
    await this.#store.unlist(due.tenantId);
    await this.#store.notDue(due);
  }
}

function added(before: DeletedCounts, more: DeletedCounts): DeletedCounts {
  const counts: Record<string, number> = { ...before };
  for (const [kind, count] of Object.entries(more)) counts[kind] = (counts[kind] ?? 0) + count;
  return counts;
}
