import type { Call, HttpHandler, HttpRequest } from "../../core/http/http-message.ts";
import { parsedBody } from "../../core/parsed-json.ts";
import type { Chance } from "../../core/ports/chance.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Seal } from "../../core/ports/seal.ts";
import type { Table } from "../../core/ports/table.ts";
import { SCOPES } from "../../core/tenant/scope.ts";
import type { SelfIssuer } from "../self-issuer.ts";
import { Clients } from "./clients.ts";
import { askForConsent, type ConsentParts, takeConsent } from "./consent.ts";
import type { DocumentFetch } from "./document-fetch.ts";
import { Grants } from "./grants.ts";
import { POST_BYTES_MAX } from "./limits.ts";
import { jsonReply, problemReply } from "./oauth-reply.ts";
import type { AuthorizationServerPath } from "./paths.ts";
import { revocationEndpoint, tokenEndpoint } from "./token-endpoint.ts";

export interface AuthorizationServerParts
  extends Pick<ConsentParts, "audit" | "baseUrl" | "resources" | "authenticate" | "policyOf"> {
  readonly table: Table;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly seal: Seal;
  readonly issuer: Pick<SelfIssuer, "issue">;
  /** Reads what a client says about itself at the address that is its id. */
  readonly fetchDocument: DocumentFetch;
}

/**
 * Leads MCP clients to tokens of the cell itself (OAuth 2.1; MCP 2026-07-28, authorization), for a machine that has no
 * provider of identities. The person shows a token of the cell to the page that asks, and what they allow is no more than
 * that token may do. Any process that shares the store and the seal may get any of the calls.
 *
 * Not promised: that a client is what it calls itself. Whoever reaches the server may register.
 */
export function authorizationServer(
  parts: AuthorizationServerParts,
): Readonly<Record<AuthorizationServerPath, HttpHandler<Call>>> {
  const clients = new Clients(parts);
  const grants = new Grants(parts);
  const shared = { ...parts, clients, grants };
  const [ask, take] = [askForConsent(shared), takeConsent(shared)];
  return {
    "/.well-known/oauth-authorization-server": serverMetadata(parts.baseUrl),
    "/oauth/register": registrationEndpoint(clients),
    "/oauth/authorize": (request, call) => (request.method === "POST" ? take : ask)(request, call),
    "/oauth/token": tokenEndpoint(shared),
    "/oauth/revoke": revocationEndpoint(shared),
  };
}

/** RFC 8414, section 2. */
function serverMetadata(baseUrl: (request: HttpRequest) => string): HttpHandler<Call> {
  return async (request) => {
    const issuer = baseUrl(request);
    return jsonReply(200, {
      issuer,
      authorization_endpoint: `${issuer}/oauth/authorize`,
      token_endpoint: `${issuer}/oauth/token`,
      registration_endpoint: `${issuer}/oauth/register`,
      revocation_endpoint: `${issuer}/oauth/revoke`,
      scopes_supported: SCOPES,
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      token_endpoint_auth_methods_supported: ["none"],
      revocation_endpoint_auth_methods_supported: ["none"],
      code_challenge_methods_supported: ["S256"],
      client_id_metadata_document_supported: true,
      authorization_response_iss_parameter_supported: true,
    });
  };
}

/** `POST /oauth/register`: RFC 7591, section 3. */
function registrationEndpoint(clients: Clients): HttpHandler<Call> {
  return async ({ body }) => {
    const client = clients.register(body.byteLength > POST_BYTES_MAX ? undefined : parsedBody(body));
    if (!client.ok) return problemReply(client.problem);
    const { clientId, name, redirectUris, refreshes, issuedAtEpochSeconds } = client.value;
    return jsonReply(201, {
      client_id: clientId,
      client_id_issued_at: issuedAtEpochSeconds,
      ...(name !== "" && { client_name: name }),
      redirect_uris: redirectUris,
      grant_types: refreshes ? ["authorization_code", "refresh_token"] : ["authorization_code"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
    });
  };
}
