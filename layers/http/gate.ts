import type { DoorCall, HttpHandler, HttpReply, HttpRequest } from "../core/http/http-message.ts";
import type { RateAnswer } from "../core/rate/rate-answer.ts";
import type { Result } from "../core/result.ts";
import type { Action } from "../core/tenant/action.ts";
import { type CredentialProblem, type Identity, roleOf } from "../core/tenant/identity.ts";
import type { Principal } from "../core/tenant/principal.ts";
import type { Role } from "../core/tenant/role.ts";
import { FIRST_SCOPES } from "../core/tenant/scope.ts";
import type { TenantId } from "../core/tenant/tenant-id.ts";
import type { TenantPolicy } from "../core/tenant/tenant-policy.ts";
import { AdmittedCall } from "./admitted-call.ts";
import { bearerChallenge, withResourceMetadata } from "./challenge.ts";
import { RETRY_AFTER_SECONDS } from "./limits.ts";
import { problemReply } from "./problem-reply.ts";
import { rateLimitHeaders } from "./rate-limit-headers.ts";

/** Answers a newcomer, whose tokens name no tenant and who is at home in none that has them as a member. */
export type NewcomerHandler = (request: HttpRequest, call: DoorCall, newcomer: Identity) => Promise<HttpReply>;

/** An answer that is remembered comes at once, so that a call does not wait a turn of the event loop for it. */
type Soon<T> = T | Promise<T>;

export interface GateParts {
  /** Who calls. */
  readonly authenticate: (request: HttpRequest) => Soon<Result<Identity, CredentialProblem>>;
  /** What the tenant may do; undefined when there is no such tenant. */
  readonly policyOf: (tenantId: TenantId) => Soon<TenantPolicy | undefined>;
  /** Whether one more call of the tenant is within its rate. */
  readonly takeCall: (policy: TenantPolicy) => Soon<RateAnswer>;
  /** Where the metadata of this resource lie (RFC 9728, section 3), as the caller can reach them. */
  readonly resourceMetadataUrl: (request: HttpRequest) => string;
  /** Told of each refusal of a right. Never fails, and answers when the refusal is written down, where it is. */
  readonly rightRefused: (refusal: RefusedRight) => Soon<void>;
  /** Left out, newcomers are refused. */
  readonly newcomers?: NewcomerHandler;
  /** Where this process runs; `local` on one machine. */
  readonly region: string;
}

export interface RefusedRight {
  readonly principal: Principal;
  readonly action: Action;
  readonly requestId: string;
  readonly remoteAddress: string;
}

/**
 * Lets a call through to its handler when it is known who makes it, the tenant is active and served here, and its rate
 * allows one more. A refused call reaches no handler and is not charged for.
 */
export function gate(parts: GateParts, handler: HttpHandler): HttpHandler<DoorCall> {
  return async (request, call) => {
    const authenticated = parts.authenticate(request);
    const identity = authenticated instanceof Promise ? await authenticated : authenticated;
    if (!identity.ok) return refusedCredential(identity.problem, parts.resourceMetadataUrl(request), call);
    const { tenantId } = identity.value;
    if (tenantId === undefined) return newcomerReply(parts, { request, call, newcomer: identity.value });
    const found = parts.policyOf(tenantId);
    const policy = found instanceof Promise ? await found : found;
    if (isHomeless(identity.value, policy)) return newcomerReply(parts, { request, call, newcomer: identity.value });
    call.tenantId = tenantId;
    if (policy?.status !== "active") return problemReply(TENANT_INACTIVE, call.requestId);
    const role = roleOf(identity.value, policy);
    if (role === undefined) return problemReply(ROLE_ABSENT, call.requestId);
    if (!runsIn(parts.region, policy)) return regionForbidden(policy, call);
    const taken = parts.takeCall(policy);
    const rate = taken instanceof Promise ? await taken : taken;
    if (!rate.admitted) return rateExceeded(rate, call);
    call.admitted = true;
    const principal = principalOf(identity.value, { tenantId, role });
    const admitted = new AdmittedCall(call, {
      principal,
      policy,
      credentialEndsAtEpochMs: identity.value.expiresAtEpochMs,
    });
    const reply = await handler(request, admitted);
    return finished(parts, { request, call, principal, rate, reply });
  };
}

