/** What a principal may be. `operator` belongs to those who run the fleet, and is no role within a tenant. */
export const ROLES = ["owner", "admin", "developer", "viewer", "operator"] as const;
export type Role = (typeof ROLES)[number];

/** What a tenant may give to its members and keys. */
export const TENANT_ROLES = ["owner", "admin", "developer", "viewer"] as const satisfies readonly Role[];
export type TenantRole = (typeof TENANT_ROLES)[number];

export const isRole = (raw: unknown): raw is Role => ROLES.some((role) => role === raw);
export const isTenantRole = (raw: unknown): raw is TenantRole => TENANT_ROLES.some((role) => role === raw);
