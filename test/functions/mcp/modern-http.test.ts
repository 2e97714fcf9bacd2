import { afterAll, beforeAll, expect, test } from "vitest";
import { proves } from "../../conformance/proves.ts";
import { eventually } from "../../fixtures/eventually.ts";
import { type Fleet, startFleet } from "../../fixtures/fleet.ts";
import {
  type Door,
  type RawReply,
  type RawRequest,
  serverSentEvents,
  socketDoor,
  wholeText,
} from "../../fixtures/http-exchange.ts";
import { journalOf, newJournal } from "../../fixtures/journal.ts";
import { answerTo, JSON_HEADERS, LEGACY, MODERN, modernCall, modernRequest } from "../../fixtures/mcp-messages.ts";

let fleet: Fleet;
let door: Door;

beforeAll(async () => {
  fleet = await startFleet({ size: 1 });
  door = socketDoor(`${fleet.url}/mcp`);
});

afterAll(() => fleet.close());

/** Where the door itself refuses, the body is no JSON-RPC. */
async function wholeReply(request: RawRequest): Promise<RawReply> {
  const raw = await door(request);
  await wholeText(raw);
  return raw;
}

for (const origin of ["http://evil.example", "https://127.0.0.1.evil.example", "null", ""]) {
  proves("http:origin", `"${origin}"`, async () => {
    const { status } = await wholeReply(modernRequest("server/discover", {}, { headers: { origin } }));

    expect(status).toBe(403);
  });
}

proves("http:origin", "one of this machine is let in", async () => {
  const { status } = await answerTo(
    door,
    modernRequest("server/discover", {}, { headers: { origin: "http://localhost:8080" } }),
  );

  expect(status).toBe(200);
});

for (const version of LEGACY) {
  proves("session:origin", version, async () => {
    const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: "raw", version: "1" } };
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });

    const { status, headers } = await wholeReply({
      method: "POST",
      headers: { ...JSON_HEADERS, origin: "http://evil.example" },
      body,
    });

    expect(status).toBe(403);
    expect(headers["mcp-session-id"]).toBeUndefined();
  });
}

proves("http:one-message", "an array", async () => {
  const { headers, body } = modernRequest("tools/list");

  const { status, reply } = await answerTo(door, { method: "POST", headers, body: `[${String(body)}]` });

  expect([status, reply.error?.code]).toEqual([400, -32600]);
});

proves("http:one-message", "a response", async () => {
  const { headers } = modernRequest("tools/list");
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, result: {} });

  const { status, reply } = await answerTo(door, { method: "POST", headers, body });

  expect([status, reply.error?.code]).toEqual([400, -32600]);
});

for (const id of ["null", "1.5", "true", "{}", "[]"]) {
  proves("http:id", id, async () => {
    const { headers, body } = modernRequest("tools/list", {}, { id: 77 });

    const { status, reply } = await answerTo(door, {
      method: "POST",
      headers,
      body: String(body).replace('"id":77', `"id":${id}`),
    });

    expect([status, reply.error?.code, reply.id]).toEqual([400, -32600, undefined]);
  });
}

for (const id of ["", "a b", 0, -7, 9_007_199_254_740_991]) {
  proves("error:id", `${JSON.stringify(id)} is given back`, async () => {
    const { reply } = await answerTo(door, modernRequest("no/such", {}, { id }));

    expect(reply.id).toBe(id);
  });
}

for (const id of ["a", 7]) {
  proves("error:id", `${JSON.stringify(id)} of what is no request is given back`, async () => {
    const { headers, body } = modernRequest("tools/list", {}, { id });

    const { reply } = await answerTo(door, { method: "POST", headers, body: String(body).replace('"2.0"', '"1.0"') });

    expect(reply).toMatchObject({ id, error: { code: -32600 } });
  });
}

proves("error:id", "none where the body could not be read", async () => {
  const { headers } = modernRequest("tools/list");

  const { reply } = await answerTo(door, { method: "POST", headers, body: "{" });

  expect(reply.error?.code).toBe(-32700);
  expect("id" in reply).toBe(false);
});

proves("http:notification", async () => {
  const params = { _meta: { "io.modelcontextprotocol/protocolVersion": MODERN } };
  const body = JSON.stringify({ jsonrpc: "2.0", method: "notifications/progress", params });

  const { status, messages } = await answerTo(door, {
    method: "POST",
    headers: { ...JSON_HEADERS, "mcp-protocol-version": MODERN, "mcp-method": "notifications/progress" },
    body,
  });

  expect([status, messages]).toEqual([202, []]);
});

