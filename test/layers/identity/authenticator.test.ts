import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as fc from "fast-check";
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Homes } from "../../../layers/core/tenant/homes.ts";
import type { Identity } from "../../../layers/core/tenant/identity.ts";
import { isRole } from "../../../layers/core/tenant/role.ts";
import { isScope } from "../../../layers/core/tenant/scope.ts";
import { Authenticator } from "../../../layers/identity/authenticator.ts";
import { fetchJson } from "../../../layers/identity/fetch-json.ts";
import { SelfIssuer } from "../../../layers/identity/self-issuer.ts";
import { TokenVerifier } from "../../../layers/identity/token-verifier.ts";
import type { TrustedIssuer } from "../../../layers/identity/trusted-issuer.ts";
import { sha256 } from "../../../layers/node/sha256.ts";
import { type ManualClock, manualClock } from "../../fixtures/manual-clock.ts";
import { memoryTable } from "../../fixtures/memory-table.ts";
import { tenant } from "../../fixtures/tenants.ts";

const AUDIENCE = "https://cell.example.com/mcp";
const SELF = new SelfIssuer(new Uint8Array(32).fill(7));

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;
let signing: Pair;
let next: Pair;
let provider: Server;
let issuer: string;
let published: { readonly pair: Pair; readonly kid: string }[];
let fetches: string[];
let failing: boolean;

