import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { proves } from "../../conformance/proves.ts";
import { type Fleet, startFleet } from "../../fixtures/fleet.ts";
import { type Door, type RawRequest, socketDoor, wholeText } from "../../fixtures/http-exchange.ts";
import {
  answerTo,
  initializeRequest,
  LEGACY,
  type LegacySession,
  openSession,
  textOf,
  toolCall,
} from "../../fixtures/mcp-messages.ts";

let fleet: Fleet;
/** Each request lands in the other process. */
let door: Door;

beforeAll(async () => {
  fleet = await startFleet({ size: 2 });
  door = socketDoor(`${fleet.url}/mcp`);
});

afterAll(() => fleet.close());

const statusOf = async (request: RawRequest): Promise<number> => {
  const raw = await door(request);
  raw.leave();
  return raw.status;
};

const withHeaders = (request: RawRequest, headers: Readonly<Record<string, string>>): RawRequest => ({
  ...request,
  headers: { ...request.headers, ...headers },
});

const without = ({ headers, ...request }: RawRequest, name: string): RawRequest => ({
  ...request,
  headers: Object.fromEntries(Object.entries(headers).filter(([given]) => given !== name)),
});

for (const version of LEGACY) {
  proves("session:given", version, async () => {
    const [one, other] = await Promise.all([openSession(door, version), openSession(door, version)]);

    expect(one.sessionId).toMatch(/^[\x21-\x7e]{22,}$/);
    expect(other.sessionId).not.toBe(one.sessionId);
    expect(one.initialized.result).toMatchObject({
      protocolVersion: version,
      serverInfo: { name: expect.any(String), version: expect.any(String) },
      capabilities: { tools: {}, prompts: {}, resources: {}, logging: {} },
    });
  });

  proves("session:optional", version, async () => {
    const session = await openSession(door, version);
    const anonymous = (request: RawRequest) => without(request, "mcp-session-id");

    const answer = await answerTo(door, anonymous(session.request("tools/call", toolCall("test_simple_text"))));
    const subscribed = await answerTo(door, anonymous(session.request("resources/subscribe", { uri: "test://x" })));

    expect(textOf(answer)).toBe("This is a simple text response for testing.");
    expect(subscribed.reply.error?.code).toBe(-32600);
    expect(await statusOf(anonymous(session.get()))).toBe(405);
    expect(await statusOf(anonymous({ ...session.get(), method: "DELETE" }))).toBe(405);
  });

  for (const sessionId of ["00000000-0000-4000-8000-000000000000", "x", "a b", "x".repeat(5_000), "%00", "../MCP"]) {
    proves("session:unknown", `${version}, "${sessionId.slice(0, 40)}"`, async () => {
      const session = await openSession(door, version);

      for (const request of [session.request("tools/list"), session.get(), session.notification("notifications/x")]) {
        expect(await statusOf(withHeaders(request, { "mcp-session-id": sessionId }))).toBe(404);
      }
    });
  }

  proves("session:unknown", `${version}, ended by its client`, async () => {
    const session = await openSession(door, version);
    const end = { ...session.get(), method: "DELETE" };

    const ended = await statusOf(end);

    expect(ended).toBeGreaterThanOrEqual(200);
    expect(ended).toBeLessThan(300);
    expect(await statusOf(session.request("tools/list"))).toBe(404);
    expect(await statusOf(session.get())).toBe(404);
    expect(await statusOf(end)).toBe(404);
  });

  proves("session:accepted", version, async () => {
    const session = await openSession(door, version);
    const messages = [
      { jsonrpc: "2.0", method: "notifications/initialized" },
      { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "of-nothing" } },
      { jsonrpc: "2.0", method: "notifications/never-heard-of" },
      { jsonrpc: "2.0", id: "never-asked", result: {} },
      { jsonrpc: "2.0", id: "never-asked", error: { code: -1, message: "no" } },
    ];

    for (const message of messages) {
      const raw = await door(session.post(message));

      expect([raw.status, await wholeText(raw)]).toEqual([202, ""]);
    }
  });

  test(`in ${version} the session's requests are served wherever they land`, async () => {
    const session = await openSession(door, version);

    const answers = [];
    for (let id = 1; id <= 4; id++) {
      answers.push(await answerTo(door, session.request("tools/call", toolCall("test_simple_text"), { id })));
    }

    expect(answers.map((answer) => [answer.reply.id, textOf(answer)])).toEqual(
      [1, 2, 3, 4].map((id) => [id, "This is a simple text response for testing."]),
    );
  });

  test(`in ${version} ping and logging/setLevel answer with nothing`, async () => {
    const session = await openSession(door, version);

    const pong = await answerTo(door, session.request("ping"));
    const level = await answerTo(door, session.request("logging/setLevel", { level: "info" }));
    const unknown = await answerTo(door, session.request("logging/setLevel", { level: "loud" }));

    expect([pong.reply.result, level.reply.result]).toEqual([{}, {}]);
    expect(unknown.reply.error?.code).toBe(-32602);
  });
}

