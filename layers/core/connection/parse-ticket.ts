import * as z from "zod";
import type { Principal } from "../tenant/principal.ts";
import { ROLES } from "../tenant/role.ts";
import { SCOPES } from "../tenant/scope.ts";
import { parseTenantId } from "../tenant/tenant-id.ts";

/** Who has shown a credential, as they were then. */
export interface TicketHolder {
  readonly principal: Principal;
  /** When that credential is over; left out where that is not said. */
  readonly credentialEndsAtEpochMs?: number | undefined;
}

/** What a ticket holds under its seal. */
export interface SealedTicket {
  readonly ticketId: string;
  readonly expiresAtEpochMs: number;
  readonly holder: TicketHolder;
}

function makeSchemas() {
  const principal = z.object({
    tenantId: z.string(),
    subject: z.string(),
    role: z.enum(ROLES),
    scopes: z.array(z.enum(SCOPES)),
    credential: z.enum(["token", "api-key", "machine"]),
  });
  return {
    ticket: z.object({ ticketId: z.string(), expiresAtEpochMs: z.number(), holder: z.unknown() }),
    holder: z.object({ principal, credentialEndsAtEpochMs: z.number().optional() }),
  };
}

let schemas: ReturnType<typeof makeSchemas> | undefined;

/** Undefined of a text that an earlier version of this may have sealed: its holder asks for another. */
export function parseSealedTicket(text: string): SealedTicket | undefined {
  schemas ??= makeSchemas();
  const ticket = schemas.ticket.safeParse(JSON.parse(text));
  const holder = parseTicketHolder(ticket.data?.holder);
  return ticket.success && holder !== undefined ? { ...ticket.data, holder } : undefined;
}

/** Undefined of what is none. */
export function parseTicketHolder(raw: unknown): TicketHolder | undefined {
  schemas ??= makeSchemas();
  const holder = schemas.holder.safeParse(raw);
  const tenantId = parseTenantId(holder.data?.principal.tenantId);
  if (!holder.success || !tenantId.ok) return undefined;
  return { ...holder.data, principal: { ...holder.data.principal, tenantId: tenantId.value } };
}
