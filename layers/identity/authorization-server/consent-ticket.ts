import * as z from "zod";
import { type Clock, nowEpochSeconds } from "../../core/ports/clock.ts";
import type { Seal } from "../../core/ports/seal.ts";
import { SCOPES } from "../../core/tenant/scope.ts";
import type { AuthorizationRequest } from "./authorization-request.ts";
import { CONSENT_LIFETIME_SECONDS } from "./limits.ts";

const Ticket = z.object({
  clientId: z.string(),
  name: z.string(),
  refreshes: z.boolean(),
  redirectUri: z.string(),
  state: z.string().optional(),
  scopes: z.array(z.enum(SCOPES)).readonly(),
  codeChallenge: z.string(),
  resources: z.array(z.string()).readonly(),
  browser: z.string(),
  expiresAtEpochSeconds: z.number(),
});

const PURPOSE = "oauth-consent";

export interface ConsentTicketDeps {
  readonly seal: Seal;
  readonly clock: Clock;
}

/**
 * What a page sends back with its person's decision: what they were asked, for that browser alone and for some minutes.
 * So nothing is stored for a page that nobody answers, and another site can't answer for its person.
 */
export function consentTicket(
  { client, ...asked }: AuthorizationRequest,
  browser: string,
  { seal, clock }: ConsentTicketDeps,
): string {
  const expiresAtEpochSeconds = nowEpochSeconds(clock) + CONSENT_LIFETIME_SECONDS;
  const { clientId, name, refreshes } = client;
  const ticket = { ...asked, clientId, name, refreshes, browser: seal.digest(browser), expiresAtEpochSeconds };
  return seal.seal(PURPOSE, JSON.stringify(ticket));
}

/** Undefined for a ticket that is of another browser, over, or none. */
export function readConsentTicket(
  text: string,
  browser: string,
  { seal, clock }: ConsentTicketDeps,
): AuthorizationRequest | undefined {
  const opened = seal.open(PURPOSE, text);
  if (opened === undefined) return undefined;
  const ticket = Ticket.parse(JSON.parse(opened));
  if (ticket.browser !== seal.digest(browser)) return undefined;
  if (ticket.expiresAtEpochSeconds <= nowEpochSeconds(clock)) return undefined;
  const { clientId, name, refreshes, redirectUri, state, scopes, codeChallenge, resources } = ticket;
  return { client: { clientId, name, refreshes }, redirectUri, state, scopes, codeChallenge, resources };
}
