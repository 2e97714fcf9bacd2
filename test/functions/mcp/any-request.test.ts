import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mcpHandler } from "../../../functions/mcp/handler.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { proves } from "../../conformance/proves.ts";
import toolkit from "../../conformance/toolkit.ts";
import { type Fleet, startFleet } from "../../fixtures/fleet.ts";
import { handlerDoor } from "../../fixtures/handler-door.ts";
import { type Door, type RawRequest, socketDoor } from "../../fixtures/http-exchange.ts";
import {
  type Answer,
  answerTo,
  JSON_HEADERS,
  LEGACY,
  MODERN,
  modernRequest,
  openSession,
} from "../../fixtures/mcp-messages.ts";
import { callContext, mcpParts } from "../../fixtures/mcp-parts.ts";

const IN_PROCESS_RUNS = 3_000;
const SOCKET_RUNS = 400;
/** Above the margin that a waiting stream keeps, so that it ends at once. */
const CALL_MS = 2_020;
/** How long a stream is heard that may wait for something. */
const HEARD_MS = 400;

const METHODS = [
  ...["server/discover", "tools/list", "tools/call", "prompts/list", "prompts/get", "resources/list"],
  ...["resources/templates/list", "resources/read", "resources/subscribe", "completion/complete", "logging/setLevel"],
  ...["subscriptions/listen", "initialize", "ping", "notifications/initialized", "notifications/cancelled"],
  ...["tasks/get", "__proto__", "toString", ""],
];
const NAMES = [
  ...["test_simple_text", "test_custom_header", "test_input_required_result_elicitation", "json_schema_2020_12_tool"],
  ...["test_prompt_with_arguments", "test://static-text", "test://template/1/data", "__proto__", "constructor"],
];

const anyText = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom(...NAMES, ...METHODS, MODERN, ...LEGACY));
const anyValue = fc.jsonValue({ maxDepth: 4 });
const orAnything = <T>(likely: fc.Arbitrary<T>) =>
  fc.oneof({ arbitrary: likely, weight: 5 }, { arbitrary: anyValue, weight: 1 });

const meta = fc.record(
  {
    "io.modelcontextprotocol/protocolVersion": orAnything(fc.constantFrom(MODERN, ...LEGACY, "2099-01-01")),
    "io.modelcontextprotocol/clientCapabilities": orAnything(
      fc.constantFrom({}, { elicitation: {} }, { sampling: {}, roots: {} }),
    ),
    "io.modelcontextprotocol/logLevel": orAnything(fc.constantFrom("debug", "loud")),
    progressToken: orAnything(fc.constantFrom(1, "t")),
  },
  { requiredKeys: [] },
);

const params = fc.record(
  {
    _meta: orAnything(meta),
    name: orAnything(fc.constantFrom(...NAMES)),
    uri: orAnything(fc.constantFrom(...NAMES)),
    arguments: orAnything(
      fc.dictionary(fc.constantFrom("region", "shard", "arg1", "arg2", "phone", "__proto__"), anyValue),
    ),
    cursor: anyValue,
    ref: orAnything(
      fc.constantFrom({ type: "ref/prompt", name: "test_prompt_with_arguments" }, { type: "ref/resource" }),
    ),
    argument: orAnything(fc.constant({ name: "arg1", value: "p" })),
    notifications: orAnything(fc.constantFrom({}, { toolsListChanged: true }, { resourceSubscriptions: ["test://x"] })),
    inputResponses: orAnything(fc.constant({ user_name: { action: "accept", content: { name: "Ada" } } })),
    requestState: anyValue,
    level: anyValue,
    protocolVersion: orAnything(fc.constantFrom(...LEGACY)),
    capabilities: anyValue,
  },
  { requiredKeys: [] },
);

const message = fc.record(
  {
    jsonrpc: orAnything(fc.constant("2.0")),
    id: orAnything(fc.oneof(fc.integer(), fc.string())),
    method: orAnything(fc.constantFrom(...METHODS)),
    params: orAnything(params),
    result: anyValue,
    error: anyValue,
  },
  { requiredKeys: ["jsonrpc"] },
);

const json = fc
  .oneof(
    { arbitrary: message, weight: 8 },
    { arbitrary: fc.array(orAnything(message), { maxLength: 4 }), weight: 2 },
    { arbitrary: anyValue, weight: 1 },
  )
  .map((value) => JSON.stringify(value));

