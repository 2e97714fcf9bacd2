import { expect, test } from "vitest";
import { tenantProblem } from "../../../functions/tenants/tenant-reply.ts";
import type { TenantProblem } from "../../../layers/core/tenant/tenant-problem.ts";

test.each<[TenantProblem, number]>([
  [{ reason: "tenant_absent" }, 404],
  [{ reason: "member_absent" }, 404],
  [{ reason: "tenant_exists" }, 409],
  [{ reason: "tenant_suspended" }, 409],
  [{ reason: "tenant_deleted" }, 409],
  [{ reason: "members_reached", limit: 3 }, 409],
  [{ reason: "last_owner" }, 409],
  [{ reason: "version_conflict", version: 8 }, 412],
  [{ reason: "tenant_too_large" }, 413],
  [{ reason: "role_too_high", role: "owner" }, 403],
  [{ reason: "plan_unknown", plan: "gold" }, 400],
  [{ reason: "toolkit_unknown", toolkit: "hammer" }, 400],
  [{ reason: "region_unknown", region: "mars-1" }, 400],
])("%j is told with %i and its reason as the code", (problem, status) => {
  expect(tenantProblem(problem)).toMatchObject({ status, code: problem.reason });
});

test("whoever meets others at the same tenant is told when to come again", () => {
  expect(tenantProblem({ reason: "tenant_contended" })).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
});

test("what is told of a limit or a name tells which", () => {
  const details = [
    tenantProblem({ reason: "members_reached", limit: 3 }),
    tenantProblem({ reason: "version_conflict", version: 8 }),
    tenantProblem({ reason: "region_unknown", region: "mars-1" }),
  ].map(({ detail }) => detail);

  expect(details).toEqual([
    "the tenant has its 3 members already",
    "the tenant has changed since: it is at version 8",
    "there is no region mars-1",
  ]);
});
