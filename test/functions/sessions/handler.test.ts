import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { sessionsHandler } from "../../../functions/sessions/handler.ts";
import type { HttpHandler, HttpReply, HttpRequest } from "../../../layers/core/http/http-message.ts";
import { TENANT_LIMITS } from "../../../layers/core/quota/tenant-limits.ts";
import type { TenantId } from "../../../layers/core/tenant/tenant-id.ts";
import { policyOf, principalOf } from "../../fixtures/principals.ts";
import { tenant } from "../../fixtures/tenants.ts";
import { type UserSessionBench, userSessionBench } from "../../fixtures/user-session-parts.ts";

const JSON_TYPE = { "content-type": "application/json" };
const NOT_FOUND = { success: false, error: { code: "SESSION_NOT_FOUND", message: "Session not found or expired" } };
const ID_INVALID = { success: false, error: { code: "INVALID_SESSION_ID", message: "Invalid sessionId" } };
const ID_MISSING = { success: false, error: { code: "INVALID_SESSION_ID", message: "sessionId is required" } };

let bench: UserSessionBench;
let handler: HttpHandler;

beforeAll(async () => {
  bench = await userSessionBench();
});

afterAll(() => bench.close());

beforeEach(() => {
  bench.reset();
  handler = sessionsHandler(bench);
});

interface Sent {
  readonly query?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly from?: string;
  readonly tls?: boolean;
  readonly tenantId?: TenantId;
  /** How many sessions the tenant may have. */
  readonly sessionsMax?: number;
}

/** A body that is no text is sent as JSON; a body brings its content type unless the headers name one. */
async function send(method: string, sent: Sent = {}) {
  const { query = "", body, headers = {}, from = "10.0.0.1", tls = false, tenantId = bench.tenantId } = sent;
  const limits = { ...TENANT_LIMITS, userSessions: sent.sessionsMax ?? TENANT_LIMITS.userSessions };
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const request: HttpRequest = {
    method,
    path: "/api/sessions",
    query,
    headers: { ...(body === undefined ? {} : JSON_TYPE), ...headers },
    body: new TextEncoder().encode(body === undefined ? "" : text),
    remoteAddress: from,
    tls,
  };
  const reply = await handler(request, {
    principal: principalOf({ tenantId }),
    policy: policyOf(tenantId, { limits }),
    requestId: "r1",
    deadlineEpochMs: bench.clock.nowMs() + 29_000,
    signal: new AbortController().signal,
  });
  return { ...reply, json: jsonOf(reply) };
}

function jsonOf(reply: HttpReply) {
  expect(reply.headers).toMatchObject({ "content-type": "application/json", "cache-control": "no-store" });
  return JSON.parse(String(reply.body));
}

async function createdId(sent: Sent = {}): Promise<string> {
  return (await send("GET", sent)).json.sessionId;
}

const readSession = async (id: string, sent: Sent = {}) =>
  (await send("GET", { query: `sessionId=${id}`, ...sent })).json.session;

const held = (id: string) => ({ cookie: `theme=dark; hyperpage-session=${id}; other="x=y"` });

test("a bare GET creates a session and says so", async () => {
  const headers = { "user-agent": "Mozilla/5.0", "x-forwarded-for": "192.168.1.100, 10.1.1.1" };

  const { status, json } = await send("GET", { headers });

  expect(status).toBe(200);
  expect(json).toEqual({
    success: true,
    sessionId: expect.stringMatching(/^[a-zA-Z0-9._-]+$/),
    session: {
      preferences: { theme: "system", timezone: "UTC", language: "en", refreshInterval: 300_000 },
      uiState: { expandedWidgets: [], lastVisitedTools: [], dashboardLayout: "default", filterSettings: {} },
      toolConfigs: {},
      authenticatedTools: {},
      lastActivity: "2027-01-01T00:00:00.000Z",
      metadata: {
        ipAddress: "192.168.1.100",
        userAgent: "Mozilla/5.0",
        created: "2027-01-01T00:00:00.000Z",
        updated: "2027-01-01T00:00:00.000Z",
      },
    },
    message: "New session created",
  });
});

