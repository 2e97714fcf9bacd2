import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Checked, compileSchema, SchemaDialectUnknown } from "../../../../layers/mcp/catalogue/compiled-schema.ts";
import type { JsonSchema, Schema } from "../../../../layers/mcp/toolkit/schema.ts";

const check = async (schema: Schema, value: unknown): Promise<Checked> => compileSchema(schema, "input").check(value);

/** `[[[…]]]`, as a client may send it: reading JSON does not need the stack. */
const deepList = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

describe("a zod schema", () => {
  test("reads a value at once, with its defaults and conversions", () => {
    const schema = compileSchema(z.object({ n: z.number().default(7), s: z.string().transform(Number) }), "input");

    expect(schema.check({ s: "42" })).toEqual({ ok: true, value: { n: 7, s: 42 } });
  });

  test("says of each wrong field where it is and what is wrong", async () => {
    const schema = z.object({ a: z.object({ list: z.array(z.number()) }), b: z.string() });

    expect(await check(schema, { a: { list: [1, "two"] } })).toEqual({
      ok: false,
      why: expect.stringMatching(/^a\.list\.1: .*number.*; b: .*string/),
    });
    expect(await check(schema, 5)).toEqual({ ok: false, why: expect.stringMatching(/^\(the whole\): /) });
  });

  test("tells of eight problems and no more", async () => {
    const schema = z.object(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`field${n}`, z.string()])));

    const checked = await check(schema, {});

    expect(checked.ok ? [] : checked.why.split("; ")).toHaveLength(8);
  });

  test("is shown as what goes in for an input, and as what comes out for an output", () => {
    const schema = z.object({ n: z.number().default(1) });

    expect(compileSchema(schema, "input").json).not.toHaveProperty("required");
    expect(compileSchema(schema, "output").json).toMatchObject({ required: ["n"] });
  });

  test("is turned into JSON Schema once", () => {
    const schema = compileSchema(z.object({ a: z.string() }), "input");

    expect(schema.json).toBe(schema.json);
  });

  test("that is made late is made by the first value, and once", () => {
    let made = 0;
    const late = () => {
      made += 1;
      return z.object({ a: z.string() });
    };
    const schema = compileSchema(late, "input");
    const before = made;

    const checked = [schema.check({ a: "b" }), schema.check({})];

    expect(before).toBe(0);
    expect(checked).toEqual([{ ok: true, value: { a: "b" } }, expect.objectContaining({ ok: false })]);
    expect(schema.json).toMatchObject({ required: ["a"] });
    expect(made).toBe(1);
  });

  test("is shown as it was made ahead, and read by itself", () => {
    const ahead = { type: "object", description: "made before" };
    const schema = compileSchema(() => z.object({ a: z.string() }), "input", ahead);

    expect(schema.json).toBe(ahead);
    expect(schema.check({})).toMatchObject({ ok: false });
  });

  test("that follows itself down refuses a value that nests deeper than the stack is", async () => {
    const tree: z.ZodType = z.lazy(() => z.array(tree));

    expect(await check(tree, deepList(3))).toMatchObject({ ok: true });
    expect(await check(tree, deepList(200_000))).toEqual({ ok: false, why: "(the whole): nests too deep" });
  });
});

/** MCP 2026-07-28, tools: every keyword of the dialect counts, not only the flat ones. */
const ADDRESS: JsonSchema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  $defs: {
    street: { $anchor: "street", type: "string", minLength: 1 },
    place: { type: "object", properties: { street: { $ref: "#street" }, zip: { type: "string" } } },
  },
  allOf: [{ $ref: "#/$defs/place" }],
  properties: { country: { type: "string" }, kind: { enum: ["home", "work"] } },
  if: { properties: { country: { const: "DE" } }, required: ["country"] },
  // biome-ignore lint/suspicious/noThenProperty: it is a keyword of JSON Schema
  then: { required: ["zip"] },
  else: { required: ["kind"] },
  unevaluatedProperties: false,
};

