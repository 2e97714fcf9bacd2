import { ok, refused } from "../../layers/core/result.ts";
import { parseTenantId } from "../../layers/core/tenant/tenant-id.ts";
import { defineOperation, type Operation } from "../../layers/http/operation/operation.ts";
import type { OperationOutcome } from "../../layers/http/operation/operation-reply.ts";
import { TENANT_ABSENT } from "../../layers/http/operation/read-call.ts";
import type { Tenancy } from "../tenancy.ts";
import { type Arrival, arrived, arrivingActor, HOME_TAKEN, settle } from "./arrival.ts";
import { TENANT_EXAMPLE, TenantShown } from "./tenant-schemas.ts";

/** For those who are let in, who have nothing to join; newcomers are answered by {@link join}. */
export function joinOperation(): Operation {
  return defineOperation({
    id: "joinTenant",
    method: "POST",
    path: "/api/tenants/{tenantId}/join",
    tag: "members",
    summary: "Join a tenant that names you as a member",
    description:
      "For newcomers, who hold a provider's token that names no tenant, with the scope tenant:admin. Once is enough. " +
      "Whoever is let in already is told that they belong to a tenant.",
    action: "tenant.read",
    success: {
      status: 200,
      description: "The tenant",
      schema: TenantShown,
      example: TENANT_EXAMPLE,
      hasVersion: true,
    },
    conflict: "You belong to a tenant already",
    run: async () => ({ problem: HOME_TAKEN }),
  });
}

/**
 * Makes a tenant that names a newcomer as its member their home: nobody comes to belong to one without asking for it. A
 * tenant that does not name them is not there for them.
 */
export async function join(tenancy: Tenancy, arrival: Arrival, named: string): Promise<OperationOutcome> {
  const { newcomer } = arrival;
  const { subject } = newcomer;
  const parsed = parseTenantId(named);
  const tenant = parsed.ok ? await tenancy.tenants.get(parsed.value) : undefined;
  const member = tenant?.members.get(subject);
  if (tenant?.status !== "active" || member === undefined) return { problem: TENANT_ABSENT };
  const { tenantId } = tenant;
  const change = {
    actor: arrivingActor(arrival, { tenantId, role: member.role }),
    action: "tenant.join",
    target: { kind: "member", id: subject },
  } as const;
  const joined = await tenancy.audit.change(tenantId, change, async () => {
    const taken = await settle(tenancy, newcomer, tenantId);
    return taken === undefined ? ok() : refused({ reason: "home_taken" } as const);
  });
  return joined.ok ? arrived(tenancy, newcomer, tenant) : { problem: HOME_TAKEN };
}