test.each([
  { headers: { "x-forwarded-for": " 1.2.3.4 ,5.6.7.8", "x-real-ip": "9.9.9.9" }, from: "10.0.0.1", ip: "1.2.3.4" },
  { headers: { "x-real-ip": "9.9.9.9" }, from: "10.0.0.1", ip: "9.9.9.9" },
  { headers: { "x-forwarded-for": "", "x-real-ip": " " }, from: "10.0.0.1", ip: "10.0.0.1" },
  { headers: {}, from: "", ip: "unknown" },
])("the address of $headers from '$from' is $ip", async ({ headers, from, ip }) => {
  const { json } = await send("GET", { headers, from });

  expect(json.session.metadata.ipAddress).toBe(ip);
});

test("GET with an id reads that session", async () => {
  const created = (await send("GET")).json;

  const { status, json } = await send("GET", { query: `sessionId=${created.sessionId}` });

  expect(status).toBe(200);
  expect(json).toEqual({ success: true, sessionId: created.sessionId, session: created.session });
});

test("POST with updates merges them", async () => {
  const id = await createdId();
  await send("POST", { body: { sessionId: id, updates: { preferences: { language: "fr" } } } });

  const updates = { preferences: { theme: "dark" }, uiState: { expandedWidgets: ["github-prs"] } };
  const { status, json } = await send("POST", { body: { sessionId: ` ${id} `, updates } });

  expect([status, json]).toEqual([200, { success: true, sessionId: id, message: "Session saved successfully" }]);
  expect(await readSession(id)).toMatchObject({
    preferences: { theme: "dark", language: "fr", timezone: "UTC" },
    uiState: { expandedWidgets: ["github-prs"], dashboardLayout: "default" },
  });
});

test("POST with sessionData begins a session under an unknown id, and replaces a known one", async () => {
  const sessionId = "abc123-def456-ghi789";
  const first = await send("POST", { body: { sessionId, sessionData: { preferences: { theme: "light" } } } });
  const whole = await readSession(sessionId);

  const second = await send("POST", {
    body: { sessionId, sessionData: { ...whole, preferences: { language: "de" } } },
  });

  const saved = { success: true, sessionId, message: "Session saved successfully" };
  expect([first.json, second.json]).toEqual([saved, saved]);
  expect(whole.preferences.theme).toBe("light");
  expect((await readSession(sessionId)).preferences).toMatchObject({ theme: "system", language: "de" });
});

test("of updates and sessionData the updates win", async () => {
  const id = await createdId();
  const sessionData = { userId: "from-data", preferences: { language: "fr" } };

  const known = await send("POST", { body: { sessionId: id, sessionData, updates: { userId: "from-updates" } } });
  const fresh = await send("POST", { body: { sessionId: "fresh", sessionData, updates: { userId: "from-updates" } } });

  expect([known.status, fresh.status]).toEqual([200, 200]);
  for (const session of [await readSession(id), await readSession("fresh")]) {
    expect(session).toMatchObject({ userId: "from-updates", preferences: { language: "en" } });
  }
});

test("PATCH merges its body", async () => {
  const id = await createdId();

  const { status, json } = await send("PATCH", {
    query: `sessionId=${id}`,
    body: { uiState: { dashboardLayout: "compact" } },
  });

  expect([status, json]).toEqual([200, { success: true, sessionId: id, message: "Session updated successfully" }]);
  expect((await readSession(id)).uiState).toMatchObject({ dashboardLayout: "compact", expandedWidgets: [] });
});

test("PATCH takes a merge patch by its own media type", async () => {
  const id = await createdId();
  const headers = { "content-type": "application/merge-patch+json; charset=utf-8" };

  const { status } = await send("PATCH", { query: `sessionId=${id}`, headers, body: { userId: "u1" } });

  expect(status).toBe(200);
});

