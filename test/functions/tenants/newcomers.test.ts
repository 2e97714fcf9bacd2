import { beforeEach, describe, expect, test } from "vitest";
import { Tenancy } from "../../../functions/tenancy.ts";
import { newcomers } from "../../../functions/tenants/newcomers.ts";
import type { DoorCall, HttpHandler, HttpReply } from "../../../layers/core/http/http-message.ts";
import type { Table } from "../../../layers/core/ports/table.ts";
import type { Principal } from "../../../layers/core/tenant/principal.ts";
import type { TenantRole } from "../../../layers/core/tenant/role.ts";
import { gate } from "../../../layers/http/gate.ts";
import { keyedHash } from "../../../layers/node/keyed-hash.ts";
import { aCall, aRequest, problemOf } from "../../fixtures/http-call.ts";
import { type ManualClock, manualClock } from "../../fixtures/manual-clock.ts";
import { memoryTable } from "../../fixtures/memory-table.ts";
import { type Provider, provider } from "../../fixtures/provider.ts";
import { seededChance } from "../../fixtures/seeded-chance.ts";
import { OPERATOR } from "../../fixtures/tenant-parts.ts";
import { tenant } from "../../fixtures/tenants.ts";

const ISSUER = "https://id.example.com";
const AUDIENCE = "https://cell.example.com";
const ANN = { issuer: ISSUER, subject: "ann" };

let clock: ManualClock;
let table: Table;
let identities: Provider;
let here: Process;

beforeEach(async () => {
  clock = manualClock();
  table = memoryTable(clock);
  const nowEpochSeconds = () => Math.floor(clock.nowMs() / 1_000);
  identities = await provider({ issuer: ISSUER, audience: AUDIENCE, nowEpochSeconds });
  here = processOf();
});

