import type { Result } from "../../layers/core/result.ts";
import { mayAct } from "../../layers/core/tenant/action.ts";
import type { Tenant } from "../../layers/core/tenant/tenant.ts";
import type { TenantProblem } from "../../layers/core/tenant/tenant-problem.ts";
import { tenantView } from "../../layers/core/tenant/tenant-view.ts";
import { defineOperation, type Operation } from "../../layers/http/operation/operation.ts";
import type { OperationOutcome } from "../../layers/http/operation/operation-reply.ts";
import { TENANT_ABSENT } from "../../layers/http/operation/read-call.ts";
import type { Tenancy } from "../tenancy.ts";
import { byCaller } from "./caller.ts";
import { tenantOutcome, tenantProblem } from "./tenant-reply.ts";
import {
  Limits,
  NewTenant,
  Paging,
  Suspension,
  TENANT_EXAMPLE,
  TenantPatch,
  TenantShown,
  TenantsShown,
} from "./tenant-schemas.ts";

const TAG = "tenants";
const TENANT = "/api/tenants/{tenantId}";
const SHOWN = {
  status: 200,
  description: "The tenant as it is now",
  schema: TenantShown,
  example: TENANT_EXAMPLE,
  hasVersion: true,
} as const;

export function tenantOperations(tenancy: Tenancy): readonly Operation[] {
  return [...ownOperations(tenancy), ...fleetOperations(tenancy), ...lifeOperations(tenancy)];
}

/** What its people do with a tenant. */
function ownOperations(tenancy: Tenancy): readonly Operation[] {
  const { tenants } = tenancy;
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
      summary: "Change its name, plan, toolkits or regions",
      description: "What is left out stays. The plan, which is what it will pay, is its owner's to choose.",
      action: "tenant.change",
      takesVersion: true,
      body: TenantPatch,
      bodyExample: { name: "Acme Corporation", toolkits: ["cyberchef"] },
      success: SHOWN,
      conflict: "The tenant is suspended or deleted",
      async run(call) {
        if (call.body.plan !== undefined && !mayAct(call.context.principal, "tenant.subscribe").ok)
          return PLAN_FORBIDDEN;
        if (call.body.toolkits !== undefined) await tenancy.offerWillChange(call.tenantId);
        return changed(await tenants.change(call.tenantId, call.body, byCaller(call)));
      },
    }),
  ];
}

/** What those who run the fleet do with all tenants. */
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
      success: {
        status: 200,
        description: "A page of tenants; with a cursor where more follow",
        schema: TenantsShown,
        example: { tenants: [TENANT_EXAMPLE], cursor: "acme" },
      },
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
      description:
        "Where the server lets anyone sign up, the holder of a token that names no tenant makes their own, which they " +
        "own, with `tenantId` and `name` alone. Who lost the answer finds the tenant as `self`.",
      action: "fleet.tenant.create",
      body: NewTenant,
      bodyExample: { tenantId: "acme", name: "Acme", plan: "team", owner: { subject: "ann@example.com" } },
      success: { ...SHOWN, status: 201, description: "The tenant" },
      conflict: "The id is taken, or was; or the newcomer belongs to a tenant already",
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
      bodyExample: { reason: "unpaid" },
      success: SHOWN,
      conflict: "The tenant is deleted",
      run: async (call) => changed(await tenants.suspend(call.tenantId, call.body.reason, byCaller(call))),
    }),
    defineOperation({
      id: "resumeTenant",
      method: "POST",
      path: `${TENANT}/resume`,
      tag: TAG,
      summary: "Take its calls again",
      description: "Also brings back a deleted tenant that is not erased yet.",
      action: "fleet.tenant.resume",
      success: SHOWN,
      conflict: "The tenant is being erased",
      run: async (call) => changed(await tenants.resume(call.tenantId, byCaller(call))),
    }),
    defineOperation({
      id: "limitTenant",
      method: "PUT",
      path: `${TENANT}/limits`,
      tag: TAG,
      summary: "Give it limits other than its plan's",
      description: "Those that are left out are the plan's again.",
      action: "fleet.tenant.limit",
      takesVersion: true,
      body: Limits,
      bodyExample: { requestsPerSecond: 500, apiKeys: 20 },
      success: SHOWN,
      conflict: "The tenant is deleted",
      run: async (call) => changed(await tenants.limit(call.tenantId, call.body, byCaller(call))),
    }),
    defineOperation({
      id: "deleteTenant",
      method: "DELETE",
      path: TENANT,
      tag: TAG,
      summary: "Close a tenant",
      description: "Nothing of it is served from now on, and after thirty days it is erased.",
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

const PLAN_FORBIDDEN: OperationOutcome = {
  problem: { status: 403, code: "role_forbidden", detail: "what the tenant pays is decided by its owner" },
  refusedAction: "tenant.subscribe",
};