test("DELETE deletes", async () => {
  const id = await createdId();

  const { status, json } = await send("DELETE", { query: `sessionId=${id}` });

  expect([status, json]).toEqual([200, { success: true, message: "Session deleted successfully" }]);
  expect((await send("GET", { query: `sessionId=${id}` })).status).toBe(401);
});

test("a full tenant is told so however it begins a session, and its sessions still work", async () => {
  const id = await createdId({ sessionsMax: 1 });
  const begin = { body: { sessionId: "another", sessionData: {} }, sessionsMax: 1 };

  const refused = [await send("GET", { sessionsMax: 1 }), await send("POST", begin)];
  const used = await send("PATCH", { query: `sessionId=${id}`, body: { userId: "u1" }, sessionsMax: 1 });

  for (const { status, json, cookies } of refused) {
    const message = "The tenant has reached its limit of sessions, which is 1";
    const error = { code: "SESSION_LIMIT_REACHED", message };
    expect({ status, json, cookies }).toEqual({
      status: 409,
      json: { success: false, error, details: { sessionsMax: 1 } },
      cookies: undefined,
    });
  }
  expect(used.status).toBe(200);
});

test.each([
  { method: "GET", sent: { query: "sessionId=a%2Fb" }, status: 400, json: ID_INVALID },
  { method: "GET", sent: { query: "sessionId=%20" }, status: 400, json: ID_INVALID },
  { method: "GET", sent: { query: "sessionId=unknown" }, status: 401, json: NOT_FOUND },
  { method: "POST", sent: { body: { updates: {} } }, status: 400, json: ID_MISSING },
  { method: "POST", sent: { body: { sessionId: "", updates: {} } }, status: 400, json: ID_MISSING },
  { method: "POST", sent: { body: { sessionId: 7, updates: {} } }, status: 400, json: ID_INVALID },
  { method: "POST", sent: { body: { sessionId: "a b", updates: {} } }, status: 400, json: ID_INVALID },
  { method: "POST", sent: { body: { sessionId: "unknown", updates: {} } }, status: 401, json: NOT_FOUND },
  { method: "PATCH", sent: { body: {} }, status: 400, json: ID_MISSING },
  { method: "PATCH", sent: { query: "sessionId=a%20b", body: {} }, status: 400, json: ID_INVALID },
  { method: "PATCH", sent: { query: "sessionId=unknown", body: {} }, status: 401, json: NOT_FOUND },
  { method: "DELETE", sent: {}, status: 400, json: ID_MISSING },
  { method: "DELETE", sent: { query: `sessionId=${"x".repeat(129)}` }, status: 400, json: ID_INVALID },
  { method: "DELETE", sent: { query: "sessionId=unknown" }, status: 401, json: NOT_FOUND },
])("$method with $sent answers $status $json.error.code", async ({ method, sent, status, json }) => {
  const reply = await send(method, sent);

  expect([reply.status, reply.json]).toEqual([status, json]);
  expect(reply.cookies).toBeUndefined();
  expect(bench.table.writes).toBe(0);
});

test.each([
  { what: "neither updates nor sessionData", body: { sessionId: "s" }, message: "sessionData or updates required" },
  {
    what: "both of them null",
    body: { sessionId: "s", updates: null, sessionData: null },
    message: "sessionData or updates required",
  },
  { what: "a broken JSON", body: '{"sessionId":', message: "The body must be a JSON object in UTF-8" },
  { what: "an array", body: [], message: "The body must be a JSON object in UTF-8" },
  { what: "nothing", body: "", message: "The body must be a JSON object in UTF-8" },
  {
    what: "updates that are a text",
    body: { sessionId: "s", updates: "x" },
    message: "Invalid session: the details say which members and why",
  },
  {
    what: "an unknown member",
    body: { sessionId: "s", sessionData: { bogus: 1 } },
    message: "Invalid session: the details say which members and why",
  },
  {
    what: "a polluting name",
    body: '{"sessionId":"s","sessionData":{"__proto__":{"admin":true}}}',
    message: "Invalid session: the details say which members and why",
  },
])("a POST of $what is refused", async ({ body, message }) => {
  const { status, json } = await send("POST", { body });

  expect(status).toBe(400);
  expect(json).toMatchObject({ success: false, error: { code: "INVALID_SESSION_REQUEST", message } });
  expect(bench.table.writes).toBe(0);
});

