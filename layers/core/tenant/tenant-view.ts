import type { TenantRole } from "./role.ts";
import type { LimitOverrides, Tenant } from "./tenant.ts";
import type { TenantId } from "./tenant-id.ts";
import type { TenantStatus } from "./tenant-policy.ts";

/** A tenant as it is shown to its members and to operators: plain JSON. */
export interface TenantView {
  readonly tenantId: TenantId;
  readonly version: number;
  readonly name: string;
  readonly status: TenantStatus;
  readonly plan: string;
  readonly toolkits: "all" | readonly string[];
  readonly regions: "all" | readonly string[];
  readonly memberCount: number;
  /** Those that the operators gave it instead of the plan's. */
  readonly limitOverrides: LimitOverrides;
  readonly createdAtEpochMs: number;
  readonly suspendedAtEpochMs?: number;
  readonly suspendReason?: string;
  readonly deletedAtEpochMs?: number;
  /** Until then an operator can bring it back. */
  readonly eraseAfterEpochMs?: number;
}

export interface MemberView {
  readonly subject: string;
  readonly role: TenantRole;
  /** May be empty. */
  readonly name: string;
  readonly addedAtEpochMs: number;
}

export function tenantView(tenant: Tenant): TenantView {
  const {
    members,
    removedMembers: _removed,
    limits,
    keysVersion: _keys,
    erasing: _erasing,
    deletedBy: _by,
    ...shown
  } = tenant;
  return { ...shown, memberCount: members.size, limitOverrides: limits };
}

/** In the order in which they were added. */
export function memberViews({ members }: Tenant): readonly MemberView[] {
  return [...members].map(([subject, member]) => ({ subject, ...member }));
}
