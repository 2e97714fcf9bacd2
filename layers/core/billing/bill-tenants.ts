import { inParallel } from "../in-parallel.ts";
import type { Clock } from "../ports/clock.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { TenantStatus } from "../tenant/tenant-policy.ts";
import { epochHourOf } from "../usage/hour.ts";
import { NO_USAGE } from "../usage/usage-kind.ts";
import type { UsageLedger } from "../usage/usage-ledger.ts";
import type { Invoices } from "./invoices.ts";
import { INVOICE_MONTHS_BACK, TENANTS_BILLED_AT_ONCE } from "./limits.ts";
import { monthOf, monthsBefore } from "./month.ts";
import type { PlanHistory } from "./plan-history.ts";

export interface BilledTenant {
  readonly tenantId: TenantId;
  readonly name: string;
  readonly plan: string;
  readonly status: TenantStatus;
}

export interface BillTenantsRun {
  /** All tenants, page by page. */
  readonly pages: AsyncIterable<readonly BilledTenant[]>;
  readonly plans: Pick<PlanHistory, "note">;
  readonly invoices: Pick<Invoices, "finalise">;
  /** Where what is stored is counted: in the one region in which this runs. */
  readonly ledger: Pick<UsageLedger, "take">;
  /** How much a tenant stores now, in all regions. */
  readonly storedBytes: (tenant: BilledTenant) => Promise<number>;
  readonly clock: Clock;
  /** Nothing is begun after it; the next run starts from the first tenant again. */
  readonly untilEpochMs: number;
  /** Told of tenants that could not be billed: the next run tries again. */
  readonly report: (fault: unknown) => void;
}

/**
 * Notes which plan each tenant is on today and how much it stores this hour, and makes the invoices that are due. To be
 * run every hour, in one region: what was done already it does not do again.
 *
 * A suspended tenant pays on; a deleted one from the next day on has no plan.
 */
export async function billTenants(run: BillTenantsRun): Promise<{ readonly isFinished: boolean }> {
  for await (const tenants of run.pages) {
    await inParallel(tenants, { parallelMax: TENANTS_BILLED_AT_ONCE }, async (tenant) => {
      if (run.clock.nowMs() < run.untilEpochMs) await billOne(run, tenant);
    });
    if (run.clock.nowMs() >= run.untilEpochMs) return { isFinished: false };
  }
  return { isFinished: true };
}

async function billOne(run: BillTenantsRun, tenant: BilledTenant): Promise<void> {
  try {
    const { tenantId, plan, status } = tenant;
    await run.plans.note(tenantId, status === "deleted" ? "none" : plan);
    if (status !== "deleted") await noteStorage(run, tenant);
    for (const month of monthsBefore(monthOf(run.clock.nowMs()), INVOICE_MONTHS_BACK)) {
      await run.invoices.finalise(tenant, month);
    }
  } catch (fault) {
    run.report(fault);
  }
}

/** The first look of an hour counts for all of it: a second one has no higher `seq`. */
async function noteStorage({ storedBytes, ledger, clock }: BillTenantsRun, tenant: BilledTenant): Promise<void> {
  const storageByteHours = await storedBytes(tenant);
  if (storageByteHours === 0) return;
  const epochHour = epochHourOf(clock.nowMs());
  const totals = { ...NO_USAGE, storageByteHours };
  await ledger.take(tenant.tenantId, { source: "storage", epochHour, seq: 1, totals });
}