test("what is wrong with a session is told by member", async () => {
  const { json } = await send("POST", { body: { sessionId: "s", sessionData: { preferences: { theme: "pink" } } } });

  expect(json.details).toEqual({ issues: [{ path: "preferences.theme", why: expect.stringContaining('"dark"') }] });
});

test("bytes that are no UTF-8 are refused", async () => {
  const request = {
    method: "PATCH",
    path: "/api/sessions",
    query: "sessionId=s",
    headers: JSON_TYPE,
    remoteAddress: "",
    tls: false,
  };
  const body = Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d);

  const reply = await handler(
    { ...request, body },
    {
      principal: principalOf({ tenantId: bench.tenantId }),
      policy: policyOf(bench.tenantId),
      requestId: "r",
      deadlineEpochMs: 0,
      signal: AbortSignal.abort(),
    },
  );

  expect(reply.status).toBe(400);
});

test.each([
  { method: "POST", type: "text/plain" },
  { method: "POST", type: "application/x-www-form-urlencoded" },
  { method: "POST", type: "application/merge-patch+json" },
  { method: "PATCH", type: "" },
])("$method of '$type' is refused with what is allowed", async ({ method, type }) => {
  const headers = { "content-type": type };

  const { status, json } = await send(method, { query: "sessionId=s", headers, body: { sessionId: "s", updates: {} } });

  expect([status, json.error.code]).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
  expect(json.error.message).toContain("application/json");
});

test.each(["PUT", "HEAD", "OPTIONS", "TRACE", "get"])(
  "%s is not allowed, and the reply says what is",
  async (method) => {
    const { status, headers, json } = await send(method);

    expect([status, headers.allow]).toEqual([405, "GET, POST, PATCH, DELETE"]);
    expect(json).toEqual({ success: false, error: { code: "METHOD_NOT_ALLOWED", message: "Method not allowed" } });
  },
);

test("a session past 32 KB is refused and nothing is changed", async () => {
  const id = await createdId();
  const before = await readSession(id);

  const { status, json } = await send("POST", { body: { sessionId: id, updates: { userId: "x".repeat(33_000) } } });

  expect([status, json.error.code]).toEqual([413, "SESSION_TOO_LARGE"]);
  expect(json.details).toEqual({ bytes: expect.any(Number), bytesMax: 32_768 });
  expect(await readSession(id)).toEqual(before);
});

test("a body past 128 KB is refused unread", async () => {
  const { status, json } = await send("POST", { body: "[".repeat(128 * 1_024 + 1) });

  expect([status, json.error.code, json.details]).toEqual([
    413,
    "REQUEST_TOO_LARGE",
    { bytes: 131_073, bytesMax: 131_072 },
  ]);
});

test("every session has an entity tag that changes with its content and not with its use", async () => {
  const created = await send("GET");
  const query = `sessionId=${created.json.sessionId}`;
  bench.advance(10_000);

  const touched = await send("PATCH", { query, body: { lastActivity: "2027-01-01T00:00:10Z" } });
  const changed = await send("PATCH", { query, body: { userId: "u1" } });
  const read = await send("GET", { query });

  expect(created.headers.etag).toMatch(/^"[a-z0-9]+-1"$/);
  expect(touched.headers.etag).toBe(created.headers.etag);
  expect(changed.headers.etag).toMatch(/^"[a-z0-9]+-2"$/);
  expect(read.headers.etag).toBe(changed.headers.etag);
});

