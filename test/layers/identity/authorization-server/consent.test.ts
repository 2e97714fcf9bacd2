import { beforeEach, describe, expect, test } from "vitest";
import {
  ACTIVE_POLICY,
  authorization,
  BASE_URL,
  CALLBACK,
  DOCUMENT,
  type OAuthParts,
  oauthParts,
} from "../../../fixtures/oauth-parts.ts";

let parts: OAuthParts;
let clientId: string;
beforeEach(async () => {
  parts = oauthParts();
  clientId = await parts.client({ client_name: `<img src=x>"'&` });
});

const visit = (changed: Readonly<Record<string, string>> = {}) =>
  parts.ask("GET", "/oauth/authorize", { query: { ...authorization(clientId), ...changed } });

/** The person has opened the page, and sends its form. */
async function decide(
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
  scope = "mcp:read mcp:call",
) {
  const { ticket, cookie } = await parts.page({ ...authorization(clientId), scope });
  const sent = { ticket, decision: "allow", ...form };
  return parts.ask("POST", "/oauth/authorize", { form: sent, headers: { cookie, ...headers } });
}

describe("the page", () => {
  test("shows what the client calls itself as text", async () => {
    const { status, text } = await visit();

    expect(status).toBe(200);
    expect(text).toContain("<strong>&lt;img src=x&gt;&quot;&#39;&amp;</strong>");
    expect(text).toContain("<strong>127.0.0.1:7777</strong>");
    expect(text).not.toContain("<img");
  });

  test("shows who publishes a client that is described at an address of theirs", async () => {
    const { text } = await visit({ client_id: DOCUMENT.client_id });

    expect(text).toContain("<strong>App</strong>, published by <strong>app.example.com</strong>,");
  });

  test("can't be framed, runs nothing, takes nothing from elsewhere and is not kept", async () => {
    const { headers } = await visit();

    expect(headers).toMatchObject({
      "cache-control": "no-store",
      "x-frame-options": "DENY",
      "content-security-policy": expect.stringMatching(
        /^default-src 'none'; style-src 'sha256-[\w+/=]{44}'; form-action 'self' http:\/\/127\.0\.0\.1:7777; frame-ancestors 'none'; base-uri 'none'$/,
      ),
    });
  });

  test("is bound to its browser by a cookie that no script reads and no other site sends", async () => {
    const { cookies } = await visit();

    expect(cookies).toEqual([
      expect.stringMatching(/^skein-consent=[\w-]{43}; Path=\/oauth; Max-Age=600; HttpOnly; SameSite=Strict$/),
    ]);
  });

  test("asks for the scopes that exist here, and for the first ones where none are named", async () => {
    const shown = (text: string) => [...text.matchAll(/<code>(\w+:\w+)<\/code>/g)].map(([, scope]) => scope);

    expect(shown((await visit({ scope: "tenant:read openid offline_access" })).text)).toEqual(["tenant:read"]);
    expect(shown((await visit({ scope: "" })).text)).toEqual(["mcp:read", "mcp:call"]);
  });
});

describe("a request that can't be answered to the client is told to the person, and sends nobody anywhere:", () => {
  test.each<[what: string, changed: Readonly<Record<string, string>>]>([
    ["of a client that did not register", { client_id: "app" }],
    ["of no client", { client_id: "" }],
    ["with an address that was not registered", { redirect_uri: "https://evil.example/cb" }],
    ["with the registered address and more", { redirect_uri: `${CALLBACK}/../evil` }],
  ])("%s", async (_what, changed) => {
    const { status, headers, text } = await visit(changed);

    expect(status).toBe(400);
    expect(headers.location).toBeUndefined();
    expect(text).toContain("This does not work");
    expect(text).not.toContain("evil");
  });

  test("with a parameter twice", async () => {
    const query = `${new URLSearchParams(authorization(clientId))}&state=s2`;

    expect(await parts.ask("GET", "/oauth/authorize", { query })).toMatchObject({ status: 400, answer: {} });
  });
});

describe("a request that is wrong otherwise is told to the client, with its state and who says so:", () => {
  test.each<[what: string, changed: Readonly<Record<string, string>>, error: string]>([
    ["for a token at once", { response_type: "token" }, "unsupported_response_type"],
    ["without PKCE", { code_challenge: "" }, "invalid_request"],
    ["with a challenge that is none", { code_challenge: "short" }, "invalid_request"],
    ["with a challenge that anybody can read", { code_challenge_method: "plain" }, "invalid_request"],
    ["for another server", { resource: "https://other.example/mcp" }, "invalid_target"],
    ["for scopes of which none exist", { scope: "openid email" }, "invalid_scope"],
  ])("%s", async (_what, changed, error) => {
    const { status, headers, answer } = await visit(changed);

    expect(status).toBe(303);
    expect(headers.location?.startsWith(`${CALLBACK}?`)).toBe(true);
    expect(answer).toMatchObject({ error, state: "s1", iss: BASE_URL });
    expect(answer.code).toBeUndefined();
  });
});

