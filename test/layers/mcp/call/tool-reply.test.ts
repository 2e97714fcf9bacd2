import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type CallToolResult, failed } from "../../../../layers/mcp/call/tool-reply.ts";
import { mcpParts } from "../../../fixtures/mcp-parts.ts";
import { complete, isFailure, loose, outcomeOf, started } from "../../../fixtures/started-call.ts";

describe("a tool that answers", () => {
  test("with a text is answered with the text", async () => {
    expect(await outcomeOf(() => "hello")).toEqual(complete({ content: [{ type: "text", text: "hello" }] }));
  });

  test("with content is answered with it, and with its meta under the name of the wire", async () => {
    const content = [{ type: "image", data: "", mimeType: "image/png" }];

    expect(await outcomeOf(async () => ({ content, meta: { "example.com/a": 1 } }))).toEqual(
      complete({ content, _meta: { "example.com/a": 1 } }),
    );
  });

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a number", 5],
    ["an object", { some: "thing" }],
    ["content that is no list", { content: "text" }],
    ["content that is no block", { content: ["text"] }],
  ])("with %s is told to be at fault", async (_what, value) => {
    expect(await outcomeOf(() => value)).toEqual(
      complete(failed("The tool tool answered with neither a text nor content; this is a fault of the tool.")),
    );
  });
});

describe("a tool with an output schema", () => {
  const output = z.object({ n: z.number() });

  test("is answered with the structured value, and with its text for clients that read only that", async () => {
    expect(await outcomeOf(() => ({ n: 1 }), { output })).toEqual(
      complete({ content: [{ type: "text", text: '{"n":1}' }], structuredContent: { n: 1 } }),
    );
  });

  test("keeps the content that it gave beside the value", async () => {
    const content = [{ type: "text", text: "one" }];

    expect(await outcomeOf(() => ({ content, structuredContent: { n: 1 } }), { output })).toEqual(
      complete({ content, structuredContent: { n: 1 } }),
    );
  });

  test.each([
    ["a value that does not fit", { n: "one" }, /n: .*number/],
    ["a text", "one", /output schema forbids/],
    ["content without a value", { content: [{ type: "text", text: "one" }] }, /output schema forbids/],
    ["NaN", { n: Number.NaN }, /n: /],
  ])("never lets out %s", async (_what, value, why) => {
    expect(await outcomeOf(() => value, { output })).toMatchObject(isFailure(why));
  });

  test("may fail with content alone", async () => {
    const reply = { content: [{ type: "text", text: "no" }], isError: true };

    expect(await outcomeOf(() => reply, { output })).toEqual(complete(reply as CallToolResult));
  });

  test.each([[[]], [[{ type: "heading", text: "a" }]]])(
    "may have a value with a field named content that looks like a reply: %j",
    async (content) => {
      const document = z.object({ content: z.array(z.object({ type: z.string(), text: z.string() })) });

      expect(await outcomeOf(() => ({ content }), { output: document })).toMatchObject({
        result: { structuredContent: { content } },
      });
    },
  );

  test("may take JSON Schema, and is held to it", async () => {
    const list = { type: "array", items: { type: "integer" } };

    expect(await outcomeOf(() => [1, 2], { output: list })).toMatchObject({ result: { structuredContent: [1, 2] } });
    expect(await outcomeOf(() => [1, 2.5], { output: list })).toMatchObject(isFailure(/1: must be integer/));
  });

  test.each<[what: string, value: unknown]>([
    ["a BigInt", 1n],
    ["a cycle", cycle()],
  ])("that lets %s through is a failure of the tool", async (_what, value) => {
    const parts = mcpParts([loose(() => ({ any: value }), { output: z.object({ any: z.any() }) })]);

    expect(await started(parts).outcome).toMatchObject(isFailure(/failed; the operator finds why under request-1/));
    expect(parts.reports).toEqual([{ fault: expect.any(TypeError), reference: "request-1" }]);
  });
});

function cycle(): unknown {
  const list: unknown[] = [];
  list.push(list);
  return list;
}
