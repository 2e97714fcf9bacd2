import type { TenantLimits } from "../quota/tenant-limits.ts";
import { ok, type Result, refused } from "../result.ts";
import { ERASURE_GRACE_MS } from "./limits.ts";
import type { Tenant } from "./tenant.ts";
import type { TenantProblem } from "./tenant-problem.ts";

/** What a fleet has to offer. */
export interface Offer {
  /** What a price plan gives; undefined where there is no such plan. */
  readonly planLimits: (plan: string) => TenantLimits | undefined;
  readonly toolkits: ReadonlySet<string>;
  readonly regions: ReadonlySet<string>;
}

/** What a tenant is to be from now on; what is left out stays. */
export interface TenantChange {
  readonly name?: string | undefined;
  readonly plan?: string | undefined;
  readonly toolkits?: "all" | readonly string[] | undefined;
  readonly regions?: "all" | readonly string[] | undefined;
}

export function withChange(tenant: Tenant, change: TenantChange, offer: Offer): Result<Tenant, TenantProblem> {
  const problem = notOffered(change, offer);
  if (problem !== undefined) return refused(problem);
  const { name, plan, toolkits, regions } = change;
  return ok({
    ...tenant,
    name: name ?? tenant.name,
    plan: plan ?? tenant.plan,
    toolkits: toolkits ?? tenant.toolkits,
    regions: regions ?? tenant.regions,
  });
}

export function suspended(
  tenant: Tenant,
  { reason, nowEpochMs }: { readonly reason: string; readonly nowEpochMs: number },
): Result<Tenant, TenantProblem> {
  if (tenant.status === "deleted") return refused({ reason: "tenant_deleted" });
  if (tenant.status === "suspended" && tenant.suspendReason === reason) return ok(tenant);
  const { suspendedAtEpochMs = nowEpochMs } = tenant;
  return ok({ ...tenant, status: "suspended", suspendedAtEpochMs, suspendReason: reason });
}

/** Active again, whether it was suspended or deleted; what is being erased does not come back. */
export function resumed(tenant: Tenant, nowEpochMs: number): Result<Tenant, TenantProblem> {
  if (tenant.status === "active") return ok(tenant);
  const isOver = tenant.eraseAfterEpochMs !== undefined && nowEpochMs >= tenant.eraseAfterEpochMs;
  if (isOver || tenant.erasing !== undefined) return refused({ reason: "tenant_deleted" });
  return ok(activeAgain(tenant));
}

function activeAgain(tenant: Tenant): Tenant {
  const { suspendedAtEpochMs: _suspended, suspendReason: _reason, ...unsuspended } = tenant;
  const { deletedAtEpochMs: _deleted, deletedBy: _by, eraseAfterEpochMs: _erase, ...kept } = unsuspended;
  return { ...kept, status: "active" };
}

export function deleted(
  tenant: Tenant,
  { by, nowEpochMs }: { readonly by: string; readonly nowEpochMs: number },
): Result<Tenant, TenantProblem> {
  if (tenant.status === "deleted") return ok(tenant);
  const eraseAfterEpochMs = nowEpochMs + ERASURE_GRACE_MS;
  return ok({ ...tenant, status: "deleted", deletedAtEpochMs: nowEpochMs, deletedBy: by, eraseAfterEpochMs });
}

/** What of the change is not to be had here; undefined where all of it is. */
export function notOffered({ plan, toolkits, regions }: TenantChange, offer: Offer): TenantProblem | undefined {
  if (plan !== undefined && offer.planLimits(plan) === undefined) return { reason: "plan_unknown", plan };
  const toolkit = firstUnknown(toolkits, offer.toolkits);
  if (toolkit !== undefined) return { reason: "toolkit_unknown", toolkit };
  const region = firstUnknown(regions, offer.regions);
  return region === undefined ? undefined : { reason: "region_unknown", region };
}

function firstUnknown(names: "all" | readonly string[] | undefined, known: ReadonlySet<string>): string | undefined {
  return names === undefined || names === "all" ? undefined : names.find((name) => !known.has(name));
}
