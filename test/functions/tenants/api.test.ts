import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type ApiCell, apiCell } from "../../fixtures/api-cell.ts";

let cell: ApiCell;
beforeAll(async () => {
  cell = await apiCell();
});
afterAll(() => cell.close());

const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.looseObject({ operationId: z.string() }))),
});

const SpecObject = z.record(z.string(), z.unknown());

async function document() {
  return Document.parse((await cell.ask("GET", "/api/openapi.json")).json);
}

describe("the OpenAPI document", () => {
  test("is valid, and every operation has an id of its own", async () => {
    const { valid, errors } = await new Validator().validate(
      SpecObject.parse((await cell.ask("GET", "/api/openapi.json")).json),
    );
    const ids = Object.values((await document()).paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );

    expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("describes every route that answers, and none that does not", async () => {
    const methods = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    // Who may do nothing is told of every route whether it is there, and changes nothing.
    const token = cell.token({ scopes: [] });
    for (const [path, described] of Object.entries((await document()).paths)) {
      for (const method of methods) {
        const { status } = await cell.ask(method, path.replace("{tenantId}", "self").replace(/\{\w+\}/g, "x"), {
          token,
        });
        const isDescribed = method.toLowerCase() in described;
        expect(`${method} ${path}: ${status !== 405}`).toBe(`${method} ${path}: ${isDescribed}`);
      }
    }
  });

  test("knows each path that the landing page names", async () => {
    const landing = z
      .object({ mcp: z.string(), userSessions: z.string(), tenants: z.string(), openapi: z.string() })
      .parse((await cell.ask("GET", "/")).json);
    const { paths } = await document();

    for (const path of Object.values(landing)) expect(Object.keys(paths)).toContain(path);
  });
});

describe("without a credential", () => {
  test.each(["/health/live", "/api/openapi.json", "/.well-known/oauth-protected-resource", "/"])(
    "%s answers",
    async (path) => {
      expect((await cell.ask("GET", path)).status).toBe(200);
    },
  );

  test("nothing else does", async () => {
    const { paths } = await document();
    const open = /^\/(?:health|\.well-known|api\/openapi)/;

    for (const path of Object.keys(paths).filter((each) => !open.test(each))) {
      const { status } = await cell.ask("GET", path.replace(/\{\w+\}/g, "x"));
      expect(`${path} ${status}`).toBe(`${path} 401`);
    }
  });
});

describe("a tenant's people", () => {
  test("change it as its version allows", async () => {
    const before = await cell.ask("GET", "/api/tenants/self", { token: cell.owner });
    const match = { "if-match": String(before.headers.get("etag")) };

    const first = await cell.ask("PATCH", "/api/tenants/self", {
      token: cell.owner,
      json: { name: "One" },
      headers: match,
    });
    const second = await cell.ask("PATCH", "/api/tenants/self", {
      token: cell.owner,
      json: { name: "Two" },
      headers: match,
    });

    expect(first).toMatchObject({ status: 200, json: { name: "One" } });
    expect(second).toMatchObject({ status: 412, json: { code: "version_conflict" } });
  });

  test("make, use, rotate and revoke a key", async () => {
    const made = await cell.ask("POST", "/api/tenants/self/keys", {
      token: cell.owner,
      json: { name: "ci", role: "viewer" },
    });
    const { key, keyId } = z.object({ key: z.string(), keyId: z.string() }).parse(made.json);

    const used = await cell.ask("GET", "/api/tenants/self", { token: key });
    const refused = await cell.ask("POST", "/api/tenants/self/keys", {
      token: key,
      json: { name: "n", role: "viewer" },
    });
    const rotated = await cell.ask("POST", `/api/tenants/self/keys/${keyId}/rotate`, { token: cell.owner, json: {} });
    const listed = await cell.ask("GET", "/api/tenants/self/keys", { token: cell.owner });
    const revoked = await cell.ask("DELETE", `/api/tenants/self/keys/${keyId}`, { token: cell.owner });
    const gone = await cell.ask("GET", "/api/tenants/self", { token: key });

    expect([made.status, used.status, refused.status, rotated.status]).toEqual([201, 200, 403, 201]);
    expect(JSON.stringify(listed.json)).not.toContain(key);
    expect([revoked.status, gone.status]).toEqual([204, 401]);
  });

  test("are led to a token with the scope that they lack", async () => {
    const token = cell.token({ role: "owner", scopes: ["tenant:read"] });

    const { status, headers } = await cell.ask("PATCH", "/api/tenants/self", { token, json: { name: "x" } });

    expect(status).toBe(403);
    expect(headers.get("www-authenticate")).toContain('error="insufficient_scope", scope="tenant:read tenant:admin"');
    expect(headers.get("www-authenticate")).toContain("resource_metadata=");
  });

  test("can't choose what the tenant pays, unless they own it", async () => {
    const token = cell.token({ role: "admin" });

    expect((await cell.ask("PATCH", "/api/tenants/self", { token, json: { plan: "free" } })).status).toBe(403);
    expect((await cell.ask("PATCH", "/api/tenants/self", { token, json: { name: "x" } })).status).toBe(200);
  });

  test("are told all that is wrong with what they send", async () => {
    const send = (json: unknown) => cell.ask("POST", "/api/tenants/self/keys", { token: cell.owner, json });

    expect(await send({ role: "root", more: 1 })).toMatchObject({
      status: 400,
      json: { code: "request_invalid", detail: expect.stringMatching(/body\.name.*body\.role.*body/s) },
    });
    expect(
      await cell.ask("POST", "/api/tenants/self/keys", {
        token: cell.owner,
        text: "{",
        headers: { "content-type": "application/json" },
      }),
    ).toMatchObject({ status: 400, json: { code: "body_malformed" } });
    expect(await cell.ask("POST", "/api/tenants/self/keys", { token: cell.owner, text: "a=1" })).toMatchObject({
      status: 415,
    });
    expect(await cell.ask("GET", "/api/tenants/self/usage?by=year", { token: cell.owner })).toMatchObject({
      status: 400,
    });
  });

  test("see what they use of each quota, wherever it is counted", async () => {
    const count = async () => {
      const { json } = await cell.ask("GET", "/api/tenants/self/quotas", { token: cell.owner });
      const Use = z.object({ used: z.int(), limit: z.int(), percentage: z.number() });
      return z.object({ quotas: z.record(z.string(), Use), limits: z.record(z.string(), z.int()) }).parse(json);
    };
    const before = await count();

    await cell.ask("POST", "/api/tenants/self/keys", { token: cell.owner, json: { name: "n", role: "viewer" } });
    await cell.ask("PUT", "/api/tenants/self/members/cyd", {
      token: cell.owner,
      json: { role: "viewer", name: "Cyd" },
    });

    const { quotas, limits } = await count();
    expect(Object.keys(quotas).toSorted()).toEqual(
      Object.keys(limits)
        .filter((name) => name !== "requestsPerSecond" && name !== "requestBurst")
        .toSorted(),
    );
    expect(quotas.apiKeys?.used).toBe((before.quotas.apiKeys?.used ?? 0) + 1);
    expect(quotas.members?.used).toBe((before.quotas.members?.used ?? 0) + 1);
    expect(quotas.requestsPerMonth).toMatchObject({ limit: limits.requestsPerMonth });
  });

  test("print an invoice, and take their usage elsewhere", async () => {
    const month = new Date().toISOString().slice(0, 7);
    const page = await cell.ask("GET", `/api/tenants/self/invoices/${month}?format=html`, { token: cell.owner });
    const csv = await cell.ask("GET", "/api/tenants/self/usage/export", { token: cell.owner });

    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.text).toContain("<!doctype html>");
    expect(csv.text).toContain("identifier,tenant,hour_start,kind,quantity");
    expect((await cell.ask("GET", "/api/tenants/self/invoices/2999-01", { token: cell.owner })).status).toBe(404);
  });
});

describe("those who run the fleet", () => {
  test("make, list, limit, suspend, resume and delete tenants", async () => {
    const operator = cell.token({ tenant: "fleet", role: "operator" });
    const at = (path: string, method = "POST", json?: unknown) =>
      cell.ask(method, `/api/tenants${path}`, { token: operator, json });
    const theirs = cell.token({ tenant: "globex", role: "owner" });
    const ask = () => cell.ask("GET", "/api/tenants/self", { token: theirs });

    expect(await at("", "POST", { tenantId: "globex", name: "Globex" })).toMatchObject({ status: 201 });
    expect(await at("", "POST", { tenantId: "globex", name: "Globex" })).toMatchObject({ status: 409 });
    expect(await at("", "GET")).toMatchObject({
      json: { tenants: expect.arrayContaining([expect.objectContaining({ tenantId: "globex" })]) },
    });
    expect(await at("/globex/limits", "PUT", { recipes: 5 })).toMatchObject({
      json: { limitOverrides: { recipes: 5 } },
    });
    expect((await ask()).status).toBe(200);
    expect(await at("/globex/suspend", "POST", { reason: "unpaid" })).toMatchObject({ json: { status: "suspended" } });
    expect((await ask()).status).toBe(403);
    expect(await at("/globex/resume")).toMatchObject({ json: { status: "active" } });
    expect((await ask()).status).toBe(200);
    expect(await at("/globex", "DELETE")).toMatchObject({
      json: { status: "deleted", eraseAfterEpochMs: expect.any(Number) },
    });
    expect((await ask()).status).toBe(403);
  });

  test("have no tools and no tenant of their own", async () => {
    const operator = cell.token({ tenant: "fleet", role: "operator" });

    expect((await cell.ask("GET", "/api/tenants/self", { token: operator })).status).toBe(404);
    expect((await cell.ask("GET", "/api/sessions", { token: operator })).status).toBe(403);
  });
});

test("what is refused for want of a right stands in the audit log", async () => {
  const viewer = cell.token({ role: "viewer", subject: "eve" });
  await cell.ask("DELETE", "/api/tenants/self", { token: viewer });

  const { json } = await cell.ask("GET", "/api/tenants/self/audit?subject=local:eve", { token: cell.owner });

  expect(json).toMatchObject({
    records: [{ outcome: "denied", action: "tenant.close", actor: { subject: "local:eve" } }],
  });
});
