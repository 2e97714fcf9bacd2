import type { Clock } from "../ports/clock.ts";
import type { Item, Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { apiKeyKey } from "../store/keys.ts";
import { readApiKey } from "./api-key.ts";
import { isOver } from "./api-keys.ts";
import { roleOf } from "./identity.ts";
import { KEY_SUCCESSORS_MAX } from "./limits.ts";
import type { Principal } from "./principal.ts";
import type { TenantPolicies } from "./tenant-policies.ts";
import type { TenantPolicy } from "./tenant-policy.ts";

/** Somebody as they stand now, whatever they were when they asked for something. */
export interface Standing {
  readonly principal: Principal;
  readonly policy: TenantPolicy;
}

export type StandingLost =
  /** Suspended, or gone. */
  | { readonly reason: "tenant_inactive" }
  /** No member any more, or removed. */
  | { readonly reason: "member_removed" }
  /** Revoked, or over without another in its place. */
  | { readonly reason: "api_key_over" };

/** Looks up how the principal of an earlier call stands now. */
export type StandingOf = (principal: Principal) => Promise<Result<Standing, StandingLost>>;

interface KeyPorts {
  readonly table: Pick<Table, "get">;
  readonly clock: Clock;
}

const KEY_SUBJECT = "key:";

/**
 * For work that goes on in somebody's name when nobody shows a credential any more. It costs a read where the work was
 * asked for with an API key, and another for each key that took its place.
 *
 * Not promised: that a token or a program's grant is still good. A token can't be shown again, and what its holder may is
 * what the tenant's record says of them now; of a holder that it does not name, what the token said.
 *
 * @param parts.table the strongly consistent one.
 */
export function standings(parts: KeyPorts & { readonly policies: Pick<TenantPolicies, "policyOf"> }): StandingOf {
  return async (principal) => {
    const policy = await parts.policies.policyOf(principal.tenantId);
    if (policy?.status !== "active") return refused({ reason: "tenant_inactive" });
    const { subject, role: claimedRole } = principal;
    if (isTenantsKey(principal) && !(await isKeyGood(parts, principal))) {
      return refused({ reason: "api_key_over" });
    }
    const role = roleOf({ subject, claimedRole }, policy);
    return role === undefined
      ? refused({ reason: "member_removed" })
      : ok({ principal: { ...principal, role }, policy });
  };
}

/** Not the access key of a stage, which is no tenant's record: it owns the first tenant for as long as there is one. */
function isTenantsKey({ credential, subject }: Principal): boolean {
  return credential === "api-key" && subject.startsWith(KEY_SUBJECT);
}

/** A key that was rotated lives on in the one that took its place, as long as that one is good. */
async function isKeyGood({ table, clock }: KeyPorts, { tenantId, subject }: Principal): Promise<boolean> {
  let keyId: string | undefined = subject.slice(KEY_SUBJECT.length);
  for (let looked = 0; keyId !== undefined && looked <= KEY_SUCCESSORS_MAX; looked++) {
    const item: Item | undefined = await table.get(apiKeyKey(tenantId, keyId));
    if (item === undefined) return false;
    const key = readApiKey(tenantId, item);
    if (!isOver(key, clock.nowMs())) return true;
    keyId = key.replacedBy;
  }
  return false;
}
