import { ok, type Result, refused } from "../result.ts";
import { MEMBERS_MAX, REMOVED_MEMBERS_MAX } from "./limits.ts";
import { ROLES, type Role, TENANT_ROLES, type TenantRole } from "./role.ts";
import type { Tenant } from "./tenant.ts";
import type { TenantProblem } from "./tenant-problem.ts";

export interface MemberChange {
  readonly subject: string;
  readonly role: TenantRole;
  /** What people call them; as it was, or empty, when left out. */
  readonly name?: string | undefined;
}

/** How the rules judge: who acts, when, and how many members there may be. */
export interface MemberRules {
  readonly actorRole: Role;
  readonly nowEpochMs: number;
  readonly membersMax: number;
}

/** The tenant with a member added, or one whose role or name is another now. */
export function withMember(
  tenant: Tenant,
  { subject, role, name }: MemberChange,
  { actorRole, nowEpochMs, membersMax }: MemberRules,
): Result<Tenant, TenantProblem> {
  const before = tenant.members.get(subject);
  for (const touched of [role, before?.role]) {
    if (touched !== undefined && !mayTouch(actorRole, touched))
      return refused({ reason: "role_too_high", role: touched });
  }
  const limit = Math.min(membersMax, MEMBERS_MAX);
  if (before === undefined && tenant.members.size >= limit) return refused({ reason: "members_reached", limit });
  const member = { role, name: name ?? before?.name ?? "", addedAtEpochMs: before?.addedAtEpochMs ?? nowEpochMs };
  if (member.role === before?.role && member.name === before.name) return ok(tenant);
  const removedMembers = new Map(tenant.removedMembers);
  removedMembers.delete(subject);
  return keepingAnOwner(tenant, { ...tenant, members: new Map(tenant.members).set(subject, member), removedMembers });
}

/** The tenant without a member. That there was one is remembered: what its token claims no longer lets it in. */
export function withoutMember(
  tenant: Tenant,
  subject: string,
  { actorRole, nowEpochMs }: Omit<MemberRules, "membersMax">,
): Result<Tenant, TenantProblem> {
  const before = tenant.members.get(subject);
  if (before === undefined) return refused({ reason: "member_absent" });
  if (!mayTouch(actorRole, before.role)) return refused({ reason: "role_too_high", role: before.role });
  const members = new Map(tenant.members);
  members.delete(subject);
  const removed = [...tenant.removedMembers, [subject, nowEpochMs] as const];
  return keepingAnOwner(tenant, { ...tenant, members, removedMembers: new Map(removed.slice(-REMOVED_MEMBERS_MAX)) });
}

/** Nobody gives, changes or takes a role that is higher than their own. */
function mayTouch(actorRole: Role, role: TenantRole): boolean {
  return actorRole === "operator" || ROLES.indexOf(actorRole) <= TENANT_ROLES.indexOf(role);
}

function keepingAnOwner(before: Tenant, after: Tenant): Result<Tenant, TenantProblem> {
  return hasOwner(before) && !hasOwner(after) ? refused({ reason: "last_owner" }) : ok(after);
}

function hasOwner({ members }: Tenant): boolean {
  return [...members.values()].some(({ role }) => role === "owner");
}
