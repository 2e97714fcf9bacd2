import * as z from "zod";
import type { Principal } from "../tenant/principal.ts";
import { ROLES } from "../tenant/role.ts";
import { SCOPES } from "../tenant/scope.ts";
import { parseTenantId } from "../tenant/tenant-id.ts";

/** What a ticket holds under its seal. */
export interface SealedTicket {
  readonly ticketId: string;
  readonly expiresAtEpochMs: number;
  readonly principal: Principal;
  readonly credentialEndsAtEpochMs?: number | undefined;
}

function makeSchema() {
  return z.object({
    ticketId: z.string(),
    expiresAtEpochMs: z.number(),
    principal: z.object({
      tenantId: z.string(),
      subject: z.string(),
      role: z.enum(ROLES),
      scopes: z.array(z.enum(SCOPES)),
      credential: z.enum(["token", "api-key", "machine"]),
    }),
    credentialEndsAtEpochMs: z.number().optional(),
  });
}

let schema: ReturnType<typeof makeSchema> | undefined;

/** Undefined of a text that an earlier version of this may have sealed: its holder asks for another. */
export function parseSealedTicket(text: string): SealedTicket | undefined {
  schema ??= makeSchema();
  const parsed = schema.safeParse(JSON.parse(text));
  const tenantId = parseTenantId(parsed.data?.principal.tenantId);
  if (!parsed.success || !tenantId.ok) return undefined;
  return { ...parsed.data, principal: { ...parsed.data.principal, tenantId: tenantId.value } };
}
