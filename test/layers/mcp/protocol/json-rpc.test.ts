import { describe, expect, test } from "vitest";
import { errorJson, internalError, readMessage, resultJson } from "../../../../layers/mcp/protocol/json-rpc.ts";

const call = { jsonrpc: "2.0", id: 1, method: "m" };

test.each([
  ["a request", { ...call, params: { a: 1 } }, { kind: "request", id: 1, method: "m", params: { a: 1 } }],
  ["a request without params", call, { kind: "request", id: 1, method: "m", params: {} }],
  ["a request with an empty text for an id", { ...call, id: "" }, { kind: "request", id: "", method: "m", params: {} }],
  ["a request with the id 0", { ...call, id: 0 }, { kind: "request", id: 0, method: "m", params: {} }],
  ["a notification", { jsonrpc: "2.0", method: "m" }, { kind: "notification", method: "m", params: {} }],
  ["a result", { jsonrpc: "2.0", id: "a", result: null }, { kind: "response", id: "a", result: null }],
  ["an error", { jsonrpc: "2.0", id: 7, error: { code: 1 } }, { kind: "response", id: 7, error: { code: 1 } }],
])("%s is read", (_what, raw, message) => {
  expect(readMessage(raw)).toEqual({ ok: true, value: message });
});

test.each<[what: string, raw: unknown]>([
  ["null", null],
  ["a text", "hello"],
  ["a number", 1],
  ["a list", [call]],
  ["nothing", {}],
  ["another version", { ...call, jsonrpc: "1.0" }],
  ["no version", { id: 1, method: "m" }],
  ["an id that is null", { ...call, id: null }],
  ["an id with a fraction", { ...call, id: 1.5 }],
  ["an id past what a number holds exactly", { ...call, id: 2 ** 53 }],
  ["an id that is an object", { ...call, id: {} }],
  ["an id that is a boolean", { ...call, id: true }],
  ["a method that is a number", { ...call, method: 5 }],
  ["params that are a list", { ...call, params: [] }],
  ["params that are null", { ...call, params: null }],
  ["a result without an id", { jsonrpc: "2.0", result: {} }],
  ["neither result nor error", { jsonrpc: "2.0", id: 1 }],
  ["both result and error", { jsonrpc: "2.0", id: 1, result: {}, error: {} }],
])("%s is no message", (_what, raw) => {
  expect(readMessage(raw)).toMatchObject({ ok: false, problem: { code: -32600, status: 400 } });
});

describe("what is written", () => {
  test("keeps ids of either type apart", () => {
    expect([resultJson(1, {}), resultJson("1", {})]).toEqual([
      '{"jsonrpc":"2.0","id":1,"result":{}}',
      '{"jsonrpc":"2.0","id":"1","result":{}}',
    ]);
  });

  test("leaves the id of an error out where none could be read", () => {
    expect(JSON.parse(errorJson(undefined, internalError("ref-1")))).toEqual({
      jsonrpc: "2.0",
      error: { code: -32603, message: "Internal error; the operator finds it under ref-1" },
    });
  });
});
