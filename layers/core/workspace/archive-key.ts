import type { StoredArchive } from "../ports/workspace-archives.ts";
import { blobKey, blobKindPrefix } from "../store/keys.ts";
import { parseTenantId, type TenantId } from "../tenant/tenant-id.ts";

const ENDING = ".tar.gz";

/** Where a tenant's archive of that name lies. */
export function archiveKey(tenantId: TenantId, name: string): string {
  return blobKey(tenantId, "workspace", `${name}${ENDING}`);
}

/** All tenants' archives. */
export const ARCHIVES_PREFIX: string = blobKindPrefix("workspace");

/** Undefined of a key that no archive has. */
export function archiveOfKey(key: string): StoredArchive | undefined {
  const [tenant, name, ...more] = key.slice(ARCHIVES_PREFIX.length).split("/");
  const tenantId = parseTenantId(tenant);
  const isArchive = tenantId.ok && more.length === 0 && name?.endsWith(ENDING) === true;
  return isArchive ? { tenantId: tenantId.value, name: name.slice(0, -ENDING.length) } : undefined;
}
