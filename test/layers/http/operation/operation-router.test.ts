import { expect, test } from "vitest";
import * as z from "zod";
import type { CallContext, HttpRequest } from "../../../../layers/core/http/http-message.ts";
import type { Principal } from "../../../../layers/core/tenant/principal.ts";
import { defineOperation } from "../../../../layers/http/operation/operation.ts";
import type { OperationOutcome } from "../../../../layers/http/operation/operation-reply.ts";
import { operationRouter } from "../../../../layers/http/operation/operation-router.ts";
import { aCall, aRequest, problemOf } from "../../../fixtures/http-call.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const THING = "/api/tenants/{tenantId}/things/{name}";
const name = z.strictObject({ name: z.string().max(20) });
const success = { status: 200, description: "Done" } as const;

/** Tells what its operations were given. */
const things = operationRouter([
  defineOperation({
    ...{ id: "readThing", tag: "things", summary: "Read", success },
    method: "GET",
    path: THING,
    action: "tenant.read",
    params: name,
    query: z.strictObject({ deep: z.enum(["yes", "no"]).default("no"), sum: z.coerce.number().int().optional() }),
    run: async ({ tenantId, params, query }) => ({ json: { tenantId, ...params, ...query } }),
  }),
  defineOperation({
    ...{ id: "writeThing", tag: "things", summary: "Write", success },
    method: "PUT",
    path: THING,
    action: "tenant.change",
    params: name,
    body: z.strictObject({ size: z.int().min(1), colour: z.string() }),
    takesVersion: true,
    run: async ({ body, version }) => ({ json: { ...body, version }, headers: { etag: '"8"' } }),
  }),
  defineOperation({
    ...{ id: "endThing", tag: "things", summary: "End", success: { status: 204, description: "Gone" } },
    method: "DELETE",
    path: THING,
    action: "tenant.close",
    fleetAction: "fleet.tenant.delete",
    params: name,
    run: async ({ params }): Promise<OperationOutcome> =>
      params.name === "kept" ? { problem: { status: 409, code: "kept", detail: "it is kept" } } : {},
  }),
  defineOperation({
    ...{ id: "paintThing", tag: "things", summary: "Paint", success },
    method: "POST",
    path: `${THING}/paint`,
    action: "tenant.read",
    params: name,
    run: async () => ({
      problem: { status: 403, code: "role_forbidden", detail: "not you" },
      refusedAction: "tenant.subscribe",
    }),
  }),
  defineOperation({
    ...{ id: "turnThing", tag: "things", summary: "Turn", success },
    method: "POST",
    path: `${THING}/turn`,
    action: "tenant.change",
    params: name,
    body: z.strictObject({ degrees: z.int().default(90) }).prefault({}),
    run: async ({ body }) => ({ json: body }),
  }),
  defineOperation({
    ...{ id: "printThings", tag: "things", summary: "Print", success },
    method: "GET",
    path: "/api/tenants/{tenantId}/things",
    action: "tenant.read",
    run: async () => ({ text: "a,b", contentType: "text/csv", headers: { vary: "accept" } }),
  }),
]);

interface Asked extends Partial<Omit<HttpRequest, "body">> {
  readonly json?: unknown;
  readonly text?: string | Uint8Array;
  readonly principal?: Partial<Principal>;
}

async function ask(method: string, path: string, { json, text, principal, headers, ...request }: Asked = {}) {
  const sent = text ?? (json === undefined ? "" : JSON.stringify(json));
  const context: CallContext = { ...aCall, principal: principalOf(principal) };
  const body = typeof sent === "string" ? Buffer.from(sent) : sent;
  const type = json === undefined ? {} : { "content-type": "application/json" };
  const reply = await things(aRequest({ method, path, body, ...request, headers: { ...type, ...headers } }), context);
  const told = typeof reply.body === "string" && reply.body !== "" ? reply.body : "null";
  return { ...reply, told: reply.headers["content-type"]?.includes("json") === true ? JSON.parse(told) : told };
}

