import { decodeJwt } from "jose";
import { beforeEach, describe, expect, test } from "vitest";
import {
  ACTIVE_POLICY,
  BASE_URL,
  CALLBACK,
  DOCUMENT,
  type OAuthParts,
  oauthParts,
  VERIFIER,
} from "../../../fixtures/oauth-parts.ts";

let parts: OAuthParts;
let clientId: string;
beforeEach(async () => {
  parts = oauthParts();
  clientId = await parts.client();
});

const DAY_MS = 86_400_000;
const INVALID_GRANT = { status: 400, json: { error: "invalid_grant" } };

const exchange = (code: string, changed: Readonly<Record<string, string>> = {}, ask = parts.ask) =>
  ask("POST", "/oauth/token", {
    form: {
      grant_type: "authorization_code",
      ...{ code, client_id: clientId, redirect_uri: CALLBACK, code_verifier: VERIFIER },
      ...changed,
    },
  });

const refresh = (token: unknown, changed: Readonly<Record<string, string>> = {}, ask = parts.ask) =>
  ask("POST", "/oauth/token", {
    form: { grant_type: "refresh_token", refresh_token: String(token), client_id: clientId, ...changed },
  });

/** A client that was allowed in. */
async function allowed(given: Parameters<OAuthParts["code"]>[1] = {}) {
  return (await exchange(await parts.code(clientId, given))).json;
}

