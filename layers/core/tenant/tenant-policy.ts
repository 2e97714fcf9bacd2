import type { TenantLimits } from "../quota/tenant-limits.ts";
import type { TenantRole } from "./role.ts";
import type { TenantId } from "./tenant-id.ts";

export type TenantStatus = "active" | "suspended" | "deleted";

/** What every call of a tenant is held against. Read from its record, and some seconds old at most. */
export interface TenantPolicy {
  readonly tenantId: TenantId;
  readonly status: TenantStatus;
  /** The price plan's name. */
  readonly plan: string;
  /** Which toolkits are on, by name. */
  readonly toolkits: "all" | readonly string[];
  /** Where its data may lie and its calls run. */
  readonly regions: "all" | readonly string[];
  readonly limits: TenantLimits;
  /** Counts the changes of its API keys: what is known of a key is known as of one of them. */
  readonly keysVersion: number;
  /**
   * The role of each member by subject; `none` for one who was removed. A token's holder who is not here has the role
   * that the token claims.
   */
  readonly members: Readonly<Record<string, TenantRole | "none">>;
}
