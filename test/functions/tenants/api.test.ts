import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ApiCell, type Asked, apiCell, type Told } from "../../fixtures/api-cell.ts";
import { DescribedApi } from "../../fixtures/described-api.ts";

let cell: ApiCell;
let api: DescribedApi;
let operator: string;

beforeAll(async () => {
  cell = await apiCell();
  api = new DescribedApi((await cell.ask("GET", "/api/openapi.json")).json);
  operator = cell.token({ tenant: "fleet", role: "operator" });
});
afterAll(() => cell.close());

/** Asks below `/api/tenants`, and holds every reply against the document. */
async function ask(token: string, method: string, path: string, asked: Omit<Asked, "token"> = {}): Promise<Told> {
  const told = await cell.ask(method, `/api/tenants${path}`, { ...asked, token });
  expect(api.flawsOf(method, `/api/tenants${path}`, told)).toEqual([]);
  expect(told.headers.get("cache-control")).toBe("no-store");
  return told;
}

async function aTenant(tenantId: string): Promise<string> {
  const made = await ask(operator, "POST", "", { json: { tenantId, name: tenantId, plan: "team" } });
  expect(made.status).toBe(201);
  return cell.token({ tenant: tenantId });
}

describe("a tenant's people", () => {
  test("change it as its version allows", async () => {
    const before = await ask(cell.owner, "GET", "/self");
    const headers = { "if-match": String(before.headers.get("etag")) };

    const first = await ask(cell.owner, "PATCH", "/self", { json: { name: "One" }, headers });
    const second = await ask(cell.owner, "PATCH", "/self", { json: { name: "Two" }, headers });
    const third = await ask(cell.owner, "PATCH", "/local", { json: { regions: ["local"], toolkits: ["cyberchef"] } });

    expect(first).toMatchObject({ status: 200, json: { name: "One" } });
    expect(first.headers.get("etag")).not.toBe(before.headers.get("etag"));
    expect(second).toMatchObject({ status: 412, json: { code: "version_conflict" } });
    expect(third).toMatchObject({ json: { name: "One", regions: ["local"], toolkits: ["cyberchef"] } });
  });

  test.each([
    [{ regions: ["mars-1"] }, "region_unknown"],
    [{ toolkits: ["hammer"] }, "toolkit_unknown"],
    [{ plan: "platinum" }, "plan_unknown"],
    [{ name: " " }, "request_invalid"],
    [{ status: "deleted" }, "request_invalid"],
  ])("can't make it %j", async (json, code) => {
    expect(await ask(cell.owner, "PATCH", "/self", { json })).toMatchObject({ status: 400, json: { code } });
  });

  test("can't choose what the tenant pays, unless they own it, and who tried stands in the audit log", async () => {
    const admin = cell.token({ role: "admin", subject: "adam" });

    const plan = await ask(admin, "PATCH", "/self", { json: { plan: "free" } });
    const name = await ask(admin, "PATCH", "/self", { json: { name: "x" } });
    const { json } = await ask(cell.owner, "GET", "/self/audit?subject=local:adam");

    expect(plan).toMatchObject({ status: 403, json: { code: "role_forbidden" } });
    expect(name.status).toBe(200);
    expect(json).toMatchObject({
      records: [
        { action: "tenant.change", outcome: "done", after: { name: "x" } },
        { action: "tenant.subscribe", outcome: "denied" },
      ],
    });
  });

  test("name members, give no role above their own, and keep an owner", async () => {
    const owner = await aTenant("initech");
    const admin = cell.token({ tenant: "initech", role: "admin" });
    const member = (token: string, subject: string, json: unknown) =>
      ask(token, "PUT", `/self/members/${encodeURIComponent(subject)}`, { json });

    const added = await member(owner, "bo/b@example.com", { role: "owner", name: "Bo" });
    const raised = await member(admin, "eve", { role: "owner" });
    const endless = await member(owner, "s".repeat(256), { role: "viewer" });
    const left = await ask(owner, "DELETE", "/self/members/bo%2Fb%40example.com");
    const nobody = await ask(owner, "DELETE", "/self/members/nobody");
    const second = await member(owner, "cy", { role: "owner" });
    const removed = await ask(owner, "DELETE", "/self/members/bo%2Fb%40example.com");

    expect(added).toMatchObject({ status: 200, json: { members: [{ subject: "bo/b@example.com", role: "owner" }] } });
    expect(raised).toMatchObject({ status: 403, json: { code: "role_too_high" } });
    expect(endless).toMatchObject({ status: 400, json: { detail: expect.stringContaining("path.subject") } });
    expect(left).toMatchObject({ status: 409, json: { code: "last_owner" } });
    expect(nobody).toMatchObject({ status: 404, json: { code: "member_absent" } });
    expect([second.status, removed.status]).toEqual([200, 200]);
    expect(await ask(owner, "GET", "/self/members")).toMatchObject({ json: { members: [{ subject: "cy" }] } });
  });

  test("read what they have used and may use", async () => {
    const quotas = await ask(cell.owner, "GET", "/self/quotas");
    const byHour = await ask(
      cell.owner,
      "GET",
      "/self/usage?by=hour&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z",
    );
    const backwards = await ask(cell.owner, "GET", "/self/usage?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z");
    const endless = await ask(cell.owner, "GET", "/self/usage?from=2020-01-01T00:00:00Z");
    const yearly = await ask(cell.owner, "GET", "/self/usage?by=year");

    expect(quotas).toMatchObject({ status: 200, json: { quotas: { recipes: { used: 0, percentage: 0 } } } });
    expect(byHour).toMatchObject({ status: 200, json: { periods: [] } });
    expect([backwards, endless]).toMatchObject(Array(2).fill({ status: 400, json: { code: "span_invalid" } }));
    expect(yearly).toMatchObject({ status: 400, json: { detail: expect.stringContaining("query.by") } });
  });

  test("take their usage elsewhere", async () => {
    const csv = await ask(cell.owner, "GET", "/self/usage/export");
    const stripe = await ask(cell.owner, "GET", "/self/usage/export?format=stripe&customer=cus_1");
    const nobodys = await ask(cell.owner, "GET", "/self/usage/export?format=stripe");

    expect(csv.text).toBe("identifier,tenant,hour_start,kind,quantity\r\n");
    expect(stripe.headers.get("content-type")).toBe("application/x-ndjson");
    expect(nobodys).toMatchObject({ status: 400, json: { detail: expect.stringContaining("query.customer") } });
  });

  test("get an invoice in the form that they ask for", async () => {
    const month = new Date().toISOString().slice(0, 7);
    const get = (query: string, accept = "*/*") =>
      ask(cell.owner, "GET", `/self/invoices/${month}${query}`, { headers: { accept } });

    const [json, page, browsed, csv] = await Promise.all([
      get(""),
      get("?format=html", "application/json"),
      get("", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
      get("", "text/csv"),
    ]);

    expect(json).toMatchObject({ status: 200, json: { tenantId: "local", month, status: "preliminary" } });
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.text).toContain("<!doctype html>");
    expect(browsed.text).toBe(page.text);
    expect(csv.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(csv.headers.get("vary")?.toLowerCase()).toContain("accept");
    expect(await ask(cell.owner, "GET", "/self/invoices")).toMatchObject({ json: { invoices: [] } });
  });

  test.each([
    ["2999-01", 404, "month_unknown"],
    ["2027-13", 404, "month_unknown"],
    ["january", 400, "request_invalid"],
  ])("get no invoice of %s", async (month, status, code) => {
    expect(await ask(cell.owner, "GET", `/self/invoices/${month}`)).toMatchObject({ status, json: { code } });
  });

  test("page through the audit log", async () => {
    const owner = await aTenant("audited");
    for (const name of ["a", "b", "c"]) await ask(owner, "PATCH", "/self", { json: { name } });

    const first = await ask(owner, "GET", "/self/audit?limit=3");
    const { cursor } = z.object({ cursor: z.string() }).parse(first.json);
    const rest = await ask(owner, "GET", `/self/audit?limit=3&cursor=${cursor}`);

    expect(first).toMatchObject({ json: { records: ["c", "b", "a"].map((name) => ({ after: { name } })) } });
    expect(rest).toMatchObject({ json: { records: [{ action: "fleet.tenant.create" }] } });
    expect(rest.json).not.toHaveProperty("cursor");
    for (const query of ["cursor=x", "cursor=0", "limit=0", "limit=101", "from=yesterday"]) {
      expect((await ask(owner, "GET", `/self/audit?${query}`)).status).toBe(400);
    }
  });

  test("close their tenant, and then are served no more", async () => {
    const owner = await aTenant("closing");
    const developer = cell.token({ tenant: "closing", role: "developer" });

    const refused = await ask(developer, "DELETE", "/self");
    const closed = await ask(owner, "DELETE", "/self");

    expect(refused.status).toBe(403);
    expect(closed).toMatchObject({ json: { status: "deleted", eraseAfterEpochMs: expect.any(Number) } });
    expect(await ask(owner, "GET", "/self")).toMatchObject({ status: 403, json: { code: "tenant_inactive" } });
  });
});

const Key = z.object({ key: z.string(), keyId: z.string() });
const Listed = z.object({ keys: z.array(z.object({ keyId: z.string(), expiresAtEpochMs: z.number().optional() })) });

describe("API keys", () => {
  test("are made, used, rotated and revoked", async () => {
    const made = await ask(cell.owner, "POST", "/self/keys", { json: { name: "ci", role: "viewer" } });
    const { key, keyId } = Key.parse(made.json);

    const used = await ask(key, "GET", "/self");
    const refused = await ask(key, "POST", "/self/keys", { json: { name: "n", role: "viewer" } });
    const rotated = await ask(cell.owner, "POST", `/self/keys/${keyId}/rotate`, { json: {} });
    const again = await ask(cell.owner, "POST", `/self/keys/${keyId}/rotate`, { json: {} });
    const listed = await ask(cell.owner, "GET", "/self/keys");
    const revoked = await ask(cell.owner, "DELETE", `/self/keys/${keyId}`);
    const gone = await ask(key, "GET", "/self");
    const twice = await ask(cell.owner, "DELETE", `/self/keys/${keyId}`);

    expect([made.status, used.status, refused.status, rotated.status]).toEqual([201, 200, 403, 201]);
    expect(again).toMatchObject({ status: 409, json: { code: "api_key_spent" } });
    expect(listed.text).toContain(`sk_local_${keyId}`);
    expect(listed.text).not.toContain(key);
    expect(listed.text).not.toContain("hash");
    expect([revoked.status, revoked.text, gone.status]).toEqual([204, "", 401]);
    expect(twice).toMatchObject({ status: 404, json: { code: "api_key_absent" } });
  });

  test("do no more than their maker may, and who wanted more stands in the audit log", async () => {
    const admin = cell.token({ role: "admin", subject: "abe", scopes: ["tenant:read", "tenant:admin"] });
    const make = (json: object) => ask(admin, "POST", "/self/keys", { json: { name: "k", ...json } });

    expect(await make({ role: "owner" })).toMatchObject({ status: 403, json: { code: "role_too_high" } });
    expect(await make({ role: "viewer", scopes: ["mcp:read"] })).toMatchObject({
      status: 403,
      json: { code: "scope_too_wide" },
    });
    expect(await make({ role: "viewer" })).toMatchObject({ status: 201, json: { scopes: ["tenant:read"] } });
    const { json } = await ask(cell.owner, "GET", "/self/audit?subject=local:abe&limit=100");
    expect(json).toMatchObject({ records: [{ outcome: "done" }, { action: "api-key.change", outcome: "denied" }] });
  });

  test.each([
    [{ name: "late", role: "viewer", expiresAtEpochMs: 1 }, "expiry_past"],
    [{ name: "", role: "root", more: 1 }, "request_invalid"],
    [{ name: "none", role: "viewer", scopes: [] }, "request_invalid"],
    [{ name: "op", role: "operator" }, "request_invalid"],
  ])("are not made of %j", async (json, code) => {
    expect(await ask(cell.owner, "POST", "/self/keys", { json })).toMatchObject({ status: 400, json: { code } });
  });

  test("are rotated with an overlap of a day where nothing else is said, not even a body", async () => {
    const made = await ask(cell.owner, "POST", "/self/keys", { json: { name: "old", role: "viewer" } });
    const { keyId } = Key.parse(made.json);

    const rotated = await ask(cell.owner, "POST", `/self/keys/${keyId}/rotate`);

    expect(rotated.status).toBe(201);
    const { keys } = Listed.parse((await ask(cell.owner, "GET", "/self/keys")).json);
    const endsAtEpochMs = keys.find((key) => key.keyId === keyId)?.expiresAtEpochMs ?? 0;
    expect(Math.abs(endsAtEpochMs - Date.now() - 86_400_000)).toBeLessThan(60_000);
  });

  test("that are none can't be rotated or revoked", async () => {
    const absent = "/self/keys/0123456789abcdef";

    expect((await ask(cell.owner, "DELETE", absent)).status).toBe(404);
    expect((await ask(cell.owner, "POST", `${absent}/rotate`, { json: {} })).status).toBe(404);
    expect((await ask(cell.owner, "DELETE", "/self/keys/nonsense")).status).toBe(400);
  });
});

test("whoever lacks a scope is led to a token with it", async () => {
  const token = cell.token({ role: "owner", scopes: ["tenant:read"] });

  const { status, headers } = await ask(token, "PATCH", "/self", { json: { name: "x" } });

  expect(status).toBe(403);
  expect(headers.get("www-authenticate")).toContain('error="insufficient_scope", scope="tenant:read tenant:admin"');
  expect(headers.get("www-authenticate")).toContain("resource_metadata=");
});

test.each([
  ["{", "application/json", 400],
  ["a=1", "application/x-www-form-urlencoded", 415],
])("a body %s of the type %s is refused", async (text, type, status) => {
  const told = await ask(cell.owner, "POST", "/self/keys", { text, headers: { "content-type": type } });

  expect(told.status).toBe(status);
});

describe("those who run the fleet", () => {
  test("make, limit, suspend, resume and delete tenants", async () => {
    const theirs = await aTenant("globex");
    const mine = () => ask(theirs, "GET", "/self");

    expect(await ask(operator, "POST", "", { json: { tenantId: "globex", name: "Globex" } })).toMatchObject({
      status: 409,
      json: { code: "tenant_exists" },
    });
    expect(await ask(operator, "PUT", "/globex/limits", { json: { recipes: 5 } })).toMatchObject({
      json: { limitOverrides: { recipes: 5 } },
    });
    expect((await mine()).status).toBe(200);
    expect(await ask(operator, "POST", "/globex/suspend", { json: { reason: "unpaid" } })).toMatchObject({
      json: { status: "suspended", suspendReason: "unpaid" },
    });
    expect((await mine()).status).toBe(403);
    expect(await ask(operator, "POST", "/globex/resume")).toMatchObject({ json: { status: "active" } });
    expect((await mine()).status).toBe(200);
    expect(await ask(operator, "DELETE", "/globex")).toMatchObject({ json: { status: "deleted" } });
    expect((await mine()).status).toBe(403);
    expect(await ask(operator, "PUT", "/globex/limits", { json: {} })).toMatchObject({ status: 409 });
  });

  test("page through all tenants", async () => {
    for (const tenantId of ["paged-1", "paged-2", "paged-3"]) await aTenant(tenantId);
    const Page = z.object({ tenants: z.array(z.object({ tenantId: z.string() })), cursor: z.string().optional() });
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const after = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const page = Page.parse((await ask(operator, "GET", `?limit=2${after}`)).json);
      expect(page.tenants.length).toBeLessThanOrEqual(2);
      found.push(...page.tenants.map(({ tenantId }) => tenantId));
      cursor = page.cursor;
    } while (cursor !== undefined);

    expect(found).toEqual([...new Set(found)].sort());
    expect(found).toEqual(expect.arrayContaining(["local", "paged-1", "paged-2", "paged-3"]));
  });

  test("are told of a tenant that is none, whatever they ask of it", async () => {
    const json = { reason: "x" };
    const gets = ["", "/quotas", "/usage", "/usage/export", "/invoices", "/invoices/2026-01", "/audit"];

    const told = [
      ...(await Promise.all(gets.map((path) => ask(operator, "GET", `/nobody${path}`)))),
      await ask(operator, "POST", "/nobody/suspend", { json }),
      await ask(operator, "POST", "/nobody/resume"),
      await ask(operator, "PUT", "/nobody/limits", { json: {} }),
      await ask(operator, "DELETE", "/nobody"),
    ];

    expect(told.map((each) => each.json)).toMatchObject(
      Array(told.length).fill({ status: 404, code: "tenant_absent" }),
    );
  });

  test("have no tools and no tenant of their own, and no keys of tenants", async () => {
    expect((await ask(operator, "GET", "/self")).status).toBe(404);
    expect((await ask(operator, "GET", "/local/keys")).status).toBe(403);
    expect((await cell.ask("GET", "/api/sessions", { token: operator })).status).toBe(403);
  });
});

test("what is refused for want of a right stands in the audit log", async () => {
  const viewer = cell.token({ role: "viewer", subject: "eve" });
  await ask(viewer, "DELETE", "/self");

  const { json } = await ask(cell.owner, "GET", "/self/audit?subject=local:eve");

  expect(json).toMatchObject({
    records: [{ outcome: "denied", action: "tenant.close", actor: { subject: "local:eve" } }],
  });
});
