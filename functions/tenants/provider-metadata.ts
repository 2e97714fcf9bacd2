import type { Call, HttpHandler, HttpRequest } from "../../layers/core/http/http-message.ts";
import { SCOPES } from "../../layers/core/tenant/scope.ts";
import { prefixedScopes } from "../../layers/http/challenge.ts";

export interface ProviderMetadataParts {
  /** Under which this server is reached; without a slash at the end. */
  readonly baseUrl: (request: HttpRequest) => string;
  /** Where the provider's pages are, without a slash at the end. */
  readonly signInUrl: string;
  readonly scopePrefix: string;
}

/**
 * What Cognito can do, in the words that MCP clients look for (RFC 8414, section 2). Its own document leaves out that it
 * knows PKCE, without which a client has to turn away (MCP, revision 2025-11-25, "Authorization Code Protection").
 *
 * Not promised: that a client can register here. It is told beforehand by which id the provider knows it.
 */
export function providerMetadata({ baseUrl, signInUrl, scopePrefix }: ProviderMetadataParts): HttpHandler<Call> {
  return async (request) => {
    const metadata = {
      issuer: baseUrl(request),
      authorization_endpoint: `${signInUrl}/oauth2/authorize`,
      token_endpoint: `${signInUrl}/oauth2/token`,
      revocation_endpoint: `${signInUrl}/oauth2/revoke`,
      scopes_supported: prefixedScopes(SCOPES, scopePrefix),
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      token_endpoint_auth_methods_supported: ["none"],
      revocation_endpoint_auth_methods_supported: ["none"],
      code_challenge_methods_supported: ["S256"],
    };
    return {
      status: 200,
      headers: { "content-type": "application/json", "cache-control": "max-age=300" },
      body: JSON.stringify(metadata),
      log: { operation: `GET ${request.path}`, outcome: "ok" },
    };
  };
}