/** JSON that was cut off or written over here and there. */
const spoiled = fc
  .tuple(json, fc.nat(), fc.string({ unit: "binary", maxLength: 3 }))
  .map(([text, place, scribble]) => text.slice(0, place % (text.length + 1)) + scribble);

/** What HTTP itself carries in a header value: visible ASCII, spaces, and bytes above. */
const headerValue = fc.oneof(
  anyText.map((text) => text.replace(/[^\x20-\x7e\x80-\xff]/g, "").trim()),
  fc.base64String().map((text) => `=?base64?${text}?=`),
);

function requests(sessionIds: readonly string[]): fc.Arbitrary<RawRequest> {
  return fc.record({
    method: fc.oneof(
      { arbitrary: fc.constant("POST"), weight: 12 },
      // A DELETE would end the sessions that the other requests need.
      { arbitrary: fc.constantFrom("GET", "PUT"), weight: 1 },
    ),
    headers: fc
      .record(
        {
          "content-type": fc.oneof(
            { arbitrary: fc.constant("application/json"), weight: 9 },
            { arbitrary: headerValue, weight: 1 },
          ),
          accept: headerValue,
          "mcp-protocol-version": fc.oneof(fc.constantFrom(MODERN, ...LEGACY), headerValue),
          "mcp-method": fc.oneof(fc.constantFrom(...METHODS), headerValue),
          "mcp-name": fc.oneof(fc.constantFrom(...NAMES), headerValue),
          "mcp-session-id": fc.oneof(
            { arbitrary: fc.constantFrom(...sessionIds), weight: 6 },
            { arbitrary: headerValue, weight: 1 },
          ),
          "mcp-param-region": headerValue,
          "last-event-id": headerValue,
        },
        { requiredKeys: ["content-type"] },
      )
      .map((given) => ({ ...JSON_HEADERS, ...given })),
    body: fc.oneof(
      { arbitrary: json, weight: 9 },
      { arbitrary: spoiled, weight: 1 },
      { arbitrary: fc.uint8Array(), weight: 1 },
    ),
  });
}

const TOOLS = ["test_simple_text", "test_custom_header", "test_input_required_result_elicitation", "test_sampling"];
const anyArguments = fc.dictionary(fc.constantFrom("region", "shard", "prompt", "message", "__proto__"), anyValue);
const answers = fc.constantFrom<unknown>({ user_name: { action: "accept", content: { name: "Ada" } } }, {}, { x: 1 });

/** Methods with params that fit them, but for what chance does to one of the fields. */
const reasonable: fc.Arbitrary<{ method: string; params: Record<string, unknown> }> = fc.oneof(
  ask("tools/call", { name: fc.constantFrom(...TOOLS), arguments: anyArguments, inputResponses: answers }),
  ask("prompts/get", {
    name: fc.constantFrom("test_simple_prompt", "test_prompt_with_arguments", "test_input_required_result_prompt"),
    arguments: fc.dictionary(fc.constantFrom("arg1", "arg2"), fc.string()),
  }),
  ask("resources/read", { uri: fc.constantFrom("test://static-text", "test://template/1/data", "test://nowhere") }),
  ask("tools/list", { cursor: fc.constantFrom(undefined, "x") }),
  ask("resources/list", {}),
  ask("completion/complete", {
    ref: fc.constantFrom({ type: "ref/prompt", name: "test_prompt_with_arguments" }, { type: "ref/resource" }),
    argument: fc.constant({ name: "arg1", value: "p" }),
  }),
  ask("subscriptions/listen", { notifications: fc.constantFrom({}, { toolsListChanged: true }) }),
  ask("server/discover", {}),
  ask("logging/setLevel", { level: fc.constantFrom("debug", "loud") }),
  ask("resources/subscribe", { uri: fc.constantFrom("test://static-text") }),
  ask("ping", {}),
);

function ask(method: string, fields: Readonly<Record<string, fc.Arbitrary<unknown>>>) {
  const spoilt = Object.fromEntries(
    Object.entries(fields).map(([name, likely]) => [
      name,
      fc.oneof({ arbitrary: likely, weight: 9 }, { arbitrary: anyValue, weight: 1 }),
    ]),
  );
  return fc.record(spoilt).map((given) => ({ method, params: { ...given } }));
}

const capabilities = fc.constantFrom({}, { elicitation: {}, sampling: {}, roots: {} });

const modern = fc
  .tuple(reasonable, capabilities)
  .map(([{ method, params: given }, declared]): RawRequest => modernRequest(method, given, { capabilities: declared }));