beforeAll(async () => {
  signing = await generateKeyPair("ES256", { extractable: true });
  next = await generateKeyPair("ES256", { extractable: true });
  provider = createServer(async (request, response) => {
    fetches.push(request.url ?? "");
    if (failing) return void response.writeHead(500).end();
    const keys = await Promise.all(
      published.map(async ({ pair, kid }) => ({ ...(await exportJWK(pair.publicKey)), kid, alg: "ES256" })),
    );
    const metadata = { issuer, jwks_uri: `${issuer}/keys` };
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(request.url === "/realms/a/keys" ? { keys } : metadata));
  });
  await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
  issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/realms/a`;
});
afterAll(() => void provider.close());

let clock: ManualClock;
let homes: Homes;
let authenticator: Authenticator;
let faults: unknown[];

beforeEach(() => {
  clock = manualClock();
  published = [{ pair: signing, kid: "one" }];
  fetches = [];
  faults = [];
  failing = false;
  homes = new Homes({ table: memoryTable(clock), digest: sha256 });
  authenticator = authenticatorOf({});
});

function authenticatorOf(given: Partial<TrustedIssuer>): Authenticator {
  const trusted = { issuer, audiences: [AUDIENCE], tenantClaim: "tenant", roleClaim: "role", ...given };
  const report = (fault: unknown) => void faults.push(fault);
  const tokens = new TokenVerifier({ issuers: [trusted, SELF.trusted], clock, fetchJson, report });
  const refuseAll = { check: () => ({ ok: false, problem: { reason: "credential_refused", detail: "" } }) as const };
  return new Authenticator({ tokens, apiKeys: refuseAll, homes, clock });
}

const nowSeconds = () => Math.floor(clock.nowMs() / 1_000);

interface Forged {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: object;
  readonly pair?: Pair;
}

function token({ claims = {}, header = {}, pair = signing }: Forged = {}): Promise<string> {
  const all = { iss: issuer, aud: AUDIENCE, sub: "ann", exp: nowSeconds() + 600, scope: "mcp:read other", ...claims };
  const present = Object.fromEntries(
    Object.entries({ tenant: "acme", role: "viewer", ...all }).filter(([, v]) => v !== null),
  );
  return new SignJWT(present)
    .setProtectedHeader({ alg: "ES256", kid: "one", typ: "at+jwt", ...header })
    .sign(pair.privateKey);
}

const asked = (credential: string, by = authenticator) => by.authenticate(`Bearer ${credential}`);
const REFUSED = { ok: false, problem: { reason: "credential_refused" } };

describe("a token of a trusted issuer", () => {
  test("says who holds it, for which tenant, in which role and for what", async () => {
    expect(await asked(await token())).toEqual({
      ok: true,
      value: {
        tenantId: "acme",
        subject: "ann",
        claimedRole: "viewer",
        scopes: ["mcp:read"],
        credential: "token",
        expiresAtEpochMs: (nowSeconds() + 600 + 30) * 1_000,
      },
    });
  });

  test("is verified once, and known by its hash until it expires", async () => {
    const given = await token();
    await asked(given);

    expect(asked(given)).not.toBeInstanceOf(Promise);
    clock.advance(630_000);
    expect(await asked(given)).toEqual({
      ok: false,
      problem: expect.objectContaining({ detail: "the token has expired" }),
    });
  });

  test.each<[what: string, given: Partial<TrustedIssuer>, claims: Readonly<Record<string, unknown>>]>([
    ["its scopes behind the resource", {}, { scope: `${AUDIENCE}/mcp:call openid` }],
    ["its scopes in a list", {}, { scope: undefined, scp: ["mcp:call"] }],
    ["several audiences", {}, { aud: ["https://other.example", AUDIENCE], scope: "mcp:call" }],
    [
      "claims of other names",
      { tenantClaim: "custom:t", roleClaim: "r" },
      { "custom:t": "acme", r: "admin", scope: "mcp:call" },
    ],
    [
      "a client in place of an audience",
      { clientIds: ["c1"] },
      { aud: undefined, client_id: "c1", token_use: "access", scope: "mcp:call" },
    ],
  ])("may have %s", async (_what, given, claims) => {
    expect(await asked(await token({ claims }), authenticatorOf(given))).toMatchObject({
      ok: true,
      value: { tenantId: "acme", scopes: ["mcp:call"] },
    });
  });

  test.each([
    [{ scope: { toString: null } }, []],
    [{ scope: 1 }, []],
    [{ scope: undefined, scp: [{ toString: null }, ["mcp:read"], "mcp:call"] }, ["mcp:call"]],
  ])("has no scopes but those that are texts: %j", async (claims, scopes) => {
    expect(await asked(await token({ claims }))).toMatchObject({ ok: true, value: { scopes } });
  });

  test("that names the fleet is an operator's", async () => {
    const operator = await token({ claims: { tenant: "fleet", role: "operator" } });

    expect(await asked(operator)).toMatchObject({ ok: true, value: { tenantId: "fleet", claimedRole: "operator" } });
  });

  test("is not led astray by where it says its key lies", async () => {
    const header = { jku: "https://evil.example/keys", x5u: "https://evil.example/cert" };

    expect(await asked(await token({ header }))).toMatchObject({ ok: true });
    expect(fetches.every((url) => url.startsWith("/realms/a"))).toBe(true);
  });

  test("may be half a minute late or early, for clocks differ", async () => {
    const late = await token({ claims: { exp: nowSeconds() - 29 } });
    const early = await token({ claims: { nbf: nowSeconds() + 29 } });

    for (const time of ["first", "second", "third"]) {
      expect(await asked(early), time).toMatchObject({ ok: true });
      expect(await asked(late), time).toMatchObject({ ok: true });
    }
    clock.advance(1_000);
    for (const time of ["first", "second"]) expect(await asked(late), time).toMatchObject(REFUSED);
  });
});

describe("a token is refused, as RFC 8725 asks,", () => {
  test.each<[what: string, forged: () => Promise<string>]>([
    [
      "without a signature (2.1)",
      async () =>
        new UnsecuredJWT({ iss: issuer, aud: AUDIENCE, sub: "ann", exp: nowSeconds() + 60, tenant: "acme" }).encode(),
    ],
    [
      "signed with the public key as a secret (2.1)",
      async () => {
        const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(signing.publicKey)));
        return new SignJWT({ iss: issuer, aud: AUDIENCE, sub: "ann", tenant: "acme" })
          .setProtectedHeader({ alg: "HS256", kid: "one" })
          .setExpirationTime(nowSeconds() + 60)
          .sign(secret);
      },
    ],
    ["signed with another key of the same name (2.2)", () => token({ pair: next })],
    [
      "that brings its own key (2.1)",
      async () => token({ pair: next, header: { jwk: await exportJWK(next.publicKey) } }),
    ],
    [
      "that says where its key lies (2.10)",
      () => token({ pair: next, header: { jku: "https://evil.example/keys", kid: "two" } }),
    ],
    [
      "with an extension that nobody knows (3.10)",
      async () => {
        const [, payload] = (await token()).split(".");
        const header = { alg: "ES256", kid: "one", crit: ["exp2"], exp2: 1 };
        const signed = `${Buffer.from(JSON.stringify(header)).toString("base64url")}.${payload}`;
        const key = signing.privateKey;
        const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, Buffer.from(signed));
        return `${signed}.${Buffer.from(signature).toString("base64url")}`;
      },
    ],
    ["for another audience (2.7)", () => token({ claims: { aud: "https://other.example/mcp" } })],
    ["for no audience", () => token({ claims: { aud: undefined } })],
    ["of an issuer that nobody trusts (3.8)", () => token({ claims: { iss: "https://evil.example" } })],
    ["of an issuer that only looks like ours", () => token({ claims: { iss: `${issuer}/` } })],
    ["for another use (2.8)", () => token({ header: { typ: "logout+jwt" } })],
    ["that is over", () => token({ claims: { exp: nowSeconds() - 31 } })],
    ["that is not yet", () => token({ claims: { nbf: nowSeconds() + 31 } })],
    ["that is never over", () => token({ claims: { exp: undefined } })],
    ["that was issued in the future", () => token({ claims: { iat: nowSeconds() + 31 } })],
    ["of nobody", () => token({ claims: { sub: "" } })],
    ["of a subject that is no text", () => token({ claims: { sub: ["ann"] } })],
    ["of a subject longer than subjects are", () => token({ claims: { sub: "a".repeat(256) } })],
    ["of a subject that stands for an API key", () => token({ claims: { sub: "key:0123456789abcdef" } })],
    ["of a tenant that can't be", () => token({ claims: { tenant: "ACME" } })],
    ["of a role that can't be", () => token({ claims: { role: "root" } })],
    ["of an operator within a tenant", () => token({ claims: { role: "operator" } })],
    ["of an operator of nothing", () => token({ claims: { role: "operator", tenant: undefined } })],
    ["of the fleet, in a tenant's role", () => token({ claims: { role: "owner", tenant: "fleet" } })],
    ["that was changed", async () => (await token()).replace(/\.[^.]+\./, ".e30.")],
    ["that is none", async () => "a.b.c"],
    ["that is too long", async () => `${"a".repeat(4_000)}.${"b".repeat(4_200)}.c`],
  ])("%s", async (_what, forged) => {
    const answer = await asked(await forged());

    expect(answer).toMatchObject(REFUSED);
    expect(faults).toEqual([]);
    expect(fetches.filter((url) => !url.startsWith("/realms/a"))).toEqual([]);
  });

  test("where a client stands for the audience and another sends it, or it is no access token", async () => {
    const by = authenticatorOf({ clientIds: ["c1"] });

    for (const claims of [{ client_id: "c2", token_use: "access" }, { client_id: "c1", token_use: "id" }, {}]) {
      expect(await asked(await token({ claims }), by)).toMatchObject(REFUSED);
    }
  });
});

describe("whatever is sent in place of a token", () => {
  const part = fc.oneof(
    fc.base64String(),
    fc.json().map((json) => Buffer.from(json).toString("base64url")),
    fc.constantFrom("", "e30", "bnVsbA", "W10"),
  );

  test("is refused and never thrown over, and nothing is fetched for it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.tuple(part, part, part), async (parts) => {
        expect(await asked(parts.join("."))).toMatchObject({ ok: false });
      }),
    );

    expect([faults, fetches]).toEqual([[], []]);
  });

  test("and signed by the issuer itself, names nobody who can't be", async () => {
    const claim = fc.oneof(fc.jsonValue(), fc.constantFrom("acme", "fleet", "owner", "operator", "ann", "key:1"));
    const odd = fc.record({ tenant: claim, role: claim, sub: claim, scope: claim, scp: claim }, { requiredKeys: [] });

    await fc.assert(
      fc.asyncProperty(odd, async (claims) => {
        const answer = await asked(await token({ claims }));
        if (!answer.ok) {
          expect(answer).toMatchObject(REFUSED);
          return;
        }
        const { tenantId, subject, claimedRole, scopes } = answer.value;
        const named = "tenant" in claims ? (claims.tenant ?? undefined) : "acme";
        expect([subject, tenantId]).toEqual([claims.sub ?? "ann", named]);
        expect(claimedRole === undefined || isRole(claimedRole)).toBe(true);
        expect(claimedRole === "operator").toBe(tenantId === "fleet");
        expect(scopes.every(isScope)).toBe(true);
      }),
    );

    expect(faults).toEqual([]);
  });
});

describe("the issuer's keys", () => {
  test("are fetched once for many tokens", async () => {
    for (let count = 0; count < 20; count++) await asked(await token({ claims: { jti: String(count) } }));

    expect(fetches).toEqual(["/realms/a/.well-known/openid-configuration", "/realms/a/keys"]);
  });

  test("are fetched anew for a key that they do not have, however many tokens name one, no oftener than each half minute", async () => {
    await asked(await token());
    const before = fetches.length;
    for (let count = 0; count < 50; count++) {
      await asked(await token({ pair: next, header: { kid: `unknown-${count}` } }));
    }
    expect(fetches.length - before).toBe(0);

    clock.advance(30_000);
    published.push({ pair: next, kid: "two" });
    const rotated = await asked(await token({ pair: next, header: { kid: "two" } }));
    for (let count = 0; count < 50; count++) {
      await asked(await token({ pair: next, header: { kid: `unknown-${count}` } }));
    }

    expect(rotated).toMatchObject({ ok: true });
    expect(fetches.length - before).toBe(2);
  });

  test("hold for a day when the issuer no longer answers", async () => {
    await asked(await token());
    failing = true;
    clock.advance(23 * 3_600_000);

    expect(await asked(await token())).toMatchObject({ ok: true });
  });

  test("are no longer good after a day without an answer, and asked for no oftener than before", async () => {
    await asked(await token());
    failing = true;
    clock.advance(25 * 3_600_000);
    const before = fetches.length;

    for (let count = 0; count < 20; count++) {
      expect(await asked(await token())).toMatchObject({ problem: { reason: "issuer_unavailable" } });
    }

    expect(fetches.length - before).toBe(2);
    expect(faults.length).toBeGreaterThan(0);
  });

  test("that can't be had make no storm of questions", async () => {
    failing = true;

    for (let count = 0; count < 20; count++) {
      expect(await asked(await token())).toMatchObject({ problem: { reason: "issuer_unavailable" } });
    }

    expect(fetches).toHaveLength(2);
  });
});

describe("a cell's own token", () => {
  const grant = {
    tenantId: tenant("acme"),
    subject: "ann",
    role: "owner",
    scopes: ["tenant:admin"],
    lifetimeSeconds: 60,
  } as const;

  test("is taken by the cell, with a subject that no other issuer can name", async () => {
    const own: Identity = {
      tenantId: grant.tenantId,
      subject: "local:ann",
      claimedRole: "owner",
      scopes: ["tenant:admin"],
      credential: "token",
      expiresAtEpochMs: (nowSeconds() + 60 + 30) * 1_000,
    };

    expect(await asked(SELF.issue(grant, nowSeconds()))).toEqual({ ok: true, value: own });
    expect(fetches).toEqual([]);
  });

  test("is not taken by a cell with another key", async () => {
    const other = new SelfIssuer(new Uint8Array(32).fill(8));

    expect(await asked(other.issue(grant, nowSeconds()))).toMatchObject(REFUSED);
  });
});

describe("a newcomer", () => {
  test("belongs to nobody, and then to the tenant that is their home", async () => {
    const newcomer = await token({ claims: { tenant: undefined, role: undefined } });
    const before = await asked(newcomer);

    await homes.settle({ issuer, subject: "ann" }, { tenantId: tenant("anns") });
    authenticator.forgetHome({ issuer, subject: "ann" });

    expect(before).toMatchObject({ ok: true, value: { tenantId: undefined } });
    expect(await asked(newcomer)).toMatchObject({ ok: true, value: { tenantId: "anns", claimedRole: undefined } });
  });
});

test.each([undefined, "", "Basic YTpi", "Bearer", "Bearer ", "Bearer a b", "token"])(
  "the header %j lets nobody in",
  async (header) => {
    const answer = await authenticator.authenticate(header);

    expect(answer).toMatchObject({ ok: false });
  },
);
