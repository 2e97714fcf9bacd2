import type { Actor } from "../../core/audit/audit-entry.ts";
import type { AuditLog } from "../../core/audit/audit-log.ts";
import type { Call, HttpHandler, HttpReply, HttpRequest } from "../../core/http/http-message.ts";
import type { Chance } from "../../core/ports/chance.ts";
import { ok, type Result, refused, unreachable } from "../../core/result.ts";
import { type CredentialProblem, type Identity, roleOf } from "../../core/tenant/identity.ts";
import type { Role } from "../../core/tenant/role.ts";
import type { Scope } from "../../core/tenant/scope.ts";
import type { TenantId } from "../../core/tenant/tenant-id.ts";
import type { TenantPolicy } from "../../core/tenant/tenant-policy.ts";
import { localSubject, ownSubject } from "../self-issuer.ts";
import {
  type AuthorizationRequest,
  type AuthorizationRequestProblem,
  readAuthorizationRequest,
} from "./authorization-request.ts";
import type { Clients } from "./clients.ts";
import { consentPage, refusalPage } from "./consent-page.ts";
import { type ConsentTicketDeps, consentTicket, readConsentTicket } from "./consent-ticket.ts";
import type { GrantDraft, Grants } from "./grants.ts";
import { CONSENT_LIFETIME_SECONDS } from "./limits.ts";
import { readForm } from "./oauth-reply.ts";
import { withAnswer } from "./redirect-uri.ts";

export interface ConsentParts extends ConsentTicketDeps {
  readonly clients: Clients;
  readonly grants: Grants;
  readonly audit: Pick<AuditLog, "change">;
  readonly chance: Chance;
  /** Under which this server is reached, and what it is called in answers (RFC 9207); without a slash at the end. */
  readonly baseUrl: (request: HttpRequest) => string;
  /** The addresses for which a token may be asked. */
  readonly resources: (request: HttpRequest) => readonly string[];
  readonly authenticate: (
    authorization: string,
  ) => Result<Identity, CredentialProblem> | Promise<Result<Identity, CredentialProblem>>;
  readonly policyOf: (tenantId: TenantId) => TenantPolicy | undefined | Promise<TenantPolicy | undefined>;
}

/** `GET /oauth/authorize`, where a client sends its person: OAuth 2.1, section 4.1.1. */
export function askForConsent(parts: ConsentParts): HttpHandler<Call> {
  return async (request) => {
    const asked = await readAuthorizationRequest(request.query, {
      clients: parts.clients,
      resources: parts.resources(request),
    });
    if (!asked.ok) return refusedRequest(asked.problem, parts.baseUrl(request));
    const browser = browserOf(request) ?? parts.chance.token(BROWSER_BYTES);
    const page = consentPage({ asked: asked.value, ticket: consentTicket(asked.value, browser, parts) });
    return { ...page, cookies: [browserCookie(browser, parts.baseUrl(request))] };
  };
}

/** `POST /oauth/authorize`: what the person has decided. */
export function takeConsent(parts: ConsentParts): HttpHandler<Call> {
  return async (request, { requestId }) => {
    const form = readForm(request);
    const browser = browserOf(request);
    if (form === undefined || browser === undefined || !isFromOwnPage(request)) return refusalPage(403, FOREIGN);
    const ticket = form.one("ticket") ?? "";
    const asked = readConsentTicket(ticket, browser, parts);
    if (asked === undefined) return refusalPage(400, TOO_OLD);
    const iss = parts.baseUrl(request);
    const { redirectUri, state } = asked;
    if (form.one("decision") !== "allow") {
      return redirect(withAnswer(redirectUri, { error: "access_denied", state, iss }), "access_denied");
    }
    const person = await personOf(parts, form.one("token"), asked.scopes);
    if (!person.ok) return consentPage({ asked, ticket, wrong: person.problem });
    const code = await allow(parts, { ...asked, ...person.value }, { remoteAddress: request.remoteAddress, requestId });
    return redirect(withAnswer(redirectUri, { code, state, iss }), "ok");
  };
}