test("If-Match with the tag that is there lets a change through, and then a conflict with the new tag", async () => {
  const created = await send("GET");
  const query = `sessionId=${created.json.sessionId}`;
  const headers = { "if-match": `"other", ${created.headers.etag}` };

  const first = await send("PATCH", { query, headers, body: { userId: "u1" } });
  const second = await send("POST", {
    headers,
    body: { sessionId: created.json.sessionId, updates: { userId: "u2" } },
  });
  const third = await send("DELETE", { query, headers });

  expect(first.status).toBe(200);
  for (const late of [second, third]) {
    expect([late.status, late.json.error.code, late.headers.etag]).toEqual([
      409,
      "SESSION_CONFLICT",
      first.headers.etag,
    ]);
  }
  expect((await readSession(created.json.sessionId)).userId).toBe("u1");
});

test.each([
  { ifMatch: "*", status: 200 },
  { ifMatch: '"nothing-1"', status: 409 },
  { ifMatch: "unquoted", status: 400 },
  { ifMatch: "", status: 400 },
])("If-Match: $ifMatch answers $status", async ({ ifMatch, status }) => {
  const id = await createdId();

  const reply = await send("PATCH", {
    query: `sessionId=${id}`,
    headers: { "if-match": ifMatch },
    body: { userId: "u1" },
  });

  expect(reply.status).toBe(status);
});

test("a weak tag never matches", async () => {
  const created = await send("GET");
  const headers = { "if-match": `W/${created.headers.etag}` };

  expect((await send("DELETE", { query: `sessionId=${created.json.sessionId}`, headers })).status).toBe(409);
});

test("If-Match never begins a session", async () => {
  const headers = { "if-match": "*" };

  expect((await send("POST", { headers, body: { sessionId: "fresh", sessionData: {} } })).status).toBe(401);
});

test("a created session comes with a cookie that scripts and other sites can't use", async () => {
  const plain = await send("GET");
  const encrypted = await send("GET", { tls: true });

  const id = plain.json.sessionId;
  expect(plain.cookies).toEqual([`hyperpage-session=${id}; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax`]);
  expect(encrypted.cookies?.[0]).toMatch(/; HttpOnly; Secure; SameSite=Lax$/);
});

test("the cookie names the session where nothing else does, for every method", async () => {
  const id = await createdId();

  const posted = await send("POST", { headers: held(id), body: { updates: { userId: "u1" } } });
  const patched = await send("PATCH", { headers: held(id), body: { preferences: { theme: "dark" } } });
  const read = await send("GET", { headers: held(id) });
  const deleted = await send("DELETE", { headers: held(id) });

  expect([posted.json.sessionId, patched.json.sessionId, read.json.sessionId]).toEqual([id, id, id]);
  expect(read.json.session).toMatchObject({ userId: "u1", preferences: { theme: "dark" } });
  expect(read.json).not.toHaveProperty("message");
  expect(deleted.status).toBe(200);
});

test("an id that is written out goes before the cookie's", async () => {
  const id = await createdId();
  const other = await createdId();

  const read = await send("GET", { query: `sessionId=${id}`, headers: held(other) });
  const posted = await send("POST", { query: `sessionId=${other}`, body: { sessionId: id, updates: {} } });

  expect([read.json.sessionId, posted.json.sessionId]).toEqual([id, id]);
});

test.each(["gone", "no id!", ""])("a cookie of '%s' is replaced by that of a new session", async (cookie) => {
  const { status, json, cookies } = await send("GET", { headers: held(cookie) });

  expect([status, json.message]).toEqual([200, "New session created"]);
  expect(cookies?.[0]).toContain(`hyperpage-session=${json.sessionId};`);
});