describe("a code", () => {
  test("is exchanged for a token that the cell takes, of the one who allowed it and for what was asked", async () => {
    const { status, headers, json } = await exchange(await parts.code(clientId));

    expect(status).toBe(200);
    expect(headers).toMatchObject({ "content-type": "application/json", "cache-control": "no-store" });
    expect(json).toMatchObject({ token_type: "Bearer", expires_in: 3_600, scope: "mcp:read mcp:call" });
    expect(decodeJwt(String(json.access_token)).aud).toEqual(["urn:skein:cell", `${BASE_URL}/mcp`]);
    expect(await parts.authenticator.authenticate(`Bearer ${json.access_token}`)).toEqual({
      ok: true,
      value: {
        tenantId: "acme",
        subject: "local:ann",
        claimedRole: "admin",
        scopes: ["mcp:read", "mcp:call"],
        credential: "token",
        expiresAtEpochMs: (decodeJwt(String(json.access_token)).exp ?? 0) * 1_000 + 30_000,
      },
    });
  });

  test("is exchanged for a client that never registered, but is described at the address that is its id", async () => {
    clientId = DOCUMENT.client_id;
    const { json } = await exchange(await parts.code(clientId));

    expect((await refresh(json.refresh_token, {}, parts.askOther)).status).toBe(200);
  });

  test("gives no more than the token of the one who allowed it", async () => {
    const token = parts.token({ scopes: ["mcp:read", "tenant:admin"], role: "viewer" });
    const { access_token, scope } = await allowed({ token });

    expect(scope).toBe("mcp:read");
    expect(decodeJwt(String(access_token))).toMatchObject({ scope: "mcp:read", role: "viewer" });
  });

  test("is exchanged once; when it comes again, what it gave is over too", async () => {
    const code = await parts.code(clientId);
    const first = await exchange(code);

    expect(await exchange(code, {}, parts.askOther)).toMatchObject(INVALID_GRANT);
    expect(await refresh(first.json.refresh_token)).toMatchObject(INVALID_GRANT);
  });

  test("is exchanged once, whichever processes are asked at the same moment", async () => {
    const code = await parts.code(clientId);

    const replies = await Promise.all([
      ...[exchange(code), exchange(code, {}, parts.askOther)],
      ...[exchange(code), exchange(code, {}, parts.askOther)],
    ]);

    expect(replies.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  test("of a client that does not refresh is exchanged once as well, and leaves nothing behind", async () => {
    clientId = await parts.client({ grant_types: ["authorization_code"] });
    const code = await parts.code(clientId);

    const replies = await Promise.all([exchange(code), exchange(code, {}, parts.askOther)]);

    expect(replies.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect(replies.some(({ json }) => "refresh_token" in json)).toBe(false);
    expect((await parts.table.query({ pk: "TENANT#acme#OAUTH-GRANT", limit: 10 })).items).toEqual([]);
  });

  test("holds for a minute", async () => {
    const code = await parts.code(clientId);
    parts.clock.advance(60_000);

    expect(await exchange(code)).toMatchObject(INVALID_GRANT);
  });

  test.each<[what: string, changed: Readonly<Record<string, string>>]>([
    ["without the right verifier", { code_verifier: VERIFIER.replace("d", "e") }],
    ["with another address", { redirect_uri: `${CALLBACK}2` }],
    ["in place of a refresh token's", { code: "local.e30.AAAA" }],
  ])("is not exchanged %s", async (_what, changed) => {
    const code = await parts.code(clientId);

    expect(await exchange(code, changed)).toMatchObject(INVALID_GRANT);
    expect((await exchange(code)).status).toBe(200);
  });

  test("is not exchanged for another client", async () => {
    const code = await parts.code(clientId);
    const other = await parts.client({ client_name: "Other" });

    expect(await exchange(code, { client_id: other })).toMatchObject(INVALID_GRANT);
  });

  test("is not in the store, nor is a token", async () => {
    const code = await parts.code(clientId);
    const { access_token, refresh_token } = (await exchange(code)).json;
    const stored = JSON.stringify(await parts.table.query({ pk: "TENANT#acme#OAUTH-GRANT", limit: 10 }));

    for (const secret of [code, access_token, refresh_token]) expect(stored).not.toContain(secret);
    expect(stored).toContain("mcp:call");
  });
});

describe("a refresh token", () => {
  test("gives a token and its own successor, in any process", async () => {
    const first = await allowed();
    const second = await refresh(first.refresh_token, {}, parts.askOther);
    parts.clock.advance(60_000);
    const third = await refresh(second.json.refresh_token);

    expect([second.status, third.status]).toEqual([200, 200]);
    expect(new Set([first, second.json, third.json].map(({ refresh_token }) => refresh_token)).size).toBe(3);
  });

  test("that comes again within half a minute, since the reply was lost, gives the same successor", async () => {
    const { refresh_token: token } = await allowed();
    const [first, second] = await Promise.all([refresh(token), refresh(token, {}, parts.askOther)]);
    parts.clock.advance(30_000);
    const late = await refresh(token);

    expect([first, second, late].map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(second.json.refresh_token).toBe(first.json.refresh_token);
    expect(late.json.refresh_token).toBe(first.json.refresh_token);
    expect((await refresh(first.json.refresh_token)).status).toBe(200);
  });

  test("that comes again later ends what was allowed, for one of the two who had it has stolen it", async () => {
    const { refresh_token: token } = await allowed();
    const { json } = await refresh(token);
    parts.clock.advance(31_000);

    expect(await refresh(token)).toMatchObject(INVALID_GRANT);
    expect(await refresh(json.refresh_token)).toMatchObject(INVALID_GRANT);
  });

  test("of two generations ago ends what was allowed at once", async () => {
    const { refresh_token: token } = await allowed();
    const second = await refresh(token);
    const third = await refresh(second.json.refresh_token);

    expect(await refresh(token)).toMatchObject(INVALID_GRANT);
    expect(await refresh(third.json.refresh_token)).toMatchObject(INVALID_GRANT);
  });

  test("is over when it is not used for thirty days, and in any case after ninety", async () => {
    const unused = await allowed();
    let used = await allowed();
    for (let days = 0; days < 75; days += 25) {
      parts.clock.advance(25 * DAY_MS);
      used = (await refresh(used.refresh_token)).json;
    }

    expect(await refresh(unused.refresh_token)).toMatchObject(INVALID_GRANT);
    expect(used.access_token).toBeDefined();
    parts.clock.advance(15 * DAY_MS);
    expect(await refresh(used.refresh_token)).toMatchObject(INVALID_GRANT);
  });

  test("may be used for less than was allowed, and for no more", async () => {
    const { refresh_token: token } = await allowed();

    expect(await refresh(token, { scope: "mcp:read tenant:admin" })).toMatchObject({
      json: { error: "invalid_scope" },
    });
    expect(await refresh(token, { resource: BASE_URL })).toMatchObject({ json: { error: "invalid_target" } });
    const less = await refresh(token, { scope: "mcp:read" });
    const all = await refresh(less.json.refresh_token);

    expect([less.json.scope, all.json.scope]).toEqual(["mcp:read", "mcp:read mcp:call"]);
  });

  test("gives the role that its holder has by then, and nothing to one who was removed", async () => {
    const { refresh_token: token } = await allowed();
    parts.policy = { ...ACTIVE_POLICY, members: { "local:ann": "viewer" } };
    const lower = await refresh(token);
    parts.policy = { ...ACTIVE_POLICY, members: { "local:ann": "none" } };

    expect(decodeJwt(String(lower.json.access_token)).role).toBe("viewer");
    expect(await refresh(lower.json.refresh_token)).toMatchObject(INVALID_GRANT);
  });

  test("rests while its tenant is suspended", async () => {
    const { refresh_token: token } = await allowed();
    parts.policy = { ...ACTIVE_POLICY, status: "suspended" };
    const meanwhile = await refresh(token);
    parts.policy = ACTIVE_POLICY;
    parts.clock.advance(60_000);

    expect(meanwhile).toMatchObject(INVALID_GRANT);
    expect((await refresh(token)).status).toBe(200);
  });

  test("is not taken from another client, nor in place of a code", async () => {
    const { refresh_token: token } = await allowed();
    const other = await parts.client({ client_name: "Other" });

    expect(await refresh(token, { client_id: other })).toMatchObject(INVALID_GRANT);
    expect(await exchange(String(token))).toMatchObject(INVALID_GRANT);
    expect((await refresh(token)).status).toBe(200);
  });

  test("gives nothing when it is given back at the same moment", async () => {
    const { refresh_token: token } = await allowed();
    const form = { token: String(token), client_id: clientId };

    const [late] = await Promise.all([refresh(token), parts.askOther("POST", "/oauth/revoke", { form })]);

    expect(late).toMatchObject(INVALID_GRANT);
  });

  test("is over when its client gives it back, and whatever else is given back is taken as well", async () => {
    const { refresh_token: token } = await allowed();
    const other = await parts.client({ client_name: "Other" });
    const giveBack = (form: Readonly<Record<string, string>>) => parts.ask("POST", "/oauth/revoke", { form });

    expect(await giveBack({ token: String(token), client_id: other })).toMatchObject({ status: 200 });
    const still = await refresh(token);
    const revoked = [
      await giveBack({ token: String(still.json.refresh_token), client_id: clientId }),
      await giveBack({ token: String(still.json.refresh_token), client_id: clientId }),
      await giveBack({ token: "none", client_id: clientId }),
    ];

    expect(still.status).toBe(200);
    expect(revoked.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await refresh(still.json.refresh_token)).toMatchObject(INVALID_GRANT);
    expect(await giveBack({ token: "t", client_id: clientId, token_type_hint: "access_token" })).toMatchObject({
      status: 400,
      json: { error: "unsupported_token_type" },
    });
  });
});

test.each<[what: string, form: string, status: number, error: string]>([
  ["without a client", "grant_type=refresh_token&refresh_token=x", 401, "invalid_client"],
  ["of a client that did not register", "client_id=app&grant_type=refresh_token", 401, "invalid_client"],
  ["with a parameter twice", "client_id=a&client_id=a", 400, "invalid_request"],
  ["without a form", "", 401, "invalid_client"],
  ["that is too long", `client_id=${"a".repeat(17_000)}`, 400, "invalid_request"],
])("a request %s is refused", async (_what, form, status, error) => {
  expect(await parts.ask("POST", "/oauth/token", { form })).toMatchObject({ status, json: { error } });
  expect(await parts.ask("POST", "/oauth/revoke", { form: `${form}&token=t` })).toMatchObject({ status });
});

test.each<[what: string, form: Readonly<Record<string, string>>, error: string]>([
  ["of another kind", { grant_type: "password" }, "unsupported_grant_type"],
  ["of no kind", {}, "unsupported_grant_type"],
  ["without a code", { grant_type: "authorization_code", code_verifier: VERIFIER }, "invalid_request"],
  ["without a verifier", { grant_type: "authorization_code", code: "c" }, "invalid_request"],
  ["without a refresh token", { grant_type: "refresh_token" }, "invalid_request"],
])("a request %s is refused", async (_what, form, error) => {
  const reply = await parts.ask("POST", "/oauth/token", { form: { client_id: clientId, ...form } });

  expect(reply).toMatchObject({ status: 400, json: { error, error_description: expect.any(String) } });
});

test("a body that is no form, or no JSON, is told so", async () => {
  const headers = { "content-type": "application/json" };

  expect(await parts.ask("POST", "/oauth/token", { json: {}, headers })).toMatchObject({
    json: { error: "invalid_request" },
  });
  expect(await parts.ask("POST", "/oauth/register", { form: "a=b" })).toMatchObject({
    status: 400,
    json: { error: "invalid_client_metadata" },
  });
});

test("the metadata name every endpoint, and what is asked of clients there", async () => {
  const { status, json } = await parts.ask("GET", "/.well-known/oauth-authorization-server");

  expect(status).toBe(200);
  expect(json).toMatchObject({
    issuer: BASE_URL,
    authorization_endpoint: `${BASE_URL}/oauth/authorize`,
    token_endpoint: `${BASE_URL}/oauth/token`,
    registration_endpoint: `${BASE_URL}/oauth/register`,
    revocation_endpoint: `${BASE_URL}/oauth/revoke`,
    response_types_supported: ["code"],
    code_challenge_methods_supported: ["S256"],
    token_endpoint_auth_methods_supported: ["none"],
    client_id_metadata_document_supported: true,
    authorization_response_iss_parameter_supported: true,
  });
});
