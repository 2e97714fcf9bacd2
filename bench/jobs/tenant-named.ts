import { parseTenantId, type TenantId } from "../../layers/core/tenant/tenant-id.ts";

export function tenantNamed(name: string): TenantId {
  const parsed = parseTenantId(name);
  if (!parsed.ok) throw new TypeError(parsed.problem.reason);
  return parsed.value;
}
