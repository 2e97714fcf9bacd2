import { expect, test } from "vitest";
import { REPLY_BYTES_MAX } from "../../../../layers/mcp/limits.ts";
import { boundedResultJson } from "../../../../layers/mcp/protocol/result-json.ts";

const asIs = (result: object): object => result;
const reply = (method: string, result: object) => JSON.parse(boundedResultJson(1, method, result, asIs));
const texts = (text: string) => ({ content: [{ type: "text", text }] });

test("a result up to the limit goes out as it is", () => {
  const around = boundedResultJson(1, "tools/call", texts(""), asIs).length;
  const text = "x".repeat(REPLY_BYTES_MAX - around);

  expect(reply("tools/call", texts(text))).toEqual({ jsonrpc: "2.0", id: 1, result: texts(text) });
});

test.each([
  ["one byte more than the limit", "x".repeat(REPLY_BYTES_MAX)],
  ["fewer characters but more bytes", "€".repeat(REPLY_BYTES_MAX / 2)],
])("%s becomes an error that says how much is allowed", (_what, text) => {
  const { result } = reply("tools/call", texts(text));

  expect(result.isError).toBe(true);
  expect(result.content[0].text).toMatch(new RegExp(`has \\d+ bytes; at most ${REPLY_BYTES_MAX} can be sent`));
});

const cycle: Record<string, unknown> = {};
cycle.self = cycle;

test.each<[what: string, value: unknown]>([
  ["a BigInt", 1n],
  ["a cycle", cycle],
  ["a depth that no stack holds", JSON.parse("[".repeat(100_000) + "]".repeat(100_000))],
])("%s becomes an error of the call", (_what, value) => {
  expect(reply("tools/call", { structuredContent: value }).result).toEqual({
    content: [{ type: "text", text: "The answer holds something that JSON can't." }],
    isError: true,
  });
  expect(reply("resources/read", { contents: value }).error).toEqual({
    code: -32603,
    message: "The answer holds something that JSON can't.",
  });
});

test("what replaces a result has the shape of the era too", () => {
  const json = boundedResultJson(1, "tools/call", { big: 1n }, (result) => ({ ...result, resultType: "complete" }));

  expect(JSON.parse(json).result).toMatchObject({ isError: true, resultType: "complete" });
});