test("the cookie is renewed when the session's end moves, and only then", async () => {
  const id = await createdId();
  const now = await send("GET", { headers: held(id) });
  bench.advance(10 * 60 * 1_000);

  const later = await send("GET", { headers: held(id) });
  const changed = await send("PATCH", { headers: held(id), body: { userId: "u1" } });

  expect(now.cookies).toBeUndefined();
  expect(later.cookies?.[0]).toContain(`hyperpage-session=${id}; Path=/; Max-Age=86400`);
  expect(changed.cookies).toEqual(later.cookies);
});

test("a link to a session plants no cookie in a browser that holds another or none", async () => {
  const id = await createdId();
  const own = await createdId();
  bench.advance(10 * 60 * 1_000);

  const followed = await send("GET", { query: `sessionId=${id}` });
  bench.advance(10 * 60 * 1_000);
  const followedWithOwn = await send("GET", { query: `sessionId=${id}`, headers: held(own) });
  const posted = await send("POST", { headers: held(own), body: { sessionId: id, updates: { userId: "u1" } } });

  expect([followed.cookies, followedWithOwn.cookies, posted.cookies]).toEqual([undefined, undefined, undefined]);
});

test("deleting the session that the cookie names ends the cookie", async () => {
  const id = await createdId();
  const other = await createdId();

  const foreign = await send("DELETE", { query: `sessionId=${other}`, headers: held(id) });
  const own = await send("DELETE", { query: `sessionId=${id}`, headers: held(id) });

  expect(foreign.cookies).toBeUndefined();
  expect(own.cookies).toEqual(["hyperpage-session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax"]);
});

test("another tenant's session is not found", async () => {
  const id = await createdId();

  const { status, json } = await send("GET", { query: `sessionId=${id}`, tenantId: tenant("other") });

  expect([status, json]).toEqual([401, NOT_FOUND]);
});

test("a session bound to an address is not found from another", async () => {
  handler = sessionsHandler({ ...bench, bindToAddress: true });
  const id = await createdId({ from: "10.0.0.1" });

  const own = await send("GET", { query: `sessionId=${id}`, from: "10.0.0.1" });
  const foreign = await send("GET", { query: `sessionId=${id}`, from: "10.0.0.2" });
  const byCookie = await send("GET", { headers: held(id), from: "10.0.0.2" });

  expect(own.status).toBe(200);
  expect([foreign.status, foreign.json]).toEqual([401, NOT_FOUND]);
  expect(byCookie.json.sessionId).not.toBe(id);
});

test("check=ready says whether the store answers and creates nothing", async () => {
  const ready = await send("GET", { query: "check=ready" });
  bench.table.isDown = true;
  const down = await send("GET", { query: "check=ready" });

  expect([ready.status, ready.json]).toEqual([200, { success: true, status: "ready" }]);
  expect([ready.cookies, bench.table.writes]).toEqual([undefined, 0]);
  expect([down.status, down.headers["retry-after"]]).toEqual([503, "2"]);
});

test("another check is refused and creates nothing", async () => {
  const { status, json } = await send("GET", { query: "check=raedy" });

  expect([status, json.error.code]).toEqual([400, "INVALID_SESSION_REQUEST"]);
  expect(bench.table.writes).toBe(0);
});

test("while the store fails, a known session is read from the copy and marked so", async () => {
  const created = await send("GET");
  const id = created.json.sessionId;

  bench.table.isDown = true;
  const { status, json, cookies } = await send("GET", { query: `sessionId=${id}` });

  expect(status).toBe(200);
  expect(json).toEqual({ success: true, sessionId: id, session: created.json.session, degraded: true });
  expect(cookies).toBeUndefined();
});