const BIG = "/api/tenants/acme/things/big";

test("an operation is given the parts of the path, decoded, and the query with its defaults", async () => {
  const plain = await ask("GET", "/api/tenants/self/things/a%20b%2Fc", { query: "sum=7" });

  expect(plain).toMatchObject({
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
    told: { tenantId: "acme", name: "a b/c", deep: "no", sum: 7 },
    log: { operation: `GET ${THING}`, outcome: "ok" },
  });
});

test.each([
  "/api/tenants/acme/things/",
  "/api/tenants//things/big",
  "/api/tenants/acme/things/big/",
  "/api/tenants/acme/things/%E0%A4%A",
  "/api/tenants/acme/Things/big",
  "/api/tenants",
])("%s is no path of theirs", async (path) => {
  const reply = await ask("GET", path);

  expect(reply).toMatchObject({ status: 404, told: { code: "path_unknown" } });
});

test("a method that a path has not is refused with those that it has, and OPTIONS tells them", async () => {
  expect(await ask("PATCH", BIG)).toMatchObject({ status: 405, headers: { allow: "GET, PUT, DELETE" } });
  expect(await ask("OPTIONS", BIG)).toMatchObject({ status: 204, headers: { allow: "GET, PUT, DELETE" }, body: "" });
});

test("whose role does not do is refused before anything is read, and it goes into the audit", async () => {
  const reply = await ask("PUT", "/api/tenants/other/things/big", { principal: { role: "viewer" }, text: "{" });

  expect(reply).toMatchObject({
    status: 403,
    told: { code: "role_forbidden", detail: "this is for the roles owner, admin" },
    log: { refusedAction: "tenant.change", operation: `PUT ${THING}` },
  });
});

test("whose token lacks the scope is told to come back with it, beside those that it has", async () => {
  const reply = await ask("PUT", BIG, { principal: { scopes: ["mcp:call"] }, json: {} });

  expect(reply).toMatchObject({
    status: 403,
    headers: { "www-authenticate": 'Bearer error="insufficient_scope", scope="mcp:call tenant:admin"' },
    told: { code: "scope_missing" },
  });
});

test("those who run the fleet need their own right, and reach every tenant", async () => {
  const operator = { tenantId: tenant("fleet"), role: "operator" } as const;

  expect(await ask("DELETE", BIG, { principal: operator })).toMatchObject({ status: 204, body: "" });
  expect(await ask("GET", "/api/tenants/globex/things/big", { principal: operator })).toMatchObject({
    told: { tenantId: "globex" },
  });
  expect(await ask("DELETE", BIG, { principal: { ...operator, scopes: ["tenant:admin"] } })).toMatchObject({
    status: 403,
    told: { detail: "this needs a token with the scope fleet:admin" },
  });
});

test("another tenant is told of as one that is not there, to the letter", async () => {
  const replies = await Promise.all(
    ["globex", "nobody", "NO TENANT", "fleet"].map((named) =>
      ask("GET", `/api/tenants/${encodeURIComponent(named)}/things/big`),
    ),
  );

  expect(new Set(replies.map((reply) => JSON.stringify(reply))).size).toBe(1);
  expect(replies[0]).toMatchObject({ status: 404, told: { code: "tenant_absent" } });
});

test("all that is wrong with a call is told at once", async () => {
  const reply = await ask("PUT", `/api/tenants/acme/things/${"x".repeat(21)}`, {
    query: "deep=yes&again=1",
    headers: { "if-match": "W/7" },
    json: { size: 0, color: "red" },
  });

  expect(reply).toMatchObject({ status: 400, told: { code: "request_invalid" } });
  for (const flaw of ["path.name: ", "query: ", "body.size: ", "body.colour: ", '"color"', "If-Match: "]) {
    expect(reply.told.detail).toContain(flaw);
  }
});