/** Written into the tenant's audit log before it counts. */
async function allow(
  { audit, grants, seal }: ConsentParts,
  grant: GrantDraft & Pick<AuthorizationRequest, "client">,
  from: Pick<Actor, "remoteAddress" | "requestId">,
): Promise<string> {
  const { tenantId, role, scopes, client } = grant;
  const actor: Actor = { tenantId, subject: localSubject(grant.subject), role, credential: "token", ...from };
  const target = { kind: "program", id: seal.digest(client.clientId) } as const;
  const change = { actor, action: "program.allow", target, after: { name: client.name, role, scopes } } as const;
  const allowed = await audit.change<string, never>(tenantId, change, async () => ok(await grants.open(grant)));
  return allowed.ok ? allowed.value : unreachable(allowed.problem);
}

function refusedRequest(problem: AuthorizationRequestProblem, iss: string): HttpReply {
  if (problem.reason === "told_to_person") return refusalPage(400, problem.words);
  const { redirectUri, state, error, description } = problem;
  return redirect(withAnswer(redirectUri, { error, error_description: description, state, iss }), error);
}

interface Person {
  readonly tenantId: TenantId;
  readonly subject: string;
  readonly role: Role;
  /** What was asked for and is theirs to give. */
  readonly scopes: readonly Scope[];
}

/** Who brings a token of this cell. A key's program is nobody who could be asked. */
async function personOf(
  { authenticate, policyOf }: ConsentParts,
  token: string | undefined,
  asked: AuthorizationRequest["scopes"],
): Promise<Result<Person, string>> {
  if (token === undefined) return refused("Your token is needed to allow it.");
  const identity = await authenticate(`Bearer ${token.trim()}`);
  if (!identity.ok) return refused("This token is not valid here, or is over.");
  const { tenantId } = identity.value;
  const subject = ownSubject(identity.value);
  if (tenantId === undefined || subject === undefined) return refused("This is no token that was printed here.");
  const policy = await policyOf(tenantId);
  const role = policy?.status === "active" ? roleOf(identity.value, policy) : undefined;
  if (role === undefined) return refused("Its holder may do nothing here any more.");
  const scopes = asked.filter((scope) => identity.value.scopes.includes(scope));
  if (scopes.length === 0) return refused("This token may be used for nothing of what is asked.");
  return ok({ tenantId, subject, role, scopes });
}

const BROWSER_COOKIE = "skein-consent";
const BROWSER_BYTES = 32;
const BROWSER_PATTERN = new RegExp(`(?:^|; )${BROWSER_COOKIE}=([\\w-]{43})(?:;|$)`);

/** A page that was opened before, in another window, stays good. */
function browserOf({ headers }: HttpRequest): string | undefined {
  return BROWSER_PATTERN.exec(headers.cookie ?? "")?.[1];
}

function browserCookie(browser: string, baseUrl: string): string {
  const secure = baseUrl.startsWith("https:") ? "; Secure" : "";
  return `${BROWSER_COOKIE}=${browser}; Path=/oauth; Max-Age=${CONSENT_LIFETIME_SECONDS}; HttpOnly; SameSite=Strict${secure}`;
}

/** What every browser of today says of where a form comes from; what is none says nothing, and has no person to fool. */
function isFromOwnPage({ headers }: HttpRequest): boolean {
  return (headers["sec-fetch-site"] ?? "same-origin") === "same-origin";
}

/** The form may hold a token, so the browser must not send it on. */
function redirect(location: string, outcome: string): HttpReply {
  const headers = { location, "cache-control": "no-store", "referrer-policy": "no-referrer" };
  return { status: 303, headers, body: "", log: { outcome } };
}

const FOREIGN = "The answer does not come from a page of this server.";
const TOO_OLD = "The page is too old, or was opened in another browser. Start again from the program.";
