import type { Actor } from "../../layers/core/audit/audit-entry.ts";
import type { DoorCall, HttpRequest } from "../../layers/core/http/http-message.ts";
import type { Subject } from "../../layers/core/tenant/homes.ts";
import type { Identity } from "../../layers/core/tenant/identity.ts";
import type { TenantRole } from "../../layers/core/tenant/role.ts";
import type { Tenant } from "../../layers/core/tenant/tenant.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import type { OperationOutcome } from "../../layers/http/operation/operation-reply.ts";
import type { HttpProblem } from "../../layers/http/problem-reply.ts";
import type { Tenancy } from "../tenancy.ts";
import { tenantOutcome } from "./tenant-reply.ts";

/** A call of somebody whose tokens name no tenant and who is at home in none. */
export interface Arrival {
  readonly request: HttpRequest;
  readonly call: DoorCall;
  readonly newcomer: Identity;
}

export function personOf({ issuer = "", subject }: Identity): Subject {
  return { issuer, subject };
}

/** The newcomer as the audit of the tenant knows them that they come to. */
export function arrivingActor(
  { request, call, newcomer }: Arrival,
  { tenantId, role }: { readonly tenantId: TenantId; readonly role: TenantRole },
): Actor {
  const { subject, credential } = newcomer;
  return { tenantId, subject, role, credential, remoteAddress: request.remoteAddress, requestId: call.requestId };
}

/**
 * Makes a tenant the home of a person. Whoever is a member where they are at home stays there; a home that leads to
 * nothing, since its tenant was never made, is gone or has put them out, is given anew.
 */
export async function settle(
  { homes, tenants }: Tenancy,
  newcomer: Identity,
  tenantId: TenantId,
): Promise<HttpProblem | undefined> {
  const person = personOf(newcomer);
  const settled = await homes.settle(person, { tenantId });
  if (settled.ok) return undefined;
  const { tenantId: instead } = settled.problem;
  const there = await tenants.get(instead);
  if (there?.members.has(newcomer.subject)) return HOME_TAKEN;
  return (await homes.settle(person, { tenantId, instead })).ok ? undefined : HOME_TAKEN;
}

/** From now on this process knows them as one of the tenant's. */
export function arrived({ authenticator, policies }: Tenancy, newcomer: Identity, tenant: Tenant): OperationOutcome {
  authenticator.forgetHome(personOf(newcomer));
  policies.forget(tenant.tenantId);
  return tenantOutcome(tenant);
}

export const HOME_TAKEN: HttpProblem = {
  status: 409,
  code: "home_taken",
  detail: "you belong to a tenant already, or are about to",
};
