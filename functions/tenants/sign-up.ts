import type * as z from "zod";
import type { Tenant } from "../../layers/core/tenant/tenant.ts";
import type { OperationOutcome } from "../../layers/http/operation/operation-reply.ts";
import { readBody } from "../../layers/http/operation/read-call.ts";
import type { Tenancy } from "../tenancy.ts";
import { type Arrival, arrived, arrivingActor, personOf, settle } from "./arrival.ts";
import { tenantProblem } from "./tenant-reply.ts";
import { SignUp } from "./tenant-schemas.ts";

/** What a tenant begins with that nobody has sold anything. */
const SIGN_UP_PLAN = "free";

/**
 * Makes a newcomer's own tenant, of which they are the owner. Asked again after an answer was lost, or a process ended
 * halfway, it comes to the same.
 *
 * Not promised: that who makes two tenants in the same moment ends up with one; they are at home in one of them.
 */
export async function signUp(tenancy: Tenancy, arrival: Arrival): Promise<OperationOutcome> {
  const asked = readBody(SignUp, arrival.request);
  return asked.ok ? makeTenant(tenancy, arrival, asked.value) : { problem: asked.problem };
}

/** Their home is settled first, so that each has one tenant; another's is their home at no time. */
async function makeTenant(
  tenancy: Tenancy,
  arrival: Arrival,
  { tenantId, name }: z.output<typeof SignUp>,
): Promise<OperationOutcome> {
  const { tenants, homes } = tenancy;
  const { newcomer } = arrival;
  const { subject } = newcomer;
  const there = await tenants.get(tenantId);
  if (there !== undefined && !isOwnedBy(there, subject)) return { problem: tenantProblem({ reason: "tenant_exists" }) };
  const taken = await settle(tenancy, newcomer, tenantId);
  if (taken !== undefined) return { problem: taken };
  const actor = arrivingActor(arrival, { tenantId, role: "owner" });
  const created = await tenants.create({ tenantId, name, plan: SIGN_UP_PLAN, owner: { subject } }, { actor });
  if (created.ok) return arrived(tenancy, newcomer, created.value);
  const before = await tenants.get(tenantId);
  if (before !== undefined && isOwnedBy(before, subject)) return arrived(tenancy, newcomer, before);
  await homes.leave(personOf(newcomer), tenantId);
  return { problem: tenantProblem(created.problem) };
}

function isOwnedBy({ members }: Tenant, subject: string): boolean {
  return members.get(subject)?.role === "owner";
}