test("a request may leave out the address where only one was registered, and whom the token is for", async () => {
  const { redirect_uri: _left, resource: _out, ...rest } = authorization(clientId);
  const { ticket, cookie } = await parts.page(rest);

  const form = { ticket, decision: "deny" };
  const { headers } = await parts.ask("POST", "/oauth/authorize", { form, headers: { cookie } });

  expect(headers.location).toMatch(new RegExp(`^${CALLBACK}\\?error=access_denied`));
});

describe("what the person decides", () => {
  test("gives the client a code, or tells it that it was denied", async () => {
    expect(await decide({ token: parts.token() })).toMatchObject({
      status: 303,
      answer: { code: expect.any(String), state: "s1", iss: BASE_URL },
    });
    expect((await decide({ token: parts.token(), decision: "deny" })).answer).toEqual({
      error: "access_denied",
      state: "s1",
      iss: BASE_URL,
    });
  });

  test("stands in the tenant's audit log, without what the client got", async () => {
    const { answer } = await decide({ token: parts.token() });

    const { items } = await parts.table.query({ pk: "TENANT#acme#AUDIT", limit: 10 });
    const entries = items.map(({ entry }) => JSON.parse(String(entry)));

    expect(entries.map(({ phase }) => phase)).toEqual(["begun", "done"]);
    expect(entries[0]).toMatchObject({
      actor: { tenantId: "acme", subject: "local:ann", role: "admin", remoteAddress: "127.0.0.1", requestId: "r1" },
      action: "program.allow",
      target: { kind: "program", id: expect.stringMatching(/^[\w-]{43}$/) },
      after: { name: `<img src=x>"'&`, role: "admin", scopes: ["mcp:read", "mcp:call"] },
    });
    expect(JSON.stringify(entries)).not.toContain(answer.code);
  });

  test("may be taken by another process than the one that asked", async () => {
    const { ticket, cookie } = await parts.page(authorization(clientId));
    const form = { ticket, decision: "allow", token: parts.token() };

    expect((await parts.askOther("POST", "/oauth/authorize", { form, headers: { cookie } })).answer.code).toBeDefined();
  });

  test.each<[what: string, token: () => string, words: string]>([
    ["no token", () => "", "is needed"],
    ["something that is none", () => "owner", "not valid"],
    ["a token that is over", () => parts.token({ lifetimeSeconds: -31 }), "not valid"],
    [
      "an API key, behind which is nobody to ask",
      () => `sk_acme_${"0".repeat(16)}_${"A".repeat(43)}`,
      "no token that was printed",
    ],
    ["a token that may be used for nothing of it", () => parts.token({ scopes: ["tenant:read"] }), "for nothing"],
  ])("counts for nothing with %s, and can be tried again on the same page", async (_what, token, words) => {
    const { ticket, cookie } = await parts.page(authorization(clientId));
    const send = (shown: string) =>
      parts.ask("POST", "/oauth/authorize", { form: { ticket, decision: "allow", token: shown }, headers: { cookie } });

    const wrong = await send(token());
    const right = await send(parts.token());

    expect(wrong).toMatchObject({ status: 403, answer: {} });
    expect(/<strong role="alert">([^<]*)/.exec(wrong.text)?.[1]).toContain(words);
    expect(right.answer.code).toBeDefined();
  });

  test.each<[what: string, policy: OAuthParts["policy"]]>([
    ["was removed from the tenant", { ...ACTIVE_POLICY, members: { "local:ann": "none" } }],
    ["belongs to a tenant that is suspended", { ...ACTIVE_POLICY, status: "suspended" }],
    ["belongs to a tenant that is gone", undefined],
  ])("counts for nothing from one who %s", async (_what, policy) => {
    parts.policy = policy;

    expect((await decide({ token: parts.token() })).text).toContain("may do nothing here");
  });

  test("is not taken from a page that is ten minutes old", async () => {
    const { ticket, cookie } = await parts.page(authorization(clientId));
    parts.clock.advance(600_000);
    const form = { ticket, decision: "allow", token: parts.token() };

    expect(await parts.ask("POST", "/oauth/authorize", { form, headers: { cookie } })).toMatchObject({
      status: 400,
      answer: {},
    });
  });

  test.each<[what: string, form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>>]>([
    ["from another browser", {}, { cookie: `skein-consent=${"A".repeat(43)}` }],
    ["from a browser that never saw the page", {}, { cookie: "" }],
    ["from a page of another site", {}, { "sec-fetch-site": "cross-site" }],
    ["from a page of a neighbour", {}, { "sec-fetch-site": "same-site" }],
    ["with a ticket that was made up", { ticket: "k1.e30.AAAA" }, {}],
    ["without a ticket", { ticket: "" }, {}],
    ["in another form", {}, { "content-type": "text/plain" }],
  ])("is not taken %s", async (_what, form, headers) => {
    const { status, answer } = await decide({ token: parts.token(), ...form }, headers);

    expect(status).toBeGreaterThanOrEqual(400);
    expect(answer).toEqual({});
  });

  test("leaves a page good that was opened before in another window", async () => {
    const first = await parts.page(authorization(clientId));
    const second = await parts.ask("GET", "/oauth/authorize", {
      query: authorization(clientId),
      headers: { cookie: `other=1; ${first.cookie}` },
    });

    expect(second.cookies?.[0]).toContain(first.cookie);
  });
});
