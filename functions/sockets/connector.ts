import type { TicketHolder } from "../../layers/core/connection/parse-ticket.ts";
import { ok, type Result, refused } from "../../layers/core/result.ts";
import { type CredentialProblem, type Identity, roleOf } from "../../layers/core/tenant/identity.ts";
import type { Standing } from "../../layers/core/tenant/standing.ts";
import type { TenantPolicy } from "../../layers/core/tenant/tenant-policy.ts";
import type { Shown, SocketParts } from "./socket-parts.ts";

/** Who connects, as they stand now. */
export interface Connector extends Standing, TicketHolder {}

/** What a client is told of it, and what it is about: what was shown, who showed it, or neither. */
export interface Refused {
  readonly why: "credential" | "standing" | "later";
  readonly code: string;
  readonly detail: string;
}

type Connecting = Promise<Result<Connector, Refused>>;

export interface Credentials extends Shown {
  /** Goes before what else is shown. */
  readonly ticket?: string | undefined;
}

/** Whose connection it is to be. Says no more than a call over HTTP with the same credential would be told. */
export async function connectorOf(parts: SocketParts, { ticket, ...shown }: Credentials): Connecting {
  if (ticket !== undefined) {
    const used = await parts.tickets.use(ticket);
    return used.ok ? holderNow(parts, used.value) : refused(TICKET_REFUSED);
  }
  const identity = await parts.authenticate(shown);
  if (!identity.ok) return refused(credentialRefused(identity.problem));
  return identified(parts, identity.value);
}

/** Somebody who showed a credential before, as they stand now. */
export async function holderNow({ standingOf, gate }: SocketParts, holder: TicketHolder): Connecting {
  const standing = await standingOf(holder.principal);
  if (!standing.ok) return refused(STANDINGS_LOST[standing.problem.reason]);
  if (!runsIn(gate.region, standing.value.policy)) return refused(REGION_FORBIDDEN);
  const { credentialEndsAtEpochMs } = holder;
  return ok({ ...standing.value, credentialEndsAtEpochMs });
}

async function identified({ gate }: SocketParts, identity: Identity): Connecting {
  const { tenantId, subject, scopes, credential, expiresAtEpochMs } = identity;
  if (tenantId === undefined) return refused(TENANT_REQUIRED);
  const policy = await gate.policyOf(tenantId);
  if (policy?.status !== "active") return refused(STANDINGS_LOST.tenant_inactive);
  const role = roleOf(identity, policy);
  if (role === undefined) return refused(ROLE_ABSENT);
  if (!runsIn(gate.region, policy)) return refused(REGION_FORBIDDEN);
  const principal = { tenantId, subject, role, scopes, credential };
  return ok({ principal, policy, credentialEndsAtEpochMs: expiresAtEpochMs });
}

const runsIn = (region: string, { regions }: TenantPolicy): boolean => regions === "all" || regions.includes(region);

function credentialRefused(problem: CredentialProblem): Refused {
  switch (problem.reason) {
    case "credential_absent":
      return { why: "credential", code: problem.reason, detail: "connect brings a token or a ticket" };
    case "credential_refused":
      return { why: "credential", code: problem.reason, detail: problem.detail };
    case "issuer_unavailable":
      return { why: "later", code: problem.reason, detail: "whether the credential is good can't be found out now" };
  }
}

const TICKET_REFUSED: Refused = {
  why: "credential",
  code: "ticket_refused",
  detail: "a ticket is good once, and for 30 seconds",
};
/** The authenticator's own word for it. */
export const CREDENTIAL_OVER: Refused = {
  why: "credential",
  code: "credential_refused",
  detail: "the token has expired",
};
const TENANT_REQUIRED: Refused = {
  why: "standing",
  code: "tenant_required",
  detail: "the token names no tenant, and its holder belongs to none",
};
const ROLE_ABSENT: Refused = {
  why: "standing",
  code: "role_absent",
  detail: "neither the token nor the tenant gives its holder a role",
};
const REGION_FORBIDDEN: Refused = {
  why: "standing",
  code: "region_forbidden",
  detail: "this tenant's calls do not run here",
};

/** The same for all tenants that are not active: whether there is such a one is not told. */
export const STANDINGS_LOST = {
  tenant_inactive: {
    why: "standing",
    code: "tenant_inactive",
    detail: "this tenant is suspended, closed or unknown",
  },
  member_removed: { why: "standing", code: "member_removed", detail: "its holder is no member any more" },
  api_key_over: { why: "credential", code: "api_key_over", detail: "the API key is revoked or over" },
} as const satisfies Readonly<Record<string, Refused>>;
