import { Fields } from "../fields.ts";
import type { Item } from "../ports/table.ts";
import { isLimitName, type LimitName, type TenantLimits } from "../quota/tenant-limits.ts";
import { tenantKey } from "../store/keys.ts";
import { TENANT_ROLES, type TenantRole } from "./role.ts";
import type { TenantId } from "./tenant-id.ts";
import type { TenantPolicy, TenantStatus } from "./tenant-policy.ts";

export interface Member {
  readonly role: TenantRole;
  /** What people call them; may be empty. */
  readonly name: string;
  readonly addedAtEpochMs: number;
}

/** Limits that the operators gave to one tenant, whatever its plan says. */
export type LimitOverrides = { readonly [Name in LimitName]?: number };

/** A tenant's own record. Everything that must hold between its parts is held by one conditional write of it. */
export interface Tenant {
  readonly tenantId: TenantId;
  /** Counts the writes. */
  readonly version: number;
  readonly name: string;
  readonly status: TenantStatus;
  /** The price plan's name. */
  readonly plan: string;
  /** Which toolkits are on, by name. */
  readonly toolkits: "all" | readonly string[];
  /** Where its data may lie and its calls run. */
  readonly regions: "all" | readonly string[];
  /** By subject. */
  readonly members: ReadonlyMap<string, Member>;
  /** Who was a member, and when that ended. */
  readonly removedMembers: ReadonlyMap<string, number>;
  readonly limits: LimitOverrides;
  /** Counts the changes of its API keys. */
  readonly keysVersion: number;
  readonly createdAtEpochMs: number;
  readonly suspendedAtEpochMs?: number;
  readonly suspendReason?: string;
  readonly deletedAtEpochMs?: number;
  /** The subject of who deleted it. */
  readonly deletedBy?: string;
  /** Until then a deleted tenant can be brought back. */
  readonly eraseAfterEpochMs?: number;
  /** Set once erasing has begun: nothing brings the tenant back. */
  readonly erasing?: TenantErasing;
}

/** How far the erasing of a tenant is. */
export interface TenantErasing {
  readonly sinceEpochMs: number;
  /** How many records and blobs of each kind are gone. A process that ended may have left its last few uncounted. */
  readonly counts: Readonly<Record<string, number>>;
  /** The end of the tenant's audit log, `<seq>:<hash>`, as it was before. */
  readonly auditHead: string;
}

/** What stays of a tenant that is erased, so that nobody else ever gets its id: neither a name nor a person. */
export interface TenantTombstone {
  readonly tenantId: TenantId;
  readonly version: number;
  readonly status: "erased";
  readonly erasedAtEpochMs: number;
}

/** What lies under a tenant's key is none. */
export class TenantCorrupt extends Error {
  readonly code = "tenant_corrupt";
  constructor(name: string, options: { cause: unknown }) {
    super(`the record of the tenant ${name} can't be read`, options);
    this.name = "TenantCorrupt";
  }
}

/** @throws {TenantCorrupt} when the item is not what {@link tenantItem} or {@link tombstoneItem} made. */
export function parseTenant(tenantId: TenantId, item: Item): Tenant | TenantTombstone {
  const fields = new Fields(item);
  const tenant = fields.is("status", "erased") ? tombstoneIn(fields, tenantId) : tenantIn(fields, tenantId);
  if (fields.wrong.length > 0) throw new TenantCorrupt(tenantId, { cause: fields.wrong });
  return tenant;
}

function tombstoneIn(item: Fields, tenantId: TenantId): TenantTombstone {
  const [version, erasedAtEpochMs] = [item.count("version", { min: 1 }), item.count("erasedAtEpochMs")];
  return { tenantId, version, status: "erased", erasedAtEpochMs };
}

function tenantIn(item: Fields, tenantId: TenantId): Tenant {
  return {
    tenantId,
    version: item.count("version", { min: 1 }),
    name: item.text("name"),
    status: item.oneOf("status", ["active", "suspended", "deleted"]),
    plan: item.text("plan"),
    toolkits: item.is("toolkits", "all") ? "all" : item.texts("toolkits"),
    regions: item.is("regions", "all") ? "all" : item.texts("regions"),
    members: new Map(item.list("members", memberIn)),
    removedMembers: new Map(item.list("removedMembers", removedMemberIn)),
    limits: knownLimits(item.byName("limits", (limits, name) => limits.count(name))),
    keysVersion: item.count("keysVersion"),
    createdAtEpochMs: item.count("createdAtEpochMs"),
    ...(item.has("suspendedAtEpochMs") && { suspendedAtEpochMs: item.count("suspendedAtEpochMs") }),
    ...(item.has("suspendReason") && { suspendReason: item.text("suspendReason") }),
    ...(item.has("deletedAtEpochMs") && { deletedAtEpochMs: item.count("deletedAtEpochMs") }),
    ...(item.has("deletedBy") && { deletedBy: item.text("deletedBy") }),
    ...(item.has("eraseAfterEpochMs") && { eraseAfterEpochMs: item.count("eraseAfterEpochMs") }),
    ...(item.has("erasing") && { erasing: erasingIn(item.within("erasing")) }),
  };
}

function memberIn(members: Fields, place: string): readonly [string, Member] {
  const member = members.within(place);
  const [role, name] = [member.oneOf("1", TENANT_ROLES), member.text("2")];
  return [member.text("0"), { role, name, addedAtEpochMs: member.count("3") }];
}

function removedMemberIn(members: Fields, place: string): readonly [string, number] {
  const member = members.within(place);
  return [member.text("0"), member.count("1")];
}

function erasingIn(erasing: Fields): TenantErasing {
  return {
    sinceEpochMs: erasing.count("sinceEpochMs"),
    counts: erasing.byName("counts", (counts, kind) => counts.count(kind)),
    auditHead: erasing.text("auditHead"),
  };
}

/** Without those that another release of this code knows. */
function knownLimits(stored: Readonly<Record<string, number>>): LimitOverrides {
  const limits: { [Name in LimitName]?: number } = {};
  for (const [name, limit] of Object.entries(stored)) if (isLimitName(name)) limits[name] = limit;
  return limits;
}

/** Members lie there as a list: a subject may be `__proto__`, or longer than the name of an attribute may be. */
export function tenantItem(tenant: Tenant): Item {
  const { tenantId, members, removedMembers, limits, erasing, ...attributes } = tenant;
  return {
    ...tenantKey(tenantId),
    ...attributes,
    ...(erasing === undefined ? {} : { erasing: { ...erasing } }),
    limits: { ...limits },
    members: [...members].map(([subject, { role, name, addedAtEpochMs }]) => [subject, role, name, addedAtEpochMs]),
    removedMembers: [...removedMembers].map(([subject, removedAtEpochMs]) => [subject, removedAtEpochMs]),
  };
}

export function tombstoneItem({ tenantId, ...attributes }: TenantTombstone): Item {
  return { ...tenantKey(tenantId), ...attributes };
}

/** What the tenant's calls are held against: the plan's limits, but for those that the operators gave. */
export function policyOf(tenant: Tenant, planLimits: TenantLimits): TenantPolicy {
  const { tenantId, status, plan, toolkits, regions, keysVersion } = tenant;
  const members: Record<string, TenantRole | "none"> = Object.create(null);
  for (const subject of tenant.removedMembers.keys()) members[subject] = "none";
  for (const [subject, { role }] of tenant.members) members[subject] = role;
  const limits = { ...planLimits, ...tenant.limits };
  return { tenantId, status, plan, toolkits, regions, members, limits, keysVersion };
}
