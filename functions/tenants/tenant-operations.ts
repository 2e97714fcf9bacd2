import { actorOf } from "../../layers/core/audit/audit-entry.ts";
import type { Result } from "../../layers/core/result.ts";
import { mayAct } from "../../layers/core/tenant/action.ts";
import type { Tenant } from "../../layers/core/tenant/tenant.ts";
import type { TenantProblem } from "../../layers/core/tenant/tenant-problem.ts";
import { tenantView } from "../../layers/core/tenant/tenant-view.ts";
import type { By } from "../../layers/core/tenant/tenants.ts";
import {
  defineOperation,
  type Operation,
  type OperationCall,
  type OperationOutcome,
} from "../../layers/http/operation/operation.ts";
import { TENANT_ABSENT } from "../../layers/http/operation/read-call.ts";
import type { Tenancy } from "../tenancy.ts";
import { tenantOutcome, tenantProblem } from "./tenant-reply.ts";
import { Limits, NewTenant, Paging, Suspension, TenantPatch, TenantShown, TenantsShown } from "./tenant-schemas.ts";

const TAG = "tenants";
const TENANT = "/api/tenants/{tenantId}";
const SHOWN = { status: 200, description: "The tenant as it is now", schema: TenantShown } as const;

/** Who does it, and from where, for the audit. */
export function byCaller({ context, request, version }: OperationCall<unknown, unknown>): By {
  const { requestId } = context;
  return { actor: actorOf(context.principal, { requestId, remoteAddress: request.remoteAddress }), version };
}

export function tenantOperations(tenancy: Tenancy): readonly Operation[] {
  return [...ownOperations(tenancy), ...fleetOperations(tenancy), ...lifeOperations(tenancy)];
}

/** What its people do with a tenant. */
function ownOperations({ tenants }: Tenancy): readonly Operation[] {
  return [
    defineOperation({
      id: "getTenant",
      method: "GET",
      path: TENANT,
      tag: TAG,
      summary: "Read a tenant",
      action: "tenant.read",
      success: SHOWN,
      async run({ tenantId }) {
        const tenant = await tenants.get(tenantId);
        return tenant === undefined ? { problem: TENANT_ABSENT } : tenantOutcome(tenant);
      },
    }),
    defineOperation({
      id: "changeTenant",
      method: "PATCH",
      path: TENANT,
      tag: TAG,
      summary: "Change its name, plan, toolkits or regions; what is left out stays",
      action: "tenant.change",
      takesVersion: true,
      body: TenantPatch,
      success: SHOWN,
      async run(call) {
        // What it will pay is its owner's to decide.
        const right = mayAct(call.context.principal, "tenant.subscribe");
        if (call.body.plan !== undefined && !right.ok) return { problem: PLAN_FORBIDDEN };
        return changed(await tenants.change(call.tenantId, call.body, byCaller(call)));
      },
    }),
  ];
}

/** What those who run the fleet do with any tenant. */
function fleetOperations({ tenants }: Tenancy): readonly Operation[] {
  return [
    defineOperation({
      id: "listTenants",
      method: "GET",
      path: "/api/tenants",
      tag: TAG,
      summary: "List all tenants, in the order of their ids",
      action: "fleet.tenant.list",
      query: Paging,
      success: { status: 200, description: "A page of tenants", schema: TenantsShown },
      async run({ query }) {
        const page = await tenants.list(query);
        return { json: { tenants: page.tenants.map(tenantView), cursor: page.cursor } };
      },
    }),
    defineOperation({
      id: "createTenant",
      method: "POST",
      path: "/api/tenants",
      tag: TAG,
      summary: "Make a tenant",
      action: "fleet.tenant.create",
      body: NewTenant,
      success: { status: 201, description: "The tenant", schema: TenantShown },
      run: async (call) => changed(await tenants.create(call.body, byCaller(call))),
    }),
  ];
}

/** How a tenant is held, and how it ends. */
function lifeOperations({ tenants }: Tenancy): readonly Operation[] {
  return [
    defineOperation({
      id: "suspendTenant",
      method: "POST",
      path: `${TENANT}/suspend`,
      tag: TAG,
      summary: "Refuse all its calls, and keep all that it has",
      action: "fleet.tenant.suspend",
      body: Suspension,
      success: SHOWN,
      run: async (call) => changed(await tenants.suspend(call.tenantId, call.body.reason, byCaller(call))),
    }),
    defineOperation({
      id: "resumeTenant",
      method: "POST",
      path: `${TENANT}/resume`,
      tag: TAG,
      summary: "Take its calls again; also brings back a deleted tenant that is not erased yet",
      action: "fleet.tenant.resume",
      success: SHOWN,
      run: async (call) => changed(await tenants.resume(call.tenantId, byCaller(call))),
    }),
    defineOperation({
      id: "limitTenant",
      method: "PUT",
      path: `${TENANT}/limits`,
      tag: TAG,
      summary: "Give it limits other than its plan's; those left out are the plan's again",
      action: "fleet.tenant.limit",
      takesVersion: true,
      body: Limits,
      success: SHOWN,
      run: async (call) => changed(await tenants.limit(call.tenantId, call.body, byCaller(call))),
    }),
    defineOperation({
      id: "deleteTenant",
      method: "DELETE",
      path: TENANT,
      tag: TAG,
      summary: "Close a tenant: nothing of it is served, and after thirty days it is erased",
      action: "tenant.close",
      fleetAction: "fleet.tenant.delete",
      success: SHOWN,
      run: async (call) => changed(await tenants.delete(call.tenantId, byCaller(call))),
    }),
  ];
}

function changed(result: Result<Tenant, TenantProblem>): OperationOutcome {
  return result.ok ? tenantOutcome(result.value) : { problem: tenantProblem(result.problem) };
}

const PLAN_FORBIDDEN = {
  status: 403,
  code: "role_forbidden",
  detail: "what the tenant pays is decided by its owner",
} as const;
