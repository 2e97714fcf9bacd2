import * as z from "zod";
import { LIMIT_NAMES } from "../../layers/core/quota/tenant-limits.ts";
import {
  NAMES_MAX,
  SUSPEND_REASON_CHARACTERS_MAX,
  TENANT_NAME_CHARACTERS_MAX,
} from "../../layers/core/tenant/limits.ts";
import { parseTenantId } from "../../layers/core/tenant/tenant-id.ts";

export const epochMs = z.int().min(0).describe("Milliseconds since 1970-01-01T00:00:00Z");

const name = z.string().trim().min(1).max(TENANT_NAME_CHARACTERS_MAX);
const names = z.union([z.literal("all"), z.array(z.string().min(1).max(100)).max(NAMES_MAX)]);

/** Of any tenant, as it may be named. */
export const tenantIdText = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "lower-case letters, digits and inner hyphens, at most 63")
  .transform((raw, context) => {
    const parsed = parseTenantId(raw);
    if (parsed.ok) return parsed.value;
    context.addIssue("expected a tenant's id");
    return z.NEVER;
  });

const limits = z.partialRecord(z.enum(LIMIT_NAMES), z.int().min(0));

export const TenantShown = z.object({
  tenantId: z.string(),
  version: z.int(),
  name: z.string(),
  status: z.enum(["active", "suspended", "deleted"]),
  plan: z.string(),
  toolkits: names,
  regions: names,
  memberCount: z.int(),
  limitOverrides: limits,
  createdAtEpochMs: epochMs,
  suspendedAtEpochMs: epochMs.optional(),
  suspendReason: z.string().optional(),
  deletedAtEpochMs: epochMs.optional(),
  eraseAfterEpochMs: epochMs.optional(),
});

export const TenantsShown = z.object({ tenants: z.array(TenantShown), cursor: z.string().optional() });

export const NewTenant = z.strictObject({
  tenantId: tenantIdText,
  name,
  plan: z.string().min(1).max(40).default("free"),
  owner: z.strictObject({ subject: z.string().min(1).max(255), name: z.string().max(100).optional() }).optional(),
});

export const TenantPatch = z
  .strictObject({ name, plan: z.string().min(1).max(40), toolkits: names, regions: names })
  .partial();

export const Limits = limits;

export const Suspension = z.strictObject({ reason: z.string().trim().min(1).max(SUSPEND_REASON_CHARACTERS_MAX) });

export const Paging = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).optional(),
  cursor: z.string().min(1).max(1_000).optional(),
});
