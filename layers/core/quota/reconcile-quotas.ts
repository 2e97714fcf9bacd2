import { inParallel } from "../in-parallel.ts";
import type { Clock } from "../ports/clock.ts";
import type { Table } from "../ports/table.ts";
import { reconciledUpToKey } from "../store/keys.ts";
import { FLEET_TENANT, parseTenantId, type TenantId } from "../tenant/tenant-id.ts";
import { TENANTS_RECONCILED_AT_ONCE } from "./limits.ts";
import type { QuotaCounters, Quotas } from "./quotas.ts";

export interface Reconciling {
  readonly quotas: Pick<Quotas, "reconcile">;
  readonly counters: QuotaCounters;
  /** The ids of all tenants after the given one, in a lasting order. */
  readonly pages: (after: TenantId | undefined) => AsyncIterable<readonly TenantId[]>;
  /** The strongly consistent one: how far the runs have come is kept there. */
  readonly table: Table;
  readonly clock: Clock;
  /** Nothing is begun after it; the next run goes on with the page of tenants that was not done. */
  readonly untilEpochMs: number;
  /** Told of tenants whose counts could not be repaired: the next round tries again. */
  readonly report: (fault: unknown) => void;
}

/** Brings every tenant's counts back to what there is, which differs where a process died between the two. */
export async function reconcileQuotas(run: Reconciling): Promise<{ readonly isFinished: boolean }> {
  const isOver = (): boolean => run.clock.nowMs() >= run.untilEpochMs;
  for await (const tenants of run.pages(await reconciledUpTo(run.table))) {
    await inParallel(tenants, { parallelMax: TENANTS_RECONCILED_AT_ONCE }, async (tenantId) => {
      if (!isOver()) await run.quotas.reconcile(tenantId, run.counters).catch(run.report);
    });
    if (isOver()) return { isFinished: false };
    const last = tenants.at(-1);
    if (last !== undefined) await run.table.put({ ...reconciledUpToKey(FLEET_TENANT), tenantId: last });
  }
  await run.table.delete(reconciledUpToKey(FLEET_TENANT));
  return { isFinished: true };
}

async function reconciledUpTo(table: Table): Promise<TenantId | undefined> {
  const parsed = parseTenantId((await table.get(reconciledUpToKey(FLEET_TENANT)))?.tenantId);
  return parsed.ok ? parsed.value : undefined;
}
