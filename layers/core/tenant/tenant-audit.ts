import type { AuditedFields, AuditTarget } from "../audit/audit-entry.ts";
import { canonicalJson } from "../canonical-json.ts";
import type { Tenant } from "./tenant.ts";

/** What of a tenant, or of the member that the change is about, is another than it was. */
export function changedFields(change: {
  readonly before: Tenant | undefined;
  readonly after: Tenant;
  readonly target: AuditTarget;
}): { readonly before?: AuditedFields; readonly after?: AuditedFields } {
  const show = change.target.kind === "member" ? memberFields(change.target.id) : tenantFields;
  const after = show(change.after);
  if (change.before === undefined) return { after };
  const before = show(change.before);
  return { before: differing(before, after), after: differing(after, before) };
}

function tenantFields(tenant: Tenant): AuditedFields {
  const { name, status, plan, toolkits, regions, limits, suspendReason, eraseAfterEpochMs } = tenant;
  return {
    name,
    status,
    plan,
    toolkits,
    regions,
    amounts: { ...limits },
    ...(suspendReason === undefined ? {} : { suspendReason }),
    ...(eraseAfterEpochMs === undefined ? {} : { eraseAfterEpochMs }),
  };
}

function memberFields(subject: string): (tenant: Tenant) => AuditedFields {
  return ({ members }) => {
    const member = members.get(subject);
    return member === undefined ? {} : { role: member.role, name: member.name };
  };
}

function differing(fields: AuditedFields, others: AuditedFields): AuditedFields {
  const other = new Map<string, unknown>(Object.entries(others));
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => canonicalJson(value) !== canonicalJson(other.get(name))),
  );
}