describe("version headers", () => {
  const declared = ["2025-11-25", "2025-06-18"] as const;

  for (const version of declared) {
    for (const header of ["2024-01-01", "1", "2026-07-28x", ""]) {
      proves("session:version", `"${header}" in ${version}`, async () => {
        const session = await openSession(door, version);

        const request = withHeaders(session.request("tools/list"), { "mcp-protocol-version": header });

        expect(await statusOf(request)).toBe(400);
      });
    }

    proves("session:version", `none in ${version}`, async () => {
      const session = await openSession(door, version);

      const { status, reply } = await answerTo(door, without(session.request("tools/list"), "mcp-protocol-version"));

      expect([status, reply.error]).toEqual([200, undefined]);
    });
  }
});

for (const [asked, offered] of [
  ["2025-11-25", "2025-11-25"],
  ["2025-06-18", "2025-06-18"],
  ["2025-03-26", "2025-03-26"],
  ["2024-11-05", "2025-11-25"],
  ["2026-07-28", "2025-11-25"],
  ["2099-01-01", "2025-11-25"],
] as const) {
  proves("session:negotiation", `${asked} gets ${offered}`, async () => {
    const { reply } = await answerTo(door, initializeRequest(asked));

    expect(reply.result?.protocolVersion).toBe(offered);
  });
}

for (const params of [undefined, {}, { protocolVersion: 7 }]) {
  test(`initialize with ${JSON.stringify(params)} is refused and opens no session`, async () => {
    const { headers, ...request } = initializeRequest("2025-11-25");
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });

    const answer = await answerTo(door, { ...request, headers, body });

    expect(answer.reply.error?.code).toBe(-32602);
    expect(answer.headers["mcp-session-id"]).toBeUndefined();
  });
}

describe("batches", () => {
  let session: LegacySession;
  beforeAll(async () => {
    session = await openSession(door, "2025-03-26");
  });

  const request = (id: number, method: string, params: object = {}) => ({ jsonrpc: "2.0", id, method, params });
  const notification = { jsonrpc: "2.0", method: "notifications/never-heard-of" };

  proves("batch:received", "each request gets its answer, and notifications none", async () => {
    const { status, messages } = await answerTo(
      door,
      session.post([
        request(1, "ping"),
        notification,
        request(2, "tools/call", toolCall("test_simple_text")),
        request(3, "no/such"),
      ]),
    );
    const byId = new Map(messages.map((message) => [message.id, message]));

    expect(status).toBe(200);
    expect([...byId.keys()].sort()).toEqual([1, 2, 3]);
    expect(byId.get(1)?.result).toEqual({});
    expect(byId.get(2)?.result).toMatchObject({ content: [{ type: "text" }] });
    expect(byId.get(3)?.error?.code).toBe(-32601);
  });

  proves("batch:received", "only notifications and responses are accepted silently", async () => {
    const response = { jsonrpc: "2.0", id: "never-asked", result: {} };

    const { status, messages } = await answerTo(door, session.post([notification, response]));

    expect([status, messages]).toEqual([202, []]);
  });

  proves("batch:received", "a wrong message among right ones is told apart", async () => {
    const { messages } = await answerTo(door, session.post([request(1, "ping"), { id: 2 }, 7]));

    expect(messages.filter((message) => message.result !== undefined).map((message) => message.id)).toEqual([1]);
    expect(messages.filter((message) => message.error?.code === -32600)).toHaveLength(2);
  });

  test("a reply that no longer fits beside the others is refused, and the rest of the batch is answered", async () => {
    const big = (id: number) => request(id, "tools/call", toolCall("big", { bytes: 3_900_000 }));

    const { messages } = await answerTo(
      door,
      session.post([big(1), big(2), big(3), big(4), big(5), request(6, "ping")]),
    );

    const refused = messages.filter(({ error }) => error?.code === -32600).map(({ id }) => id);
    expect(messages.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(refused).toEqual([5]);
  });

  proves("batch:received", "an empty one is an error", async () => {
    const { status, reply } = await answerTo(door, session.post([]));

    expect([status, reply.error?.code]).toEqual([400, -32600]);
  });

  proves("batch:received", "one of thousands is refused", async () => {
    const { status } = await answerTo(
      door,
      session.post(Array.from({ length: 5_000 }, (_none, id) => request(id, "ping"))),
    );

    expect([400, 413]).toContain(status);
  });

  proves("batch:received", "initialize is not part of one", async () => {
    const params = { protocolVersion: "2025-03-26", capabilities: {}, clientInfo: { name: "raw", version: "1" } };

    const { headers, messages } = await answerTo(door, session.post([request(1, "initialize", params)]));

    expect(headers["mcp-session-id"]).toBeUndefined();
    expect(messages.map((message) => message.error?.code)).toEqual([-32600]);
  });

  for (const version of ["2025-11-25", "2025-06-18"] as const) {
    proves("batch:removed", version, async () => {
      const later = await openSession(door, version);

      const { status, reply } = await answerTo(door, later.post([request(1, "ping")]));

      expect([status, reply.error?.code]).toEqual([400, -32600]);
    });
  }
});
