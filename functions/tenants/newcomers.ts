import type { DoorCall, HttpReply } from "../../layers/core/http/http-message.ts";
import type { Scope } from "../../layers/core/tenant/scope.ts";
import { scopeChallenge } from "../../layers/http/challenge.ts";
import type { NewcomerHandler } from "../../layers/http/gate.ts";
import { type OperationOutcome, replyOf } from "../../layers/http/operation/operation-reply.ts";
import { problemReply } from "../../layers/http/problem-reply.ts";
import { rateLimitHeaders } from "../../layers/http/rate-limit-headers.ts";
import type { Tenancy } from "../tenancy.ts";
import { type Arrival, personOf } from "./arrival.ts";
import { join } from "./join.ts";
import { signUp } from "./sign-up.ts";

const JOIN_PATH = /^\/api\/tenants\/([^/]+)\/join$/;

/**
 * What newcomers may ask for: to join a tenant that names them as a member and, where anyone may make tenants, to make
 * their own.
 */
export function newcomers(tenancy: Tenancy, { mayMakeTenants }: { readonly mayMakeTenants: boolean }): NewcomerHandler {
  const required = { ...TENANT_REQUIRED, detail: mayMakeTenants ? `${TO_JOIN}, or ${TO_MAKE}` : TO_JOIN };
  return async (request, call, newcomer) => {
    const arrival: Arrival = { request, call, newcomer };
    const [, joined] = JOIN_PATH.exec(request.path) ?? [];
    const isMaking = mayMakeTenants && request.path === "/api/tenants";
    if (request.method !== "POST" || (joined === undefined && !isMaking)) return problemReply(required, call.requestId);
    const refused = withoutScope(arrival) ?? (await overRate(tenancy, arrival));
    if (refused !== undefined) return refused;
    return joined === undefined
      ? told(await signUp(tenancy, arrival), { status: 201, operation: "POST /api/tenants" }, call)
      : told(
          await join(tenancy, arrival, joined),
          { status: 200, operation: "POST /api/tenants/{tenantId}/join" },
          call,
        );
  };
}

/** Whoever let a program use tools did not let it make them a tenant. */
function withoutScope({ newcomer, call }: Arrival): HttpReply | undefined {
  if (newcomer.scopes.includes(ARRIVAL_SCOPE)) return undefined;
  const headers = { "www-authenticate": scopeChallenge(newcomer, ARRIVAL_SCOPE) };
  const detail = `this needs a token with the scope ${ARRIVAL_SCOPE}`;
  return problemReply({ status: 403, code: "scope_missing", detail, headers }, call.requestId);
}

const ARRIVAL_SCOPE: Scope = "tenant:admin";

/** A try costs some writes of the strongly consistent table, and no tenant is charged for it. */
async function overRate(tenancy: Tenancy, { newcomer, call }: Arrival): Promise<HttpReply | undefined> {
  const rate = await tenancy.takeArrival(personOf(newcomer));
  if (rate.admitted) return undefined;
  const headers = { ...rateLimitHeaders(rate), "retry-after": String(rate.retryAfterSeconds) };
  const detail = `try again in ${rate.retryAfterSeconds} s`;
  return problemReply({ status: 429, code: "rate_exceeded", detail, headers }, call.requestId);
}

function told(
  outcome: OperationOutcome,
  { status, operation }: { readonly status: number; readonly operation: string },
  call: DoorCall,
): HttpReply {
  const reply = replyOf(outcome, status, call);
  return { ...reply, log: { ...reply.log, operation } };
}

const TENANT_REQUIRED = { status: 403, code: "tenant_required" } as const;
const TO_JOIN = "the token names no tenant; join one that has you as a member: POST /api/tenants/{tenantId}/join";
const TO_MAKE = "make your own: POST /api/tenants";
