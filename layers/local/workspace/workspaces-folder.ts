import { join } from "node:path";
import type { TenantId } from "../../core/tenant/tenant-id.ts";

/** Where a cell's tenants have workspaces of their own; or one of them has. */
export function workspacesFolder(dataDir: string, tenantId?: TenantId): string {
  const all = join(dataDir, "workspaces");
  return tenantId === undefined ? all : join(all, tenantId);
}
