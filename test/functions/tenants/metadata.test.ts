import { describe, expect, test } from "vitest";
import { type MetadataParts, metadataHandlers } from "../../../functions/tenants/metadata.ts";
import type { Call, HttpRequest } from "../../../layers/core/http/http-message.ts";
import { SCOPES } from "../../../layers/core/tenant/scope.ts";

const RESOURCE = "/.well-known/oauth-protected-resource";
const SERVER = "/.well-known/oauth-authorization-server";
const BASE = "https://mcp.example.com";
const SIGN_IN = "https://skein-production-123456789012.auth.eu-west-1.amazoncognito.com";
const POOL = "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_EXAMPLE";

const OTHER_PROVIDER = { ISSUER: "https://login.example.com/", SIGN_IN_URL: "none" } as const;
const COGNITO = { ISSUER: POOL, SIGN_IN_URL: SIGN_IN } as const;

const prefixed = SCOPES.map((scope) => `skein/${scope}`);

async function read(path: string, config: MetadataParts["config"], scopePrefix = "") {
  const handler = metadataHandlers({ config, baseUrl: () => BASE, scopePrefix }).get(path);
  if (handler === undefined) throw new TypeError(`nothing answers ${path}`);
  const request: HttpRequest = {
    method: "GET",
    path,
    query: "",
    headers: {},
    body: new Uint8Array(),
    remoteAddress: "192.0.2.1",
    tls: true,
  };
  const call: Call = { requestId: "r1", deadlineEpochMs: 0, signal: new AbortController().signal };
  const { status, body } = await handler(request, call);
  return { status, body: JSON.parse(String(body)) };
}

describe("the metadata of the resource", () => {
  test("name the provider that the plan has chosen, and our own scopes", async () => {
    const { status, body } = await read(`${RESOURCE}/mcp`, OTHER_PROVIDER);

    expect(status).toBe(200);
    expect(body).toMatchObject({
      resource: `${BASE}/mcp`,
      authorization_servers: ["https://login.example.com/"],
      scopes_supported: SCOPES,
    });
  });

  test("name nobody where there are keys alone", async () => {
    const { body } = await read(RESOURCE, { ISSUER: "none", SIGN_IN_URL: "none" });

    expect(body).toMatchObject({ resource: BASE, authorization_servers: [] });
  });

  test("lead to the description here where Cognito's own is of no use to MCP clients", async () => {
    const { body } = await read(`${RESOURCE}/mcp`, COGNITO, "skein/");

    expect(body).toMatchObject({ authorization_servers: [BASE], scopes_supported: prefixed });
  });
});

describe("the description of Cognito", () => {
  test("says under the name that it was asked for where to sign in, and that PKCE is known", async () => {
    const { status, body } = await read(SERVER, COGNITO, "skein/");

    expect(status).toBe(200);
    expect(body).toEqual({
      issuer: BASE,
      authorization_endpoint: `${SIGN_IN}/oauth2/authorize`,
      token_endpoint: `${SIGN_IN}/oauth2/token`,
      revocation_endpoint: `${SIGN_IN}/oauth2/revoke`,
      scopes_supported: prefixed,
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      token_endpoint_auth_methods_supported: ["none"],
      revocation_endpoint_auth_methods_supported: ["none"],
      code_challenge_methods_supported: ["S256"],
    });
  });

  test("is not there for providers that describe themselves", async () => {
    const { status, body } = await read(SERVER, OTHER_PROVIDER);

    expect(status).toBe(404);
    expect(body).toMatchObject({ code: "described_elsewhere" });
  });
});
