import { planLimits } from "../layers/core/billing/price-plans.ts";
import type { Clock } from "../layers/core/ports/clock.ts";
import type { Table } from "../layers/core/ports/table.ts";
import { TENANT_LIMITS } from "../layers/core/quota/tenant-limits.ts";
import { policyOf } from "../layers/core/tenant/tenant.ts";
import { TenantPolicies } from "../layers/core/tenant/tenant-policies.ts";
import { TenantStore } from "../layers/core/tenant/tenant-store.ts";

/** What work is held against in a function that nobody calls, and that changes no tenant. */
export function tenantPolicies(parts: { readonly control: Table; readonly clock: Clock }): TenantPolicies {
  const store = new TenantStore(parts.control);
  return new TenantPolicies({
    clock: parts.clock,
    read: async (tenantId) => {
      const tenant = await store.get(tenantId);
      return tenant && policyOf(tenant, planLimits(tenant.plan) ?? TENANT_LIMITS);
    },
  });
}
