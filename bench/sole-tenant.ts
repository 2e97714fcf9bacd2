import { TENANT_LIMITS } from "../layers/core/quota/tenant-limits.ts";
import type { Principal } from "../layers/core/tenant/principal.ts";
import { SCOPES } from "../layers/core/tenant/scope.ts";
import type { TenantId } from "../layers/core/tenant/tenant-id.ts";
import type { TenantPolicy } from "../layers/core/tenant/tenant-policy.ts";

/** A caller who may do everything in a tenant that nobody has limited. */
export function soleTenant(
  tenantId: TenantId,
  subject: string,
): { readonly principal: Principal; readonly policy: TenantPolicy } {
  return {
    principal: { tenantId, subject, role: "owner", scopes: SCOPES, credential: "machine" },
    policy: {
      tenantId,
      status: "active",
      plan: "free",
      toolkits: "all",
      regions: "all",
      limits: TENANT_LIMITS,
      keysVersion: 0,
      members: {},
    },
  };
}
