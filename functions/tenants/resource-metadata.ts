import type { Call, HttpHandler, HttpRequest } from "../../layers/core/http/http-message.ts";
import { SCOPES } from "../../layers/core/tenant/scope.ts";
import { prefixedScopes } from "../../layers/http/challenge.ts";

export interface ResourceMetadataParts {
  /** Under which this server is reached; without a slash at the end. */
  readonly baseUrl: (request: HttpRequest) => string;
  /** Whose tokens are taken. */
  readonly authorizationServers: (request: HttpRequest) => readonly string[];
  /** What they put before each scope; left out, nothing. */
  readonly scopePrefix?: string;
}

export const RESOURCE_METADATA_PATH = "/.well-known/oauth-protected-resource";

/** Where a client learns who gives it a token, and for what: RFC 9728, sections 2 and 3. */
export function resourceMetadata({
  baseUrl,
  authorizationServers,
  scopePrefix = "",
}: ResourceMetadataParts): HttpHandler<Call> {
  return async (request) => {
    const resource = `${baseUrl(request)}${request.path.slice(RESOURCE_METADATA_PATH.length)}`;
    const metadata = {
      resource,
      authorization_servers: authorizationServers(request),
      scopes_supported: prefixedScopes(SCOPES, scopePrefix),
      bearer_methods_supported: ["header"],
      resource_name: "Skein",
    };
    return {
      status: 200,
      headers: { "content-type": "application/json", "cache-control": "max-age=300" },
      body: JSON.stringify(metadata),
      log: { operation: `GET ${request.path}`, outcome: "ok" },
    };
  };
}
