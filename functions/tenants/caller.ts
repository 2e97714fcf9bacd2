import { actorOf } from "../../layers/core/audit/audit-entry.ts";
import type { By } from "../../layers/core/tenant/tenants.ts";
import type { OperationCall } from "../../layers/http/operation/operation.ts";
import type { Tenancy } from "../tenancy.ts";

type AnyCall = OperationCall<unknown, unknown, unknown>;

/** Who does it, from where, and on which version, for the audit. */
export function byCaller({ context, request, version }: AnyCall): By {
  const { requestId } = context;
  return { actor: actorOf(context.principal, { requestId, remoteAddress: request.remoteAddress }), version };
}

/** Whether there is the tenant that a call is about. Of the caller's own, the gate has seen to that. */
export async function isThere({ policies }: Tenancy, { tenantId, context }: AnyCall): Promise<boolean> {
  return tenantId === context.principal.tenantId || (await policies.policyOf(tenantId)) !== undefined;
}
