import type { Call, HttpHandler, HttpReply } from "../../core/http/http-message.ts";
import { type Clock, nowEpochSeconds } from "../../core/ports/clock.ts";
import { type Result, refused, unreachable } from "../../core/result.ts";
import type { SelfIssuer } from "../self-issuer.ts";
import type { Clients } from "./clients.ts";
import type { Granted, GrantProblem, Grants } from "./grants.ts";
import { ACCESS_TOKEN_LIFETIME_SECONDS } from "./limits.ts";
import { jsonReply, type OAuthProblem, type Parameters, problemReply, readForm } from "./oauth-reply.ts";

export interface TokenEndpointParts {
  readonly clients: Clients;
  readonly grants: Grants;
  readonly issuer: Pick<SelfIssuer, "issue">;
  readonly clock: Clock;
}

/** `POST /oauth/token`: OAuth 2.1, sections 4.1.3 and 4.3. */
export function tokenEndpoint(parts: TokenEndpointParts): HttpHandler<Call> {
  return async (request) => {
    const form = readForm(request);
    if (form === undefined) return problemReply(NO_FORM);
    const clientId = form.one("client_id");
    if (clientId === undefined || !parts.clients.isClient(clientId)) return problemReply(CLIENT_UNKNOWN);
    const granted = await grantedBy(parts.grants, form, clientId);
    return granted.ok ? tokenReply(parts, granted.value) : problemReply(granted.problem);
  };
}

/** `POST /oauth/revoke`: RFC 7009. An access token is over by itself within the hour. */
export function revocationEndpoint({
  clients,
  grants,
}: Pick<TokenEndpointParts, "clients" | "grants">): HttpHandler<Call> {
  return async (request) => {
    const form = readForm(request);
    const token = form?.one("token");
    if (form === undefined || token === undefined) return problemReply(NO_FORM);
    const clientId = form.one("client_id");
    if (clientId === undefined || !clients.isClient(clientId)) return problemReply(CLIENT_UNKNOWN);
    if (form.one("token_type_hint") === "access_token") return problemReply(NOT_REVOCABLE);
    await grants.revoke(token, clientId);
    return jsonReply(200, {});
  };
}

async function grantedBy(grants: Grants, form: Parameters, clientId: string): Promise<Result<Granted, OAuthProblem>> {
  const request = { clientId, resources: form.all("resource") };
  switch (form.one("grant_type")) {
    case "authorization_code": {
      const [code, codeVerifier] = [form.one("code"), form.one("code_verifier")];
      if (code === undefined || codeVerifier === undefined) return refused(CODE_MISSING);
      return told(await grants.exchange(code, { ...request, codeVerifier, redirectUri: form.one("redirect_uri") }));
    }
    case "refresh_token": {
      const token = form.one("refresh_token");
      if (token === undefined) return refused(REFRESH_TOKEN_MISSING);
      return told(await grants.refresh(token, { ...request, scopes: form.one("scope")?.split(" ") }));
    }
    default:
      return refused(TYPE_UNSUPPORTED);
  }
}

function told(granted: Result<Granted, GrantProblem>): Result<Granted, OAuthProblem> {
  if (granted.ok) return granted;
  const { reason } = granted.problem;
  switch (reason) {
    case "grant_invalid":
      return refused(GRANT_INVALID);
    case "scope_too_wide":
      return refused(SCOPE_TOO_WIDE);
    case "resource_too_wide":
      return refused(RESOURCE_TOO_WIDE);
    default:
      return unreachable(reason);
  }
}

function tokenReply({ issuer, clock }: TokenEndpointParts, { grant, refreshToken }: Granted): HttpReply {
  const lifetimeSeconds = ACCESS_TOKEN_LIFETIME_SECONDS;
  return jsonReply(200, {
    access_token: issuer.issue({ ...grant, lifetimeSeconds }, nowEpochSeconds(clock)),
    token_type: "Bearer",
    expires_in: lifetimeSeconds,
    scope: grant.scopes.join(" "),
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
  });
}

const NO_FORM: OAuthProblem = {
  error: "invalid_request",
  description: "send what is needed as application/x-www-form-urlencoded of at most 16 KiB, each parameter once",
};
const CLIENT_UNKNOWN: OAuthProblem = {
  error: "invalid_client",
  description: "client_id is none that was registered here, nor the address of a document",
};
const CODE_MISSING: OAuthProblem = { error: "invalid_request", description: "code and code_verifier are needed" };
const REFRESH_TOKEN_MISSING: OAuthProblem = { error: "invalid_request", description: "refresh_token is needed" };
const TYPE_UNSUPPORTED: OAuthProblem = {
  error: "unsupported_grant_type",
  description: "grant_type must be authorization_code or refresh_token",
};
const GRANT_INVALID: OAuthProblem = {
  error: "invalid_grant",
  description: "it is unknown, used, over, of another client, or not proven",
};
const SCOPE_TOO_WIDE: OAuthProblem = {
  error: "invalid_scope",
  description: "scope may name what was allowed, and no more",
};
const RESOURCE_TOO_WIDE: OAuthProblem = {
  error: "invalid_target",
  description: "resource may name what was allowed, and no more",
};
const NOT_REVOCABLE: OAuthProblem = {
  error: "unsupported_token_type",
  description: "revoke the refresh token; an access token is over within the hour",
};
