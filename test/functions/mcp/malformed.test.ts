import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fleet, startFleet } from "../../fixtures/fleet.ts";
import { type Door, type RawRequest, socketDoor } from "../../fixtures/http-exchange.ts";
import {
  answerTo,
  initializeRequest,
  type LegacySession,
  MODERN,
  modernCall,
  modernRequest,
  openSession,
  textOf,
} from "../../fixtures/mcp-messages.ts";

let fleet: Fleet;
let door: Door;
let session: LegacySession;

beforeAll(async () => {
  fleet = await startFleet({ size: 1 });
  door = socketDoor(`${fleet.url}/mcp`);
  session = await openSession(door, "2025-11-25");
});

afterAll(() => fleet.close());

const MEGABYTE = 1024 * 1024;
const long = (bytes: number): string => "x".repeat(bytes);
const { headers: LIST_HEADERS } = modernRequest("tools/list");
const META = `"_meta":{"io.modelcontextprotocol/protocolVersion":"${MODERN}","io.modelcontextprotocol/clientCapabilities":{}}`;
const list = (body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): RawRequest => ({
  method: "POST",
  headers: { ...LIST_HEADERS, ...headers },
  body,
});
const rpc = (fields: string): string => `{${fields},"method":"tools/list","params":{${META}}}`;

interface Case {
  readonly what: string;
  readonly request: () => RawRequest;
  readonly status: number;
  /** Of JSON-RPC; undefined where the reply is a result or none of JSON-RPC. */
  readonly code?: number;
}

const MALFORMED: readonly Case[] = [
  { what: "jsonrpc is missing", request: () => list(rpc('"id":1')), status: 400, code: -32600 },
  { what: "jsonrpc is 1.0", request: () => list(rpc('"jsonrpc":"1.0","id":1')), status: 400, code: -32600 },
  { what: "jsonrpc is a number", request: () => list(rpc('"jsonrpc":2.0,"id":1')), status: 400, code: -32600 },
  {
    what: "the method is missing",
    request: () => list(`{"jsonrpc":"2.0","id":1,"params":{${META}}}`),
    status: 400,
    code: -32600,
  },
  {
    what: "the method is a number",
    request: () => list(`{"jsonrpc":"2.0","id":1,"method":7,"params":{${META}}}`),
    status: 400,
    code: -32600,
  },
  {
    what: "params is an array",
    request: () => list('{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}'),
    status: 400,
    code: -32600,
  },
  {
    what: "a response has a result and an error",
    request: () => session.post({ jsonrpc: "2.0", id: 1, result: {}, error: { code: 1, message: "" } }),
    status: 400,
    code: -32600,
  },
  { what: "the body is a number", request: () => list("7"), status: 400, code: -32600 },
  { what: "the body is null", request: () => list("null"), status: 400, code: -32600 },
  { what: "the body is a text", request: () => list('"tools/list"'), status: 400, code: -32600 },
  {
    what: "a byte order mark comes first",
    request: () => list(`\uFEFF${rpc('"jsonrpc":"2.0","id":1')}`),
    status: 200,
  },
  {
    what: "__proto__ is among the fields",
    request: () => list(rpc('"jsonrpc":"2.0","id":1,"__proto__":{"method":"ping"}')),
    status: 200,
  },
  {
    what: "a lone surrogate is an argument",
    request: () => modernCall("test_custom_header", { note: "\ud800" }),
    status: 200,
  },
  {
    what: "the body is compressed",
    request: () => list(gzipSync(rpc('"jsonrpc":"2.0","id":1')), { "content-encoding": "gzip" }),
    status: 400,
    code: -32700,
  },
  {
    what: "arguments nest a hundred thousand deep",
    request: () => {
      const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
      const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"json_schema_2020_12_tool","arguments":{"phone":${deep}},${META}}}`;
      return { ...modernCall("json_schema_2020_12_tool"), body };
    },
    status: 400,
    code: -32700,
  },
];

const OVERSIZED: readonly Case[] = [
  { what: "a body of 5 MB", request: () => list(long(5 * MEGABYTE)), status: 413 },
  { what: "an id of a megabyte", request: () => list(rpc(`"jsonrpc":"2.0","id":"${long(MEGABYTE)}"`)), status: 200 },
  {
    what: "a method of a megabyte",
    request: () => modernRequest(long(MEGABYTE), {}, { headers: { "mcp-method": "x" } }),
    status: 400,
    code: -32020,
  },
  {
    what: "a cursor of a megabyte",
    request: () => modernRequest("tools/list", { cursor: long(MEGABYTE) }),
    status: 200,
    code: -32602,
  },
  {
    what: "request state of a megabyte",
    request: () =>
      modernRequest("tools/call", { name: "test_simple_text", arguments: {}, requestState: long(MEGABYTE) }),
    status: 200,
    code: -32602,
  },
  {
    what: "a thousand subscriptions",
    request: () =>
      modernRequest("subscriptions/listen", {
        notifications: { resourceSubscriptions: Array.from({ length: 1_000 }, (_none, index) => `test://${index}`) },
      }),
    status: 200,
    code: -32602,
  },
  {
    what: "an argument of 3 MB",
    request: () => modernCall("test_custom_header", { note: long(3 * MEGABYTE) }),
    status: 200,
  },
  { what: "headers of 20 KB", request: () => list("{}", { "x-padding": long(20_000) }), status: 431 },
  {
    what: "capabilities of a megabyte",
    request: () => initializeRequest("2025-11-25", { experimental: { note: long(MEGABYTE) } }),
    status: 200,
    code: -32602,
  },
];

test.each([...MALFORMED, ...OVERSIZED])("$what: $status $code", async ({ request, status, code }) => {
  const answer = await answerTo(door, request());

  expect([answer.status, answer.reply.error?.code]).toEqual([status, code]);
});

test("after all of that the server still serves", async () => {
  const answer = await answerTo(door, modernCall("test_simple_text"));

  expect(textOf(answer)).toBe("This is a simple text response for testing.");
});
