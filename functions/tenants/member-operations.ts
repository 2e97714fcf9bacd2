import * as z from "zod";
import type { Result } from "../../layers/core/result.ts";
import { MEMBER_NAME_CHARACTERS_MAX, SUBJECT_CHARACTERS_MAX } from "../../layers/core/tenant/limits.ts";
import { TENANT_ROLES } from "../../layers/core/tenant/role.ts";
import type { Tenant } from "../../layers/core/tenant/tenant.ts";
import type { TenantProblem } from "../../layers/core/tenant/tenant-problem.ts";
import { memberViews } from "../../layers/core/tenant/tenant-view.ts";
import { defineOperation, type Operation } from "../../layers/http/operation/operation.ts";
import type { OperationOutcome } from "../../layers/http/operation/operation-reply.ts";
import { TENANT_ABSENT } from "../../layers/http/operation/read-call.ts";
import type { Tenancy } from "../tenancy.ts";
import { epochMs } from "../time-schemas.ts";
import { byCaller } from "./caller.ts";
import { tenantProblem } from "./tenant-reply.ts";

const TAG = "members";
const MEMBERS = "/api/tenants/{tenantId}/members";

const Member = z.object({ subject: z.string(), role: z.enum(TENANT_ROLES), name: z.string(), addedAtEpochMs: epochMs });
const Members = z.object({ members: z.array(Member) });
const ALL = {
  status: 200,
  description: "All members: there are never more than fit into one reply",
  schema: Members,
  example: {
    members: [{ subject: "ann@example.com", role: "owner", name: "Ann", addedAtEpochMs: 1_795_000_000_000 }],
  },
  hasVersion: true,
} as const;

const OneMember = z.strictObject({
  subject: z.string().min(1).max(SUBJECT_CHARACTERS_MAX).describe("The `sub` of their tokens"),
});

const MemberChange = z.strictObject({
  role: z.enum(TENANT_ROLES),
  name: z.string().max(MEMBER_NAME_CHARACTERS_MAX).optional().describe("What people call them; left out, it stays"),
});

const CONFLICT =
  "It would have no owner any more, it has all the members that it may have, or it is suspended or deleted";

/** The people of a tenant: who is named here has this role, whatever their token claims. */
export function memberOperations({ tenants }: Tenancy): readonly Operation[] {
  return [
    defineOperation({
      id: "listMembers",
      method: "GET",
      path: MEMBERS,
      tag: TAG,
      summary: "List its members, the longest first",
      action: "member.read",
      success: ALL,
      async run({ tenantId }) {
        const tenant = await tenants.get(tenantId);
        return tenant === undefined ? { problem: TENANT_ABSENT } : shown(tenant);
      },
    }),
    defineOperation({
      id: "setMember",
      method: "PUT",
      path: `${MEMBERS}/{subject}`,
      tag: TAG,
      summary: "Add a member, or give one another role or name",
      description: "Nobody gives or takes a role that is higher than their own.",
      action: "member.change",
      params: OneMember,
      takesVersion: true,
      body: MemberChange,
      bodyExample: { role: "developer", name: "Bo" },
      success: ALL,
      conflict: CONFLICT,
      async run(call) {
        const { subject } = call.params;
        return changed(await tenants.setMember(call.tenantId, { subject, ...call.body }, byCaller(call)));
      },
    }),
    defineOperation({
      id: "removeMember",
      method: "DELETE",
      path: `${MEMBERS}/{subject}`,
      tag: TAG,
      summary: "Remove a member",
      description: "Within ten seconds no token of theirs is worth anything here, whatever it claims.",
      action: "member.change",
      params: OneMember,
      takesVersion: true,
      success: ALL,
      conflict: CONFLICT,
      run: async (call) => changed(await tenants.removeMember(call.tenantId, call.params.subject, byCaller(call))),
    }),
  ];
}

function shown(tenant: Tenant): OperationOutcome {
  return { json: { members: memberViews(tenant) }, headers: { etag: `"${tenant.version}"` } };
}

function changed(result: Result<Tenant, TenantProblem>): OperationOutcome {
  return result.ok ? shown(result.value) : { problem: tenantProblem(result.problem) };
}
