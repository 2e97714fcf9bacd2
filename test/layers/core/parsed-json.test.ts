import { expect, test } from "vitest";
import { JSON_DEPTH_MAX, parsedBody, parsedJson } from "../../../layers/core/parsed-json.ts";

const arrays = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);
const objects = (levels: number): string => `${'{"a":'.repeat(levels - 1)}{}${"}".repeat(levels - 1)}`;

test.each(["null", "0", '"a"', "[]", '{"a":[1,{"b":null}]}'])("%s is what it says", (text) => {
  expect(parsedJson(text)).toEqual(JSON.parse(text));
});

test.each(["", "{", "undefined", "{'a':1}", '{"a":1}x'])("%j is no JSON", (text) => {
  expect(parsedJson(text)).toBeUndefined();
});

test.each([
  ["arrays", arrays],
  ["objects", objects],
])("%s are read as deep as may be, and no deeper", (_, nested) => {
  expect(parsedJson(nested(JSON_DEPTH_MAX))).toBeDefined();
  expect(parsedJson(nested(JSON_DEPTH_MAX + 1))).toBeUndefined();
  expect(parsedJson(`{"a":1,"b":[2,${nested(JSON_DEPTH_MAX)}]}`)).toBeUndefined();
});

test("a text that would overflow the stack of whoever writes it is refused", () => {
  expect(parsedJson(arrays(100_000))).toBeUndefined();
});

test("a body is read as the UTF-8 it is, and as nothing where it is none", () => {
  expect(parsedBody(new TextEncoder().encode('{"a":"ü"}'))).toEqual({ a: "ü" });
  expect(parsedBody(Uint8Array.of(0x22, 0xff, 0x22))).toBeUndefined();
});
