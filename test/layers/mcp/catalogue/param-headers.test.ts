import { describe, expect, test } from "vitest";
import { paramHeadersOf } from "../../../../layers/mcp/catalogue/param-headers.ts";
import type { JsonSchema } from "../../../../layers/mcp/toolkit/schema.ts";

const object = (properties: Record<string, unknown>, more: JsonSchema = {}): JsonSchema => ({
  type: "object",
  properties,
  ...more,
});
const annotated = (header: unknown, type: unknown = "string"): JsonSchema => ({ type, "x-mcp-header": header });

test("annotations are found on strings, integers and booleans, at any depth of properties", () => {
  const schema = object({
    region: annotated("Region"),
    plain: { type: "string" },
    page: object({ size: annotated("Page-Size", "integer"), deep: object({ dry: annotated("DRY", "boolean") }) }),
  });

  expect(paramHeadersOf(schema)).toEqual({
    ok: true,
    value: [
      { header: "mcp-param-region", path: ["region"], type: "string" },
      { header: "mcp-param-page-size", path: ["page", "size"], type: "integer" },
      { header: "mcp-param-dry", path: ["page", "deep", "dry"], type: "boolean" },
    ],
  });
});

test("a schema without annotations has no headers, also when a property bears the keyword's name", () => {
  expect(paramHeadersOf({})).toEqual({ ok: true, value: [] });
  expect(paramHeadersOf(object({ "x-mcp-header": { type: "string" } }))).toEqual({ ok: true, value: [] });
  expect(paramHeadersOf(object({ list: { items: object({ "x-mcp-header": { type: "string" } }) } }))).toEqual({
    ok: true,
    value: [],
  });
});

test("every character of a token may stand in a header's name", () => {
  const name = "!#$%&'*+-.^_`|~09AZaz";

  expect(paramHeadersOf(object({ a: annotated(name) }))).toMatchObject({
    value: [{ header: `mcp-param-${name.toLowerCase()}` }],
  });
});

test.each([
  ["an empty name", ""],
  ["a space", "My Region"],
  ["a line break", "Region\r\nEvil: 1"],
  ["a colon", "Region:"],
  ["what is not ASCII", "Größe"],
  ["a number", 5],
  ["null", null],
])("%s is no header's name, and the refusal says where it stands", (_what, header) => {
  expect(paramHeadersOf(object({ outer: object({ a: annotated(header) }) }))).toEqual({
    ok: false,
    problem: { reason: "param_header_invalid", why: "x-mcp-header of outer.a is not a header name" },
  });
});

test.each(["number", "object", "array", "null", undefined, ["string", "null"]])(
  "a parameter of type %s can't be repeated in a header",
  (type) => {
    expect(paramHeadersOf(object({ a: { "x-mcp-header": "A", ...(type === undefined ? {} : { type }) } }))).toEqual({
      ok: false,
      problem: { reason: "param_header_invalid", why: expect.stringMatching(/string, integer and boolean/) },
    });
  },
);

test("two names that differ by case alone are the same name twice", () => {
  const schema = object({ a: annotated("Region"), b: object({ c: annotated("REGION") }) });

  expect(paramHeadersOf(schema)).toEqual({
    ok: false,
    problem: { reason: "param_header_invalid", why: "a header name is used twice" },
  });
});

describe("what properties alone do not lead to can't be annotated", () => {
  const inner = object({ a: annotated("A") });

  test.each<[where: string, schema: JsonSchema]>([
    ["items", object({ list: { type: "array", items: inner } })],
    ["prefixItems", object({ list: { type: "array", prefixItems: [inner] } })],
    ["contains", object({ list: { type: "array", contains: annotated("A") } })],
    ["oneOf", object({}, { oneOf: [inner] })],
    ["anyOf", object({ nested: { anyOf: [inner] } })],
    ["allOf", object({}, { allOf: [inner] })],
    ["not", object({}, { not: inner })],
    ["if", object({}, { if: inner })],
    // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema
    ["then", object({}, { then: inner })],
    ["else", object({}, { else: inner })],
    ["$defs", object({ a: { $ref: "#/$defs/a" } }, { $defs: { a: annotated("A") } })],
    ["definitions", object({}, { definitions: { a: annotated("A") } })],
    ["patternProperties", object({}, { patternProperties: { "^a": annotated("A") } })],
    ["additionalProperties", object({}, { additionalProperties: annotated("A") })],
    ["dependentSchemas", object({}, { dependentSchemas: { a: inner } })],
  ])("%s", (keyword, schema) => {
    expect(paramHeadersOf(schema)).toEqual({
      ok: false,
      problem: {
        reason: "param_header_invalid",
        why: `x-mcp-header under ${keyword} can't be reached through properties alone`,
      },
    });
  });

  test("the arguments as a whole", () => {
    expect(paramHeadersOf({ ...object({}), "x-mcp-header": "All" })).toMatchObject({ ok: false });
  });

  test("a parameter deeper than 16 properties", () => {
    const nested = (depth: number): JsonSchema => (depth === 0 ? annotated("Deep") : object({ in: nested(depth - 1) }));

    expect(paramHeadersOf(nested(16))).toMatchObject({ ok: true, value: [{ header: "mcp-param-deep" }] });
    expect(paramHeadersOf(nested(18))).toMatchObject({ ok: false, problem: { why: expect.stringContaining("16") } });
  });
});