test.each([
  { method: "GET", sent: {}, code: "SESSION_FETCH_ERROR", message: "Failed to get session" },
  {
    method: "GET",
    sent: { query: "sessionId=uncached" },
    code: "SESSION_FETCH_ERROR",
    message: "Failed to get session",
  },
  {
    method: "POST",
    sent: { body: { sessionId: "s", updates: {} } },
    code: "SESSION_SAVE_ERROR",
    message: "Failed to save session",
  },
  {
    method: "PATCH",
    sent: { query: "sessionId=s", body: {} },
    code: "SESSION_UPDATE_ERROR",
    message: "Failed to update session",
  },
  {
    method: "DELETE",
    sent: { query: "sessionId=s" },
    code: "SESSION_DELETE_ERROR",
    message: "Failed to delete session",
  },
])("while the store fails, $method of $sent answers 503 $code", async ({ method, sent, code, message }) => {
  bench.table.isDown = true;

  const { status, headers, json } = await send(method, sent);

  expect([status, headers["retry-after"]]).toEqual([503, "2"]);
  expect(json).toEqual({ success: false, error: { code, message } });
});

test("a change that never comes through is refused for now and can be sent again", async () => {
  const id = await createdId();
  const current = await bench.table.get({ pk: `TENANT#${bench.tenantId}#USER-SESSION#${id}`, sk: "SESSION" });
  const put = async () => ({ ok: false, problem: { reason: "condition_failed", current } }) as const;
  const clock = { nowMs: bench.clock.nowMs, sleep: async () => {} };
  handler = sessionsHandler({ ...bench, clock, table: { ...bench.table, put } });

  const { status, headers, json, log } = await send("PATCH", { query: `sessionId=${id}`, body: { userId: "u1" } });

  expect([status, headers["retry-after"], json.error.code]).toEqual([503, "2", "SESSION_UPDATE_ERROR"]);
  expect(log?.outcome).toBe("user_session_contended");
});

test("a fault that is not the store's goes on to the door", async () => {
  const id = await createdId();
  const key = { pk: `TENANT#${bench.tenantId}#USER-SESSION#${id}`, sk: "SESSION" };
  await bench.table.update(key, { set: { content: "{" } });

  await expect(send("GET", { query: `sessionId=${id}` })).rejects.toMatchObject({ code: "user_session_corrupt" });
});

test("the log has the route and the outcome, and nothing that was sent", async () => {
  const created = await send("GET");
  const refused = await send("PATCH", { query: "sessionId=secret", body: { userId: "secret" } });

  expect(created.log).toEqual({ operation: "GET /api/sessions", outcome: "ok" });
  expect(refused.log).toEqual({ operation: "PATCH /api/sessions", outcome: "user_session_unknown" });
});

test("whatever is sent, the answer is well formed and has a status of the contract", async () => {
  const id = await createdId();
  const body = fc.oneof(
    fc.json().map((text): unknown => text),
    fc.record(
      { sessionId: fc.oneof(fc.constant(id), fc.string()), updates: fc.jsonValue(), sessionData: fc.jsonValue() },
      { requiredKeys: [] },
    ),
  );
  const headers = fc.record(
    {
      cookie: fc.oneof(
        fc.string(),
        fc.string().map((text) => `hyperpage-session=${text}`),
      ),
      "if-match": fc.string(),
      "x-forwarded-for": fc.string(),
      "content-type": fc.constantFrom("application/json", "text/plain", ";"),
    },
    { requiredKeys: [] },
  );
  const query = fc.oneof(
    fc.string(),
    fc.webQueryParameters(),
    fc.string().map((text) => `sessionId=${text}`),
    fc.constant(`sessionId=${id}`),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom("GET", "POST", "PATCH", "DELETE"),
      query,
      headers,
      body,
      async (method, ...sent) => {
        const [query, headers, body] = sent;

        const reply = await send(method, { query, headers, body });

        expect([200, 400, 401, 409, 413, 415]).toContain(reply.status);
        expect(reply.json.success).toBe(reply.status === 200);
        expect(typeof (reply.json.error?.code ?? "")).toBe("string");
        for (const cookie of reply.cookies ?? [])
          expect(cookie).toMatch(/^hyperpage-session=[A-Za-z0-9._-]*; Path=\/; /);
      },
    ),
    { numRuns: 300 },
  );
});
