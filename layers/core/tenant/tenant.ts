import * as z from "zod";
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

function makeStoredSchema() {
  const count = z.int().min(0);
  const names = z.union([z.literal("all"), z.array(z.string())]);
  const member = z.tuple([z.string(), z.enum(TENANT_ROLES), z.string(), count]);
  const tenant = z.object({
    version: z.int().min(1),
    name: z.string(),
    status: z.enum(["active", "suspended", "deleted"]),
    plan: z.string(),
    toolkits: names,
    regions: names,
    members: z.array(member),
    removedMembers: z.array(z.tuple([z.string(), count])),
    limits: z.record(z.string(), count),
    keysVersion: count,
    createdAtEpochMs: count,
    suspendedAtEpochMs: count.exactOptional(),
    suspendReason: z.string().exactOptional(),
    deletedAtEpochMs: count.exactOptional(),
    deletedBy: z.string().exactOptional(),
    eraseAfterEpochMs: count.exactOptional(),
    erasing: z
      .object({ sinceEpochMs: count, counts: z.record(z.string(), count), auditHead: z.string() })
      .exactOptional(),
  });
  const tombstone = z.object({ version: z.int().min(1), status: z.literal("erased"), erasedAtEpochMs: count });
  return z.discriminatedUnion("status", [tenant, tombstone]);
}

let storedSchema: ReturnType<typeof makeStoredSchema> | undefined;

/** @throws {TenantCorrupt} when the item is not what {@link tenantItem} or {@link tombstoneItem} made. */
export function parseTenant(tenantId: TenantId, item: Item): Tenant | TenantTombstone {
  storedSchema ??= makeStoredSchema();
  const parsed = storedSchema.safeParse(item);
  if (!parsed.success) throw new TenantCorrupt(tenantId, { cause: parsed.error });
  if (parsed.data.status === "erased") return { ...parsed.data, tenantId };
  const { members, removedMembers, limits, ...rest } = parsed.data;
  return {
    ...rest,
    tenantId,
    limits: knownLimits(limits),
    members: new Map(members.map(([subject, role, name, addedAtEpochMs]) => [subject, { role, name, addedAtEpochMs }])),
    removedMembers: new Map(removedMembers),
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