test("a body that may be left out is, without a word on its type; what is sent in its place is read as any other", async () => {
  const TURN = `${BIG}/turn`;

  expect(await ask("POST", TURN)).toMatchObject({ status: 200, told: { degrees: 90 } });
  expect(await ask("POST", TURN, { json: { degrees: 7 } })).toMatchObject({ status: 200, told: { degrees: 7 } });
  expect(await ask("POST", TURN, { json: { degree: 7 } })).toMatchObject({ status: 400 });
  expect(await ask("POST", TURN, { text: "{}" })).toMatchObject({ status: 415 });
  const empty = { headers: { "content-type": "application/json" } };
  expect(await ask("POST", TURN, empty)).toMatchObject({ status: 400, told: { code: "body_malformed" } });
  expect(await ask("PUT", BIG)).toMatchObject({ status: 415, told: { code: "media_type_unsupported" } });
});

test("a long list of what is wrong is cut, and says so", async () => {
  const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`name${index}`, "1"]));
  const query = [...new URLSearchParams(many), ...new URLSearchParams(many)].map((pair) => pair.join("=")).join("&");

  const { told } = await ask("GET", BIG, { query });

  expect(told.detail).toMatch(/; and 21 more$/);
});

test("a part of the query that is there twice is refused", async () => {
  expect(await ask("GET", BIG, { query: "deep=yes&deep=no" })).toMatchObject({
    status: 400,
    told: { detail: "query.deep: is there more than once" },
  });
});

test.each([
  ["text/plain", "{}", 415, "media_type_unsupported"],
  ["application/jsonp", "{}", 415, "media_type_unsupported"],
  ["application/json; charset=utf-8", "{", 400, "body_malformed"],
  ["application/json", Buffer.from([0x7b, 0xff, 0x7d]), 400, "body_malformed"],
  ["application/json", "null", 400, "request_invalid"],
  ["application/json", '{"size":1,"colour":"red","__proto__":{"size":2}}', 400, "request_invalid"],
])("a body sent as %s holding %s is refused with %i %s", async (type, text, status, code) => {
  const reply = await ask("PUT", BIG, { headers: { "content-type": type }, text });

  expect(reply).toMatchObject({ status, told: { code } });
});

test("a body that is nested too deep to be written again is refused", async () => {
  const text = `{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`;

  const reply = await ask("PUT", BIG, { headers: { "content-type": "application/json" }, text });

  expect(reply).toMatchObject({ status: 400, told: { code: "body_malformed" } });
});

test.each([
  [undefined, undefined],
  ["*", undefined],
  ['"7"', 7],
  [' "0" ', 0],
])("If-Match %s means version %s", async (header, version) => {
  const headers = header === undefined ? {} : { "if-match": header };

  const reply = await ask("PUT", BIG, { headers, json: { size: 1, colour: "red" } });

  expect(reply).toMatchObject({ status: 200, headers: { etag: '"8"' } });
  expect(reply.told.version).toBe(version);
});

test.each(['"7", "8"', 'W/"7"', "7", '"-1"', '"12345678901234567"'])("If-Match %s is refused", async (header) => {
  const reply = await ask("PUT", BIG, { headers: { "if-match": header }, json: { size: 1, colour: "red" } });

  expect(reply).toMatchObject({ status: 400, told: { detail: expect.stringContaining("If-Match") } });
});

test("what an operation refuses is told as a problem, and a right that it misses goes into the audit", async () => {
  const kept = await ask("DELETE", "/api/tenants/self/things/kept");
  const painted = await ask("POST", "/api/tenants/self/things/big/paint");

  expect(problemOf(kept)).toMatchObject({ status: 409, title: "Conflict", code: "kept", detail: "it is kept" });
  expect(kept.log).toEqual({ operation: `DELETE ${THING}`, outcome: "kept" });
  expect(painted).toMatchObject({ status: 403, log: { refusedAction: "tenant.subscribe" } });
});

test("a text is sent as it is, and never stored", async () => {
  expect(await ask("GET", "/api/tenants/self/things")).toMatchObject({
    status: 200,
    headers: { "content-type": "text/csv", "cache-control": "no-store", vary: "accept" },
    body: "a,b",
  });
});
