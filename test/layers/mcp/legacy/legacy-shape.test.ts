import { describe, expect, test } from "vitest";
import { z } from "zod";
import { makeCatalogue } from "../../../../layers/mcp/catalogue/catalogue.ts";
import { compileSchema } from "../../../../layers/mcp/catalogue/compiled-schema.ts";
import { makeLists } from "../../../../layers/mcp/catalogue/lists.ts";
import { legacyError, legacyPage, legacyResult } from "../../../../layers/mcp/legacy/legacy-shape.ts";
import { invalidParams } from "../../../../layers/mcp/protocol/json-rpc.ts";
import { LEGACY_VERSIONS, type LegacyVersion } from "../../../../layers/mcp/protocol/versions.ts";
import type { Schema } from "../../../../layers/mcp/toolkit/schema.ts";
import { definePrompt, defineTool } from "../../../../layers/mcp/toolkit/tool.ts";

const [NOVEMBER, JUNE, MARCH] = LEGACY_VERSIONS;
const icons = [{ src: "https://example.com/i.png" }];
const text = { type: "text", text: "[1]" };
const link = { type: "resource_link", uri: "r:1", name: "r", title: "The R" };

/** The one tool of a list, with this output schema. */
function listed(version: LegacyVersion, output?: Schema): Record<string, unknown> {
  const definition = { name: "tool", title: "T", description: "D", icons, input: z.object({}), run: () => "" };
  const tool = { kind: "tool" as const, ...definition, ...(output === undefined ? {} : { output }) };
  const page = makeLists(makeCatalogue([[tool]])).page("tools/list", undefined);
  return page.ok ? JSON.parse(JSON.stringify(legacyPage(version, page.value))).tools[0] : {};
}

const result = (version: LegacyVersion, structuredContent: unknown, output?: Schema) =>
  legacyResult(
    version,
    "tools/call",
    { content: [text], structuredContent },
    output === undefined ? undefined : compileSchema(output, "output"),
  );

describe("a tool is listed", () => {
  test("with its icons since 2025-11-25, its title and output since 2025-06-18, and neither before", () => {
    const output = z.object({ n: z.number() });

    expect(listed(NOVEMBER, output)).toMatchObject({ title: "T", icons, outputSchema: { type: "object" } });
    expect(listed(JUNE, output)).toMatchObject({ title: "T", outputSchema: { type: "object" } });
    expect(listed(JUNE, output)).not.toHaveProperty("icons");
    expect(Object.keys(listed(MARCH, output)).sort()).toEqual(["description", "inputSchema", "name"]);
  });

  test("with an output schema of an object as it is", () => {
    expect(listed(JUNE, z.object({ n: z.number() })).outputSchema).toMatchObject({ type: "object", required: ["n"] });
    expect(listed(JUNE)).not.toHaveProperty("outputSchema");
  });

  test("with an output schema of anything else wrapped into one of an object, its definitions still in place", () => {
    const output = { $defs: { n: { type: "integer" } }, type: "array", items: { $ref: "#/$defs/n" } };

    expect(listed(JUNE, output).outputSchema).toEqual({
      $defs: { n: { type: "integer" } },
      type: "object",
      properties: { result: { type: "array", items: { $ref: "#/$defs/n" } } },
      required: ["result"],
    });
  });
});

describe("structured content", () => {
  test("came with 2025-06-18; before, the text has it", () => {
    expect(result(MARCH, { n: 1 })).toEqual({ content: [text] });
    expect(result(JUNE, { n: 1 })).toEqual({ content: [text], structuredContent: { n: 1 } });
  });

  test("that is no object is wrapped into one", () => {
    expect(result(NOVEMBER, [1])).toMatchObject({ structuredContent: { result: [1] } });
    expect(result(NOVEMBER, null)).toMatchObject({ structuredContent: { result: null } });
  });

  test.each<[what: string, output: Schema, value: unknown]>([
    ["an object", z.object({ n: z.number() }), { n: 1 }],
    ["a list", z.array(z.number()), [1]],
    ["a record", z.record(z.string(), z.number()), { a: 1 }],
    ["one of two objects", z.union([z.object({ a: z.number() }), z.object({ b: z.number() })]), { a: 1 }],
    ["an object or nothing", z.object({ n: z.number() }).nullable(), { n: 1 }],
    ["an object under a reference", { $ref: "#/$defs/o", $defs: { o: { type: "object", required: ["n"] } } }, { n: 1 }],
  ])("of %s fits the schema that the tool was listed with", async (_what, output, value) => {
    const shown = result(JUNE, value, output);
    const { outputSchema } = listed(JUNE, output);

    const fits = await compileSchema(outputSchema as Schema, "output").check(
      "structuredContent" in shown ? shown.structuredContent : undefined,
    );

    expect(fits).toMatchObject({ ok: true });
    expect(outputSchema).toMatchObject({ type: "object" });
  });
});

describe("a link to a resource", () => {
  test("is a text to clients of 2025-03-26, which know no links", () => {
    const reply = { content: [text, link, { ...link, title: undefined }] };

    expect(legacyResult(JUNE, "tools/call", reply, undefined)).toEqual(reply);
    expect(legacyResult(MARCH, "tools/call", reply, undefined)).toEqual({
      content: [text, { type: "text", text: "The R: r:1" }, { type: "text", text: "r: r:1" }],
    });
  });

  test("is one in the messages of a prompt too", () => {
    const reply = { messages: [{ role: "user", content: link }] };

    expect(legacyResult(MARCH, "prompts/get", reply, undefined)).toEqual({
      messages: [{ role: "user", content: { type: "text", text: "The R: r:1" } }],
    });
    expect(legacyResult(JUNE, "prompts/get", reply, undefined)).toEqual(reply);
  });
});

test("what a prompt and a resource answer is otherwise left as it is", () => {
  const contents = { contents: [{ uri: "r:1", text: "" }] };

  expect(legacyResult(MARCH, "resources/read", contents, undefined)).toBe(contents);
});

test("a prompt is listed without what its revision does not know", () => {
  const page = makeLists(makeCatalogue([[definePrompt({ name: "p", title: "P", icons, get: () => "" })]])).page(
    "prompts/list",
    undefined,
  );

  expect(page.ok ? JSON.parse(JSON.stringify(legacyPage(MARCH, page.value))) : page).toEqual({
    prompts: [{ name: "p" }],
  });
});

test("a missing resource has a code of its own, and no other wrong params have it", () => {
  expect(legacyError("resources/read", invalidParams("no", { uri: "r:1" })).code).toBe(-32002);
  expect(legacyError("resources/read", invalidParams("params.uri is not a string")).code).toBe(-32602);
  expect(legacyError("tools/call", invalidParams("no", { uri: "r:1" })).code).toBe(-32602);
});

test("a page names where the next begins", () => {
  const tools = Array.from({ length: 101 }, (_, n) =>
    defineTool({ name: `t${n}`, description: "", input: z.object({}), run: () => "" }),
  );
  const page = makeLists(makeCatalogue([tools])).page("tools/list", undefined);

  expect(page.ok && legacyPage(MARCH, page.value)).toHaveProperty("nextCursor", expect.any(String));
});
