import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Told } from "../fixtures/api-cell.ts";
import { eventually } from "../fixtures/eventually.ts";
import { callTool, type Prober, type TwoTenants, toldTo, twoTenants } from "./two-tenants.ts";

/** Sessions, streams and parked calls of MCP's earlier revisions, tried by whoever knows their ids. */

const VERSION = "2025-11-25";
const NO_SESSION = "00000000-0000-4000-8000-000000000002";
const NO_CALL = "00000000-0000-4000-8000-000000000003";

let both: TwoTenants;
let before: string;
let parked: ParkedCall;

/** A call of beta's that waits for an answer. */
interface ParkedCall {
  readonly sessionId: string;
  /** Of the question, which is where the stream stands, too. */
  readonly questionId: string;
}

beforeAll(async () => {
  both = await twoTenants();
  parked = await parkedCall(both.beta);
  // The process that ran the call lets go of it once it sees that its client has left.
  await eventually(() => expect(both.stored()).toMatch(/leaseUntilEpochMs\W+0\b/));
  before = both.stored();
}, 60_000);
afterAll(() => both.close());

interface Sent {
  readonly method?: string;
  readonly sessionId?: string | undefined;
  readonly lastEventId?: string;
  readonly message?: object;
}

function asked(token: string, { method = "POST", sessionId, lastEventId, message }: Sent) {
  return {
    token,
    headers: {
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": VERSION,
      ...(sessionId !== undefined && { "mcp-session-id": sessionId }),
      ...(lastEventId !== undefined && { "last-event-id": lastEventId }),
    },
    ...(method === "POST" && { json: { jsonrpc: "2.0", ...message } }),
  };
}

function send(token: string, sent: Sent): Promise<Told> {
  return both.cell.ask(sent.method ?? "POST", "/mcp", asked(token, sent));
}

async function openedSession(token: string): Promise<string> {
  const params = {
    protocolVersion: VERSION,
    capabilities: { elicitation: {} },
    clientInfo: { name: "t", version: "1" },
  };
  const { headers } = await send(token, { message: { id: 0, method: "initialize", params } });
  return String(headers.get("mcp-session-id"));
}

/** Calls the tool that asks, and leaves once the question has come. */
async function parkedCall(token: string): Promise<ParkedCall> {
  const sessionId = await openedSession(token);
  const message = { id: 1, method: "tools/call", params: { name: "ask_word", arguments: {} } };
  const { headers, json } = asked(token, { sessionId, message });
  const stream = await opened(token, { headers, json });
  const question = /"id":"([0-9a-f-]{36}\.\d+)","method":"elicitation\/create"/;
  const [, questionId = ""] = question.exec(await stream.readTo(question)) ?? [];
  await stream.leave();
  return { sessionId, questionId };
}

/** A stream of events, read as far as a test needs it. */
async function opened(
  token: string,
  { headers, json }: { readonly headers: Readonly<Record<string, string>>; readonly json?: object | undefined },
) {
  const reply = await fetch(`${both.cell.url}/mcp`, {
    method: "POST",
    headers: { ...headers, authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify(json),
  });
  const chunks = (reply.body ?? new ReadableStream<Uint8Array>()).getReader();
  let text = "";
  const readTo = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(text)) {
      const { done, value } = await chunks.read();
      if (done) throw new TypeError(`the stream has ended: ${text}`);
      text += Buffer.from(value).toString();
    }
    return text;
  };
  return { readTo, leave: () => chunks.cancel() };
}

const answerTo = (id: string) => ({ id, result: { action: "accept", content: { word: "theirs" } } });

/** All that a client may do with a session. */
const WITH_SESSION: Readonly<Record<string, Omit<Sent, "sessionId">>> = {
  "a request": { message: { id: 2, method: "tools/list" } },
  "a call": { message: { id: 2, method: "tools/call", params: { name: "cyberchef_categories", arguments: {} } } },
  "a ping": { message: { id: 2, method: "ping" } },
  "a level of its log": { message: { id: 2, method: "logging/setLevel", params: { level: "debug" } } },
  "a subscription": { message: { id: 2, method: "resources/subscribe", params: { uri: "probe://own" } } },
  "a cancellation": { message: { method: "notifications/cancelled", params: { requestId: 1 } } },
  "a notification": { message: { method: "notifications/initialized" } },
  "its stream": { method: "GET" },
  "its end": { method: "DELETE" },
};

/** What the twins are told, who name what is beta's, and what is nothing. */
async function twinsTold(sends: (token: string, whose: "theirs" | "nobodys") => Promise<Told>) {
  const told = both.twins.map(async (twin, index) => {
    const lines: string[] = [];
    for (const token of twin.credentials) {
      lines.push(shownTo(twin, await sends(token, index === 0 ? "theirs" : "nobodys")));
    }
    return lines.join("\n");
  });
  return Promise.all(told);
}