interface Asked {
  readonly method?: string;
  readonly json?: unknown;
  readonly type?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

interface Process {
  readonly tenancy: Tenancy;
  ask(subject: string, path: string, asked?: Asked): Promise<HttpReply>;
}

let seed = 0;

function processOf({ mayMakeTenants = true } = {}): Process {
  const tenancy = new Tenancy({
    state: table,
    control: table,
    clock,
    chance: seededChance(++seed),
    hash: keyedHash(["a secret of at least thirty-two characters"]),
    region: "local",
    regions: new Set(["local"]),
    toolkits: new Set(),
    issuers: [
      { issuer: ISSUER, audiences: [AUDIENCE], tenantClaim: "tenant", roleClaim: "role", keys: identities.keys },
    ],
    report: (fault) => expect.unreachable(String(fault)),
  });
  const parts = tenancy.gateParts({
    resourceMetadataUrl: () => "https://cell.example.com/.well-known/oauth-protected-resource",
    newcomers: newcomers(tenancy, { mayMakeTenants }),
  });
  const answer = gate(parts, letIn);
  return {
    tenancy,
    async ask(subject, path, { method = "POST", json, type = "application/json", claims } = {}) {
      const authorization = `Bearer ${await identities.token({ sub: subject, ...claims })}`;
      const body = new TextEncoder().encode(JSON.stringify(json));
      const call: DoorCall = { ...aCall, tenantId: undefined, admitted: false };
      return answer(aRequest({ method, path, body, headers: { authorization, "content-type": type } }), call);
    },
  };
}

/** Tells whom the gate has let in, and as what. */
const letIn: HttpHandler = async (_request, { principal }) => ({
  status: 200,
  headers: {},
  body: JSON.stringify(principal),
});

const signUp = (subject: string, tenantId: string, by = here) =>
  by.ask(subject, "/api/tenants", { json: { tenantId, name: "Ann's" } });
const whoIs = async (subject: string, asked: Asked = {}, by = here): Promise<Partial<Principal>> =>
  JSON.parse(String((await by.ask(subject, "/api/tenants/self", { method: "GET", ...asked })).body));

async function tenantWith(tenantId: string, members: Readonly<Record<string, TenantRole>> = {}): Promise<void> {
  const { tenants } = here.tenancy;
  const draft = { tenantId: tenant(tenantId), name: "Acme", plan: "free", owner: { subject: "olive" } };
  expect(await tenants.create(draft, { actor: OPERATOR })).toMatchObject({ ok: true });
  for (const [subject, role] of Object.entries(members)) {
    await tenants.setMember(draft.tenantId, { subject, role }, { actor: OPERATOR });
  }
}

describe("signing up", () => {
  test("makes a tenant that the newcomer owns, and lets them in at once", async () => {
    const made = await signUp("ann", "anns");

    expect(made).toMatchObject({ status: 201, headers: { etag: '"1"', "cache-control": "no-store" } });
    expect(problemOf(made)).toMatchObject({ tenantId: "anns", name: "Ann's", plan: "free", memberCount: 1 });
    expect(await whoIs("ann")).toMatchObject({ tenantId: "anns", subject: "ann", role: "owner" });
  });

  test("comes to the same when it is asked again after the answer was lost", async () => {
    const there = processOf();
    expect(await whoIs("ann", {}, there)).toMatchObject({ code: "tenant_required" });
    await signUp("ann", "anns");

    const again = await signUp("ann", "anns", there);

    expect(again.status).toBe(201);
    expect(problemOf(again)).toMatchObject({ tenantId: "anns", version: 1 });
  });

  test.each(["anns", "another"])("goes on to %s where a process ended between home and tenant", async (tenantId) => {
    await here.tenancy.homes.settle(ANN, { tenantId: tenant("anns") });

    const made = await signUp("ann", tenantId);

    expect(made.status).toBe(201);
    expect(await whoIs("ann")).toMatchObject({ tenantId, role: "owner" });
    expect(await here.tenancy.homes.homeOf(ANN)).toBe(tenantId);
  });

  test("gives nobody a second tenant", async () => {
    const there = processOf();
    await whoIs("ann", {}, there);
    await signUp("ann", "anns");

    const second = await signUp("ann", "another", there);

    expect(problemOf(second)).toMatchObject({ status: 409, code: "home_taken" });
    expect(await here.tenancy.tenants.get(tenant("another"))).toBeUndefined();
  });

  test("never makes another's tenant a home, also not for a moment", async () => {
    await tenantWith("acme");
    const homes: unknown[] = [];
    const put = table.put.bind(table);
    table.put = (item, condition) => {
      if (item.pk.startsWith("HOME#")) homes.push(item.tenantId);
      return put(item, condition);
    };

    const refused = await here.ask("ann", "/api/tenants", {
      json: { tenantId: "acme", name: "x" },
      claims: { role: "owner" },
    });

    expect(problemOf(refused)).toMatchObject({ status: 409, code: "tenant_exists" });
    expect(homes).toEqual([]);
  });

  test.each([
    ["the fleet's id", { tenantId: "fleet", name: "x" }, "application/json", 409, "tenant_exists"],
    ["no name", { tenantId: "anns" }, "application/json", 400, "request_invalid"],
    ["a plan", { tenantId: "anns", name: "x", plan: "scale" }, "application/json", 400, "request_invalid"],
    ["no JSON", {}, "text/plain", 415, "media_type_unsupported"],
  ])("with %s is refused, and leaves no home", async (_what, json, type, status, code) => {
    const refused = await here.ask("ann", "/api/tenants", { json, type });

    expect(problemOf(refused)).toMatchObject({ status, code });
    expect(await here.tenancy.homes.homeOf(ANN)).toBeUndefined();
  });

  test("is off where tenants are made by those who run the fleet alone", async () => {
    const closed = processOf({ mayMakeTenants: false });

    expect(problemOf(await signUp("ann", "anns", closed))).toMatchObject({ status: 403, code: "tenant_required" });
    expect(await here.tenancy.tenants.get(tenant("anns"))).toBeUndefined();
  });
});

test.each(["/api/tenants", "/api/tenants/acme/join"])("a program without the right to it can't %s", async (path) => {
  await tenantWith("acme", { ann: "viewer" });

  const refused = await here.ask("ann", path, { json: { tenantId: "anns", name: "x" }, claims: { scope: "mcp:call" } });

  expect(problemOf(refused)).toMatchObject({ status: 403, code: "scope_missing" });
  expect(refused.headers["www-authenticate"]).toBe(
    'Bearer error="insufficient_scope", scope="mcp:call tenant:admin", ' +
      'resource_metadata="https://cell.example.com/.well-known/oauth-protected-resource"',
  );
  expect(await here.tenancy.homes.homeOf(ANN)).toBeUndefined();
});

describe("joining", () => {
  const join = (subject: string, tenantId: string) => here.ask(subject, `/api/tenants/${tenantId}/join`);

  test("lets a member in whose tokens name no tenant, and stands in the audit log", async () => {
    await tenantWith("acme", { ann: "developer" });

    const joined = await join("ann", "acme");
    const entries = await here.tenancy.audit.list(tenant("acme"), { subject: "ann" });

    expect(joined.status).toBe(200);
    expect(await whoIs("ann")).toMatchObject({ tenantId: "acme", role: "developer" });
    expect(entries).toMatchObject({
      value: { records: [{ action: "tenant.join", outcome: "done", target: { kind: "member", id: "ann" } }] },
    });
  });

  test("a tenant that does not name them is not there for them", async () => {
    await tenantWith("acme");
    await tenantWith("held", { ann: "viewer" });
    await here.tenancy.tenants.suspend(tenant("held"), "unpaid", { actor: OPERATOR });

    const replies = await Promise.all(["acme", "held", "nobody-there", "NO.ID"].map((named) => join("ann", named)));

    expect(JSON.parse(String(replies[0]?.body))).toMatchObject({ status: 404, code: "tenant_absent" });
    expect(new Set(replies.map(({ body }) => body)).size).toBe(1);
    expect(await here.tenancy.homes.homeOf(ANN)).toBeUndefined();
  });

  test("does not take those away who are at home elsewhere", async () => {
    const there = processOf();
    await tenantWith("acme", { ann: "viewer" });
    await whoIs("ann", {}, there);
    await signUp("ann", "anns");

    const joined = await there.ask("ann", "/api/tenants/acme/join");

    expect(problemOf(joined)).toMatchObject({ status: 409, code: "home_taken" });
    expect(await here.tenancy.homes.homeOf(ANN)).toBe("anns");
  });
});

describe("somebody whose home leads to nothing", () => {
  test("has no role there that the tenant did not give them, whatever their token claims", async () => {
    await tenantWith("acme");
    await here.tenancy.homes.settle(ANN, { tenantId: tenant("acme") });

    expect(await whoIs("ann", { claims: { role: "owner" } })).toMatchObject({ status: 403, code: "tenant_required" });
  });

  test("was put out, and may find another", async () => {
    await tenantWith("acme", { ann: "viewer" });
    await here.ask("ann", "/api/tenants/acme/join");
    await here.tenancy.tenants.removeMember(tenant("acme"), "ann", { actor: OPERATOR });

    expect(await whoIs("ann")).toMatchObject({ code: "tenant_required" });
    expect((await signUp("ann", "anns")).status).toBe(201);
    expect(await whoIs("ann")).toMatchObject({ tenantId: "anns", role: "owner" });
  });
});

test("whoever tries over and over waits, and nobody else does", async () => {
  await tenantWith("acme");
  const tries: number[] = [];
  for (let attempt = 0; attempt < 8; attempt++) tries.push((await signUp("ann", "acme")).status);
  const refused = await signUp("ann", "acme");

  expect(tries.filter((status) => status === 409)).toHaveLength(5);
  expect(refused).toMatchObject({ status: 429, headers: { "retry-after": "1" } });
  expect((await signUp("bob", "bobs")).status).toBe(201);
  clock.advance(2_000);
  expect((await signUp("ann", "acme")).status).toBe(409);
});
