import * as z from "zod";
import type { Result } from "../../layers/core/result.ts";
import { MEMBER_NAME_CHARACTERS_MAX, SUBJECT_CHARACTERS_MAX } from "../../layers/core/tenant/limits.ts";
import { TENANT_ROLES } from "../../layers/core/tenant/role.ts";
import type { Tenant } from "../../layers/core/tenant/tenant.ts";
import type { TenantProblem } from "../../layers/core/tenant/tenant-problem.ts";
import { memberViews } from "../../layers/core/tenant/tenant-view.ts";
import { defineOperation, type Operation, type OperationOutcome } from "../../layers/http/operation/operation.ts";
import { TENANT_ABSENT } from "../../layers/http/operation/read-call.ts";
import type { Tenancy } from "../tenancy.ts";
import { byCaller } from "./tenant-operations.ts";
import { tenantProblem } from "./tenant-reply.ts";
import { epochMs } from "./tenant-schemas.ts";

const TAG = "members";
const MEMBERS = "/api/tenants/{tenantId}/members";

const Member = z.object({ subject: z.string(), role: z.enum(TENANT_ROLES), name: z.string(), addedAtEpochMs: epochMs });
const Members = z.object({ members: z.array(Member) });
const ALL = { status: 200, description: "All members", schema: Members } as const;

const MemberChange = z.strictObject({
  role: z.enum(TENANT_ROLES),
  name: z.string().max(MEMBER_NAME_CHARACTERS_MAX).optional(),
});

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
      action: "member.change",
      takesVersion: true,
      body: MemberChange,
      success: ALL,
      async run(call) {
        const { subject = "" } = call.params;
        if (subject.length > SUBJECT_CHARACTERS_MAX) return { problem: SUBJECT_TOO_LONG };
        return changed(await tenants.setMember(call.tenantId, { subject, ...call.body }, byCaller(call)));
      },
    }),
    defineOperation({
      id: "removeMember",
      method: "DELETE",
      path: `${MEMBERS}/{subject}`,
      tag: TAG,
      summary: "Remove a member: within ten seconds no token of theirs is worth anything here",
      action: "member.change",
      takesVersion: true,
      success: ALL,
      run: async (call) =>
        changed(await tenants.removeMember(call.tenantId, call.params.subject ?? "", byCaller(call))),
    }),
  ];
}

function shown(tenant: Tenant): OperationOutcome {
  return { json: { members: memberViews(tenant) }, headers: { etag: `"${tenant.version}"` } };
}

function changed(result: Result<Tenant, TenantProblem>): OperationOutcome {
  return result.ok ? shown(result.value) : { problem: tenantProblem(result.problem) };
}

const SUBJECT_TOO_LONG = {
  status: 400,
  code: "subject_too_long",
  detail: `a subject has at most ${SUBJECT_CHARACTERS_MAX} characters`,
} as const;
