import type * as z from "zod";
import type { Call, HttpHandler, HttpRequest } from "../../layers/core/http/http-message.ts";
import { problemReply } from "../../layers/http/problem-reply.ts";
import type { TenantsConfig } from "./config.ts";
import { providerMetadata } from "./provider-metadata.ts";
import { RESOURCE_METADATA_PATH, resourceMetadata } from "./resource-metadata.ts";

export interface MetadataParts {
  readonly config: Pick<z.infer<typeof TenantsConfig>, "ISSUER" | "SIGN_IN_URL">;
  /** Under which this server is reached; without a slash at the end. */
  readonly baseUrl: (request: HttpRequest) => string;
  /** What the provider puts before each scope; empty where its scopes are ours. */
  readonly scopePrefix: string;
}

const SERVER_METADATA_PATH = "/.well-known/oauth-authorization-server";

/** What leads a client to its token, by path. It is for anyone. */
export function metadataHandlers(parts: MetadataParts): ReadonlyMap<string, HttpHandler<Call>> {
  const { config, baseUrl, scopePrefix } = parts;
  const { ISSUER: issuer, SIGN_IN_URL: signInUrl } = config;
  const isDescribedHere = signInUrl !== "none";
  const resource = resourceMetadata({
    baseUrl,
    authorizationServers: (request) => (issuer === "none" ? [] : [isDescribedHere ? baseUrl(request) : issuer]),
    scopePrefix,
  });
  return new Map([
    [RESOURCE_METADATA_PATH, resource],
    [`${RESOURCE_METADATA_PATH}/mcp`, resource],
    [
      SERVER_METADATA_PATH,
      isDescribedHere ? providerMetadata({ baseUrl, signInUrl, scopePrefix }) : DESCRIBED_ELSEWHERE,
    ],
  ]);
}

const DESCRIBED_ELSEWHERE: HttpHandler<Call> = async (_, { requestId }) =>
  problemReply(
    { status: 404, code: "described_elsewhere", detail: "this server signs nobody in; its metadata names who does" },
    requestId,
  );