proves("http:no-session", async () => {
  const headers = { "mcp-session-id": "of-nobody", "last-event-id": "of-nothing" };

  const answer = await answerTo(door, modernRequest("tools/list", {}, { headers }));

  expect(answer.status).toBe(200);
  expect(answer.headers["mcp-session-id"]).toBeUndefined();
});

proves("http:stream", async () => {
  const raw = await door(modernCall("test_tool_with_progress", {}, { meta: { progressToken: "t" } }));
  const events = [];
  for await (const event of serverSentEvents(raw)) events.push(event);
  const methods = events.map(({ data }) => JSON.parse(data).method ?? "response");

  expect(raw.headers["content-type"]).toMatch(/^text\/event-stream/);
  expect(methods).toEqual([...Array(3).fill("notifications/progress"), "response"]);
  expect(events.filter((event) => event.id !== undefined || event.retryMs !== undefined)).toEqual([]);
});

proves("http:no-buffering", async () => {
  const raw = await door(modernCall("test_tool_with_progress", {}, { meta: { progressToken: 1 } }));
  await wholeText(raw);

  expect(raw.headers["x-accel-buffering"]).toBe("no");
});

proves("http:leaving-cancels", async () => {
  const journal = newJournal();
  const leaving = new AbortController();

  const call = fetch(`${fleet.url}/mcp`, { ...modernCall("wait", { journal, ms: 20_000 }), signal: leaving.signal });
  const left = expect(call).rejects.toThrow();
  await eventually(() => expect(journalOf(journal)).toEqual(["begun"]));
  leaving.abort();

  await left;
  await eventually(() => expect(journalOf(journal)).toEqual(["begun", "stopped"]));
});

for (const method of ["no/such", "initialize", "ping", "logging/setLevel", "resources/subscribe", "tasks/list"]) {
  proves("http:method-unknown", method, async () => {
    const { status, reply } = await answerTo(door, modernRequest(method));

    expect([status, reply.error?.code]).toEqual([404, -32601]);
  });
}

for (const [encoding, sent] of [
  ["gzip", "gzip"],
  ["br", "br"],
  ["br;q=0, gzip;q=0", null],
] as const) {
  test(`a long reply to a caller that takes ${encoding} arrives ${sent ?? "as it is"}`, async () => {
    const {
      method,
      headers,
      body = "",
    } = modernRequest("tools/list", {}, { headers: { "accept-encoding": encoding } });

    const reply = await fetch(`${fleet.url}/mcp`, { method, headers, body: String(body) });

    expect(reply.headers.get("content-encoding")).toBe(sent);
    expect(await reply.json()).toMatchObject({ result: { tools: expect.any(Array) } });
  });
}

for (const contentType of ["text/plain", "application/jsonx", "multipart/form-data; boundary=x", undefined]) {
  proves("http:media-type", String(contentType), async () => {
    const { status } = await answerTo(
      door,
      modernRequest("tools/list", {}, { headers: { "content-type": contentType } }),
    );

    expect(status).toBe(415);
  });
}

proves("http:media-type", "with a charset it is still JSON", async () => {
  const headers = { "content-type": "application/json; charset=utf-8" };

  const { status } = await answerTo(door, modernRequest("tools/list", {}, { headers }));

  expect(status).toBe(200);
});

proves("http:too-large", async () => {
  const { status } = await wholeReply(modernCall("sum", { note: "x".repeat(4 * 1024 * 1024) }));

  expect(status).toBe(413);
});

for (const [what, body] of [
  ["nothing", ""],
  ["half an object", '{"jsonrpc":"2.0"'],
  ["two values", "{}{}"],
  ["a comment", "// {}"],
  ["not UTF-8", new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d])],
] as const) {
  proves("http:parse-error", what, async () => {
    const { headers } = modernRequest("tools/list");

    const { status, reply } = await answerTo(door, { method: "POST", headers, body });

    expect([status, reply.error?.code]).toEqual([400, -32700]);
  });
}

for (const method of ["PUT", "PATCH", "GET", "DELETE"]) {
  proves("http:verb", method, async () => {
    const { status, headers } = await wholeReply({ method, headers: modernRequest("tools/list").headers });

    expect(status).toBe(405);
    expect(headers.allow?.split(/, */)).toContain("POST");
  });
}
