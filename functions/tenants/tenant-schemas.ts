import * as z from "zod";
import { LIMIT_NAMES } from "../../layers/core/quota/tenant-limits.ts";
import {
  MEMBER_NAME_CHARACTERS_MAX,
  NAMES_MAX,
  SUBJECT_CHARACTERS_MAX,
  SUSPEND_REASON_CHARACTERS_MAX,
  TENANT_NAME_CHARACTERS_MAX,
  TENANT_PAGE_MAX,
} from "../../layers/core/tenant/limits.ts";
import { parseTenantId } from "../../layers/core/tenant/tenant-id.ts";
import { epochMs } from "../time-schemas.ts";

const name = z.string().trim().min(1).max(TENANT_NAME_CHARACTERS_MAX);
const names = z.union([z.literal("all"), z.array(z.string().min(1).max(100)).max(NAMES_MAX)]);

/** Of any tenant, as it may be named. */
const tenantIdText = z
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

export const TENANT_EXAMPLE = {
  tenantId: "acme",
  version: 7,
  name: "Acme",
  status: "active",
  plan: "team",
  toolkits: "all",
  regions: ["eu-central-1", "eu-west-1"],
  memberCount: 12,
  limitOverrides: { requestsPerSecond: 500 },
  createdAtEpochMs: 1_795_000_000_000,
} as const;

export const TenantsShown = z.object({ tenants: z.array(TenantShown), cursor: z.string().optional() });

export const NewTenant = z.strictObject({
  tenantId: tenantIdText,
  name,
  plan: z.string().min(1).max(40).default("free"),
  owner: z
    .strictObject({
      subject: z.string().min(1).max(SUBJECT_CHARACTERS_MAX),
      name: z.string().max(MEMBER_NAME_CHARACTERS_MAX).optional(),
    })
    .optional()
    .describe("Its first member; left out where its people are known by what their tokens claim alone"),
});

/** What a newcomer may choose of the tenant that they make. */
export const SignUp = NewTenant.pick({ tenantId: true, name: true });

export const TenantPatch = z
  .strictObject({ name, plan: z.string().min(1).max(40), toolkits: names, regions: names })
  .partial();

export const Limits = limits;

export const Suspension = z.strictObject({ reason: z.string().trim().min(1).max(SUSPEND_REASON_CHARACTERS_MAX) });

const CURSOR_CHARACTERS_MAX = 100;

export const Paging = z.strictObject({
  limit: z.coerce.number().int().min(1).max(TENANT_PAGE_MAX).optional().describe("At most so many in the page"),
  cursor: z.string().min(1).max(CURSOR_CHARACTERS_MAX).optional().describe("From the page before"),
});