const inSession = (sessionIds: readonly string[]): fc.Arbitrary<RawRequest> =>
  fc
    .tuple(fc.constantFrom(...sessionIds), fc.array(reasonable, { minLength: 1, maxLength: 3 }))
    .map(([sessionId, asked]): RawRequest => {
      const messages = asked.map(({ method, params: given }, id) => ({ jsonrpc: "2.0", id, method, params: given }));
      return {
        method: "POST",
        headers: { ...JSON_HEADERS, "mcp-session-id": sessionId },
        body: JSON.stringify(messages.length === 1 ? messages[0] : messages),
      };
    });

const STATUSES = [200, 202, 204, 400, 404, 405, 415];
/** JSON-RPC's own, MCP's of 2026-07-28, and, in sessions, those of before. */
const CODES = [-32700, -32600, -32601, -32602, -32020, -32021, -32022];
const SESSION_CODES = [...CODES, -32001, -32002];
const STATUS_OF_CODE: Readonly<Record<number, readonly number[]>> = {
  [-32700]: [400],
  [-32600]: [200, 400, 405, 415],
  [-32601]: [200, 404],
  [-32602]: [200, 400],
  [-32020]: [400],
  [-32021]: [400],
  [-32022]: [400],
  [-32001]: [404],
  [-32002]: [200],
};

function expectWellFormed(request: RawRequest, answer: Answer): void {
  const { status, headers, messages } = answer;
  expect(STATUSES).toContain(status);
  if (status === 202 || status === 204) expect(messages).toEqual([]);
  if (status >= 400) expect(messages).toHaveLength(headers["content-type"] === "application/json" ? 1 : 0);
  if (messages.length > 0) expect(headers["content-type"]).toMatch(/^(application\/json|text\/event-stream)/);
  const isModern = request.headers["mcp-protocol-version"] === MODERN;
  for (const { error, result, method } of messages) {
    expect([error, result, method].filter((part) => part !== undefined)).toHaveLength(1);
    if (error === undefined) continue;
    expect(isModern ? CODES : SESSION_CODES).toContain(error.code);
    expect(STATUS_OF_CODE[error.code]).toContain(status);
    expect(error.message).not.toMatch(/\bat \S+:\d+|TypeError|RangeError|Cannot read/);
  }
}

async function survives(door: Door, sessionIds: readonly string[], numRuns: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.oneof(requests(sessionIds), modern, inSession(sessionIds)), async (request) => {
      expectWellFormed(request, await answerTo(door, request));
    }),
    { numRuns },
  );
}

async function sessionsAt(door: Door): Promise<string[]> {
  const sessions = await Promise.all(LEGACY.map((version) => openSession(door, version, { elicitation: {} })));
  return sessions.map((session) => session.sessionId);
}

proves("error:codes", "whatever is asked, in process", async () => {
  const clock = systemClock();
  const parts = mcpParts(toolkit, { clock });
  const handler = mcpHandler(parts.server);
  const door = handlerDoor(handler, () =>
    callContext({ clock: parts.clock }, { deadlineEpochMs: clock.nowMs() + CALL_MS }),
  );

  await survives(door, await sessionsAt(door), IN_PROCESS_RUNS);

  expect(parts.reports).toEqual([]);
});

/** Leaves streams that would wait for changes or for answers. */
function impatient(door: Door): Door {
  return async (request) => {
    const raw = await door(request);
    if (raw.headers["content-type"] !== "text/event-stream") return raw;
    let hasLeft = false;
    const leave = setTimeout(() => {
      hasLeft = true;
      raw.leave();
    }, HEARD_MS);
    async function* untilLeft() {
      try {
        yield* raw.body;
      } catch (fault) {
        if (!hasLeft) throw fault;
      } finally {
        clearTimeout(leave);
      }
    }
    return { ...raw, body: untilLeft() };
  };
}

let fleet: Fleet;

beforeAll(async () => {
  fleet = await startFleet({ size: 1 });
});

afterAll(() => fleet.close());

test("whatever comes over the socket is answered in good form, and the next call too", {
  timeout: 120_000,
}, async () => {
  const door = impatient(socketDoor(`${fleet.cells[0]?.url}/mcp`));

  await survives(door, await sessionsAt(door), SOCKET_RUNS);

  expect(await sessionsAt(door)).toHaveLength(LEGACY.length);
});
