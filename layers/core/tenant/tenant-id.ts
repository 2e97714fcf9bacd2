import { ok, type Result, refused } from "../result.ts";

/** A tenant's name in every key. A string is not a tenant: the brand is given by {@link parseTenantId} alone. */
export type TenantId = string & { readonly tenantIdBrand: unique symbol };

/** Lower-case letters, digits and inner hyphens, 1 to 63 characters: safe in keys, paths, queue groups and host names. */
const TENANT_ID_PATTERN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function parseTenantId(raw: unknown): Result<TenantId, { reason: "tenant_id_malformed" }> {
  if (typeof raw !== "string" || !TENANT_ID_PATTERN.test(raw)) return refused({ reason: "tenant_id_malformed" });
  return ok(raw as TenantId);
}

/** Those who run the fleet. It has no record, can't be made or deleted, and is never suspended. */
export const FLEET_TENANT = "fleet" as TenantId;
