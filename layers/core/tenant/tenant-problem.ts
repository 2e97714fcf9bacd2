import type { TenantRole } from "./role.ts";

/** Why nothing was done to a tenant. */
export type TenantProblem =
  | { readonly reason: "tenant_absent" }
  /** The id is taken, was once, or is kept for the fleet: an id is never given twice. */
  | { readonly reason: "tenant_exists" }
  /** The record is no longer in the version that the caller has seen. */
  | { readonly reason: "version_conflict"; readonly version: number }
  /** Others wrote the record over and over. Nothing was changed; it may be tried again. */
  | { readonly reason: "tenant_contended" }
  | { readonly reason: "tenant_suspended" }
  | { readonly reason: "tenant_deleted" }
  | { readonly reason: "member_absent" }
  | { readonly reason: "members_reached"; readonly limit: number }
  | { readonly reason: "last_owner" }
  /** Whoever acts has a lower role than the one to be given or taken. */
  | { readonly reason: "role_too_high"; readonly role: TenantRole }
  | { readonly reason: "plan_unknown"; readonly plan: string }
  | { readonly reason: "toolkit_unknown"; readonly toolkit: string }
  | { readonly reason: "region_unknown"; readonly region: string }
  /** All names together are more than a record holds. */
  | { readonly reason: "tenant_too_large" };
