import { unreachable } from "../../layers/core/result.ts";
import type { Tenant } from "../../layers/core/tenant/tenant.ts";
import type { TenantProblem } from "../../layers/core/tenant/tenant-problem.ts";
import { tenantView } from "../../layers/core/tenant/tenant-view.ts";
import { RETRY_AFTER_SECONDS } from "../../layers/http/limits.ts";
import type { OperationOutcome } from "../../layers/http/operation/operation-reply.ts";
import { TENANT_ABSENT } from "../../layers/http/operation/read-call.ts";
import type { HttpProblem } from "../../layers/http/problem-reply.ts";

/** A tenant with its version as the `ETag` of a later change. */
export function tenantOutcome(tenant: Tenant): OperationOutcome {
  return { json: tenantView(tenant), headers: { etag: `"${tenant.version}"` } };
}

/** Why nothing was done to a tenant, as its caller is told. */
export function tenantProblem(problem: TenantProblem): HttpProblem {
  const { reason: code } = problem;
  const conflict = (detail: string): HttpProblem => ({ status: 409, code, detail });
  const wrong = (detail: string): HttpProblem => ({ status: 400, code, detail });
  switch (problem.reason) {
    case "tenant_absent":
      return TENANT_ABSENT;
    case "member_absent":
      return { status: 404, code, detail: "the tenant has no such member" };
    case "tenant_exists":
      return conflict("this id is taken, or was; an id is never given twice");
    case "version_conflict":
      return { status: 412, code, detail: `the tenant has changed since: it is at version ${problem.version}` };
    case "tenant_contended":
      return { status: 503, code, detail: "others change the tenant over and over; try again", headers: WAIT };
    case "tenant_suspended":
      return conflict("the tenant is suspended");
    case "tenant_deleted":
      return conflict("the tenant is deleted");
    case "members_reached":
      return conflict(`the tenant has its ${problem.limit} members already`);
    case "last_owner":
      return conflict("a tenant keeps one owner: make another one first");
    case "role_too_high":
      return { status: 403, code, detail: `${problem.role} is a higher role than your own` };
    case "plan_unknown":
      return wrong(`there is no plan ${problem.plan}`);
    case "toolkit_unknown":
      return wrong(`there is no toolkit ${problem.toolkit}`);
    case "region_unknown":
      return wrong(`there is no region ${problem.region}`);
    case "tenant_too_large":
      return { status: 413, code, detail: "all names together are more than a tenant's record holds" };
    default:
      return unreachable(problem);
  }
}

const WAIT = { "retry-after": String(RETRY_AFTER_SECONDS) } as const;