function shownTo(twin: Prober, told: Told): string {
  const ids = [parked.sessionId, parked.questionId, NO_SESSION, `${NO_CALL}.1`];
  return toldTo(twin, { ...told, text: ids.reduce((text, id) => text.replaceAll(id, "ID"), told.text) });
}

describe("another's session", () => {
  test.each(Object.entries(WITH_SESSION))("is not there for %s", async (_what, sent) => {
    const [theirs, nobodys] = await twinsTold((token, whose) =>
      send(token, { ...sent, sessionId: whose === "theirs" ? parked.sessionId : NO_SESSION }),
    );

    expect(theirs).toBe(nobodys);
    expect(theirs).toContain("Session not found");
  });

  test("is not there for the answer to its question, or for what its client missed", async () => {
    const answered = await twinsTold((token, whose) =>
      whose === "theirs"
        ? send(token, { sessionId: parked.sessionId, message: answerTo(parked.questionId) })
        : send(token, { sessionId: NO_SESSION, message: answerTo(`${NO_CALL}.1`) }),
    );
    const resumed = await twinsTold((token, whose) =>
      whose === "theirs"
        ? send(token, { method: "GET", sessionId: parked.sessionId, lastEventId: parked.questionId })
        : send(token, { method: "GET", sessionId: NO_SESSION, lastEventId: `${NO_CALL}.1` }),
    );

    for (const [theirs, nobodys] of [answered, resumed]) expect(theirs).toBe(nobodys);
  });
});

describe("in one's own session", () => {
  test("another's question can't be answered, nor another's call be cancelled or followed", async () => {
    const own = new Map<string, string>();
    for (const token of both.twins.flatMap(({ credentials }) => credentials))
      own.set(token, await openedSession(token));
    const id = (whose: "theirs" | "nobodys") => (whose === "theirs" ? parked.questionId : `${NO_CALL}.1`);

    const answered = await twinsTold((token, whose) =>
      send(token, { sessionId: own.get(token), message: answerTo(id(whose)) }),
    );
    const cancelled = await twinsTold((token) =>
      send(token, {
        sessionId: own.get(token),
        message: { method: "notifications/cancelled", params: { requestId: 1 } },
      }),
    );
    const followed = await twinsTold((token, whose) =>
      send(token, { method: "GET", sessionId: own.get(token), lastEventId: id(whose) }),
    );

    for (const [theirs, nobodys] of [answered, cancelled, followed]) expect(theirs).toBe(nobodys);
    expect(followed[0]).not.toContain("Which?");
  });
});

test("changes of another's resources are told to none but those who listen there", async () => {
  const [{ credentials }] = both.twins;
  const token = credentials[0] ?? "";
  const heard = await listening(token, ["probe://theirs", "probe://mine"]);

  await callTool(both.cell, both.beta, "tell_change", { uri: "probe://theirs" });
  await callTool(both.cell, token, "tell_change", { uri: "probe://mine" });

  // Changes are told in their order, so the first that comes shows that the other did not.
  const told = await heard.readTo(/"notifications\/resources\/updated".*\n\n/);
  await heard.leave();
  const [, first] = /resources\/updated","params":\{"uri":"([^"]*)"/.exec(told) ?? [];
  expect(first).toBe("probe://mine");
});

/** A stream of the changes of resources, once it listens. */
async function listening(token: string, uris: readonly string[]) {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const headers = {
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "subscriptions/listen",
  };
  const params = { notifications: { resourceSubscriptions: uris }, _meta };
  const json = { jsonrpc: "2.0", id: 1, method: "subscriptions/listen", params };
  const stream = await opened(token, { headers, json });
  await stream.readTo(/acknowledged.*\n\n/);
  return stream;
}

test("after all that, what is stored of it is what it was, and its call goes on", async () => {
  const after = both.stored();
  expect(withoutFeed(after)).toBe(withoutFeed(before));

  const { sessionId, questionId } = parked;
  await send(both.beta, { sessionId, message: answerTo(questionId) });
  const followed = await send(both.beta, { method: "GET", sessionId, lastEventId: questionId });
  expect(followed.text).toContain("keeper-1 theirs");
});

/** Beta itself has told of a change. */
function withoutFeed(stored: string): string {
  const { own, ...rest } = JSON.parse(stored);
  return JSON.stringify({ own: own.filter(({ pk }: { readonly pk: string }) => !pk.endsWith("#MCP-FEED")), ...rest });
}