async function newcomerReply(
  parts: GateParts,
  { request, call, newcomer }: { readonly request: HttpRequest; readonly call: DoorCall; readonly newcomer: Identity },
): Promise<HttpReply> {
  if (parts.newcomers === undefined) return problemReply(TENANT_REQUIRED, call.requestId);
  const reply = await parts.newcomers(request, call, newcomer);
  return { ...reply, headers: withWholeChallenge(parts, request, reply.headers) };
}

/** Whose home leads to nothing: its tenant was never made, is gone, or has put them out. */
function isHomeless(identity: Identity, policy: TenantPolicy | undefined): boolean {
  return identity.issuer !== undefined && (policy === undefined || roleOf(identity, policy) === undefined);
}

function principalOf(
  { subject, scopes, credential }: Identity,
  { tenantId, role }: { readonly tenantId: TenantId; readonly role: Role },
): Principal {
  return { tenantId, subject, role, scopes, credential };
}

function runsIn(region: string, { regions }: TenantPolicy): boolean {
  return regions === "all" || regions.includes(region);
}

async function finished(
  parts: GateParts,
  passed: {
    readonly request: HttpRequest;
    readonly call: DoorCall;
    readonly principal: Principal;
    readonly rate: RateAnswer;
    readonly reply: HttpReply;
  },
): Promise<HttpReply> {
  const { request, call, principal, rate, reply } = passed;
  const headers = { ...withWholeChallenge(parts, request, reply.headers), ...rateLimitHeaders(rate) };
  const action = reply.log?.refusedAction;
  if (action !== undefined) {
    const { requestId } = call;
    await parts.rightRefused({ principal, action, requestId, remoteAddress: request.remoteAddress });
  }
  return { ...reply, headers };
}

function withWholeChallenge(
  { resourceMetadataUrl }: GateParts,
  request: HttpRequest,
  headers: HttpReply["headers"],
): HttpReply["headers"] {
  const { "www-authenticate": challenge } = headers;
  if (challenge === undefined) return headers;
  return { ...headers, "www-authenticate": withResourceMetadata(challenge, resourceMetadataUrl(request)) };
}

function refusedCredential(
  problem: CredentialProblem,
  resourceMetadataUrl: string,
  { requestId }: DoorCall,
): HttpReply {
  if (problem.reason === "issuer_unavailable") {
    const detail = "whether the credential is good can't be found out now; try again";
    const headers = { "retry-after": String(RETRY_AFTER_SECONDS) };
    return problemReply({ status: 503, code: problem.reason, detail, headers }, requestId);
  }
  if (problem.reason === "credential_absent") {
    const challenge = bearerChallenge({ resourceMetadataUrl, scopes: FIRST_SCOPES });
    const detail = "this server answers calls that carry a token or an API key: Authorization: Bearer ...";
    return problemReply(unauthorized(problem.reason, detail, challenge), requestId);
  }
  const { detail } = problem;
  const challenge = bearerChallenge({ resourceMetadataUrl, error: "invalid_token", detail });
  return problemReply(unauthorized(problem.reason, detail, challenge), requestId);
}

function unauthorized(code: string, detail: string, challenge: string) {
  return { status: 401, code, detail, headers: { "www-authenticate": challenge } } as const;
}

function rateExceeded(rate: RateAnswer, { requestId }: DoorCall): HttpReply {
  const detail =
    rate.exceeded === "month"
      ? "the tenant's calls of this month are used up"
      : `the tenant may make ${rate.perSecond} calls a second; try again in ${rate.retryAfterSeconds} s`;
  const headers = { ...rateLimitHeaders(rate), "retry-after": String(rate.retryAfterSeconds) };
  return problemReply({ status: 429, code: `${rate.exceeded}_exceeded`, detail, headers }, requestId);
}

function regionForbidden({ regions }: TenantPolicy, { requestId }: DoorCall): HttpReply {
  const detail = `this tenant's calls run in ${regions === "all" ? "every region" : regions.join(", ")} alone`;
  return problemReply({ status: 403, code: "region_forbidden", detail }, requestId);
}

const TENANT_REQUIRED = {
  status: 403,
  code: "tenant_required",
  detail: "the token names no tenant, and its holder belongs to none",
} as const;

/** The same for all: a caller can't tell a tenant that is suspended from one that never was. */
const TENANT_INACTIVE = {
  status: 403,
  code: "tenant_inactive",
  detail: "this tenant is suspended, closed or unknown",
} as const;

const ROLE_ABSENT = {
  status: 403,
  code: "role_absent",
  detail: "neither the token nor the tenant gives its holder a role",
} as const;
