import type { Clock } from "../ports/clock.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { QuotaName, Quotas } from "./quotas.ts";

/** What there is of each thing that is counted: for each tenant, how many. */
export type QuotaCounters = Partial<Record<QuotaName, (tenantId: TenantId) => Promise<number>>>;

export interface Reconciling {
  readonly quotas: Quotas;
  readonly counters: QuotaCounters;
  readonly tenants: AsyncIterable<TenantId>;
  readonly clock: Clock;
  /** Nothing is begun after it; the next run starts from the first tenant again. */
  readonly untilEpochMs: number;
  /** Told of counts that could not be repaired: the next run tries again. */
  readonly report: (fault: unknown) => void;
}

/** Brings every tenant's counts back to what there is, which differs where a process died between the two. */
export async function reconcileQuotas(run: Reconciling): Promise<{ readonly isFinished: boolean }> {
  for await (const tenantId of run.tenants) {
    for (const [quota, count] of Object.entries(run.counters)) {
      if (run.clock.nowMs() >= run.untilEpochMs) return { isFinished: false };
      await reconcileOne(run, tenantId, { quota: quota as QuotaName, countStored: () => count(tenantId) });
    }
  }
  return { isFinished: true };
}

async function reconcileOne(
  { quotas, report }: Reconciling,
  tenantId: TenantId,
  asked: Parameters<Quotas["reconcile"]>[1],
): Promise<void> {
  try {
    await quotas.reconcile(tenantId, asked);
  } catch (fault) {
    report(fault);
  }
}