describe("a JSON Schema of 2020-12", () => {
  test.each<[what: string, value: unknown, isFit: boolean]>([
    ["what if and then want", { country: "DE", zip: "10115" }, true],
    ["what if and then forbid", { country: "DE" }, false],
    ["what else wants", { country: "FR", kind: "home" }, true],
    ["what else forbids", { country: "FR" }, false],
    ["a value under a reference to an anchor", { country: "DE", zip: "1", street: "Allee" }, true],
    ["a wrong value under a reference to an anchor", { country: "DE", zip: "1", street: "" }, false],
    ["a value that is not in the enum", { country: "FR", kind: "boat" }, false],
    ["a property that no part of it knows", { country: "DE", zip: "1", planet: "Earth" }, false],
  ])("judges %s", async (_what, value, isFit) => {
    expect((await check(ADDRESS, value)).ok).toBe(isFit);
  });

  test("is the dialect of a schema that names none", async () => {
    const tuple = { type: "array", prefixItems: [{ type: "string" }], items: false };

    expect(await check(tuple, ["a"])).toMatchObject({ ok: true });
    expect(await check(tuple, ["a", "b"])).toMatchObject({ ok: false });
  });

  test("is shown exactly as it was given, and its value is taken as it came", async () => {
    const value = { country: "DE", zip: "1" };

    expect(compileSchema(ADDRESS, "input").json).toBe(ADDRESS);
    expect(await check(ADDRESS, value)).toEqual({ ok: true, value });
  });

  test("says where a value is wrong", async () => {
    const schema = { type: "object", properties: { list: { items: { type: "integer" } } }, required: ["list"] };

    expect(await check(schema, { list: [1, 2.5] })).toEqual({ ok: false, why: "list.1: must be integer" });
    expect(await check(schema, {})).toEqual({ ok: false, why: expect.stringContaining("(the whole): ") });
  });

  test("is compiled at the first value; later ones are judged at once", async () => {
    const schema = compileSchema({ type: "string" }, "input");

    expect(schema.check("first")).toBeInstanceOf(Promise);
    await schema.check("first");
    expect(schema.check("second")).toEqual({ ok: true, value: "second" });
  });

  test("fetches no reference, and names the one that it lacks", async () => {
    const schema = { properties: { a: { $ref: "http://127.0.0.1:9/schema.json" } } };

    await expect(check(schema, { a: 1 })).rejects.toThrow(/http:\/\/127\.0\.0\.1:9\/schema\.json/);
  });

  test("that follows itself down refuses a value that nests deeper than the stack is", async () => {
    const tree = { type: "array", items: { $ref: "#" } };

    expect(await check(tree, deepList(100))).toMatchObject({ ok: true });
    expect(await check(tree, deepList(200_000))).toEqual({ ok: false, why: "(the whole): nests too deep" });
  });

  test("that refers to itself without end fails instead of hanging", async () => {
    const endless = { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } };

    await expect(check(endless, {})).rejects.toThrow();
  });
});

describe("a JSON Schema of draft-07", () => {
  test.each(["http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft-07/schema"])(
    "is read by its own rules under %s",
    async ($schema) => {
      const tuple = { $schema, type: "array", items: [{ type: "string" }], additionalItems: false };

      expect(await check(tuple, ["a"])).toMatchObject({ ok: true });
      expect(await check(tuple, [1])).toMatchObject({ ok: false });
      expect(await check(tuple, ["a", "b"])).toMatchObject({ ok: false });
    },
  );
});

test("a JSON Schema of another dialect is refused before anything is checked, and the two that serve are named", () => {
  const schema = { $schema: "http://json-schema.org/draft-04/schema#" };

  expect(() => compileSchema(schema, "input")).toThrow(SchemaDialectUnknown);
  expect(() => compileSchema(schema, "input")).toThrow(/draft-04.*2020-12.*draft-07/);
});
