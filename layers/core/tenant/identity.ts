import type { Principal } from "./principal.ts";
import type { Role } from "./role.ts";
import type { Scope } from "./scope.ts";
import type { TenantId } from "./tenant-id.ts";
import type { TenantPolicy } from "./tenant-policy.ts";

/** Who a credential says its bearer is, before the tenant's own record was asked. */
export interface Identity {
  /** Undefined for a newcomer: the holder of a token that names no tenant, who belongs to none yet. */
  readonly tenantId: TenantId | undefined;
  readonly subject: string;
  /** Counts for a subject that the tenant's record does not name. */
  readonly claimedRole: Role | undefined;
  readonly scopes: readonly Scope[];
  readonly credential: Principal["credential"];
  /** When the credential is over; left out where that is not said. Of a token, with the skew that clocks may have. */
  readonly expiresAtEpochMs?: number;
  /** Where the credential itself names no tenant: with the subject, it says whose home is looked for. */
  readonly issuer?: string;
}

export type CredentialProblem =
  | { readonly reason: "credential_absent" }
  /** Malformed, expired, revoked, or not for this server; `detail` may be told to its bearer. */
  | { readonly reason: "credential_refused"; readonly detail: string }
  /** Whether it is good can't be found out now. */
  | { readonly reason: "issuer_unavailable" };

/**
 * The tenant's record comes before what a credential claims: a member who was removed has no role at all. Where the
 * credential does not name the tenant, it claims no role there either.
 */
export function roleOf(
  { subject, claimedRole, issuer }: Pick<Identity, "subject" | "claimedRole" | "issuer">,
  { members }: TenantPolicy,
): Role | undefined {
  if (!Object.hasOwn(members, subject)) return issuer === undefined ? claimedRole : undefined;
  const role = members[subject];
  return role === "none" ? undefined : role;
}
