import { describe, expect, test } from "vitest";
import { z } from "zod";
import { form, model, roots, url } from "../../../../layers/mcp/toolkit/ask.ts";

describe("a form", () => {
  const question = form({
    message: "Who?",
    schema: z.object({ name: z.string().min(1), age: z.number().int().default(18), side: z.enum(["left", "right"]) }),
  });

  test("asks with a flat schema, without what clients of forms do not know", () => {
    expect(question.request).toEqual({
      method: "elicitation/create",
      params: {
        mode: "form",
        message: "Who?",
        requestedSchema: {
          type: "object",
          properties: {
            name: { type: "string", minLength: 1 },
            age: expect.objectContaining({ type: "integer", default: 18 }),
            side: { type: "string", enum: ["left", "right"] },
          },
          required: ["name", "side"],
        },
      },
    });
  });

  test("that is filled in is read by its schema, defaults and all", () => {
    expect(question.read({ action: "accept", content: { name: "Ann", side: "left" } })).toEqual({
      action: "accept",
      content: { name: "Ann", age: 18, side: "left" },
    });
  });

  test.each(["decline", "cancel"])("that meets a %s is answered by it, whatever else came", (action) => {
    expect(question.read({ action, content: { name: "Ann" } })).toEqual({ action });
  });

  test.each<[what: string, raw: unknown]>([
    ["what the schema refuses", { action: "accept", content: { name: "", side: "left" } }],
    ["no content", { action: "accept" }],
    ["content that is a list", { action: "accept", content: [] }],
    ["another action", { action: "maybe" }],
    ["no action", {}],
    ["a text", "accept"],
    ["null", null],
  ])("that brings %s is not answered", (_what, raw) => {
    expect(question.read(raw)).toBeUndefined();
  });

  test("of JSON Schema is shown as it is, and its content is the tool's to check", () => {
    const schema = { type: "object", properties: { n: { type: "number" } } };
    const plain = form({ message: "", schema });

    expect(plain.request.params?.requestedSchema).toBe(schema);
    expect(plain.read({ action: "accept", content: { n: "any" } })).toEqual({
      action: "accept",
      content: { n: "any" },
    });
    expect(plain.read({ action: "accept" })).toEqual({ action: "accept", content: {} });
  });
});

test("a visit to an address is answered by an action and nothing else", () => {
  const question = url({ message: "Pay", url: "https://example.com/pay" });

  expect(question.request).toEqual({
    method: "elicitation/create",
    params: { mode: "url", message: "Pay", url: "https://example.com/pay" },
  });
  expect(question.read({ action: "accept", content: { secret: 1 } })).toEqual({ action: "accept" });
  expect(question.read({ action: "open" })).toBeUndefined();
});

describe("a language model", () => {
  const messages = [{ role: "user", content: { type: "text", text: "Capital of France?" } }] as const;
  const question = model({ messages, maxTokens: 5, systemPrompt: "Be brief." });
  const said = { role: "assistant", content: { type: "text", text: "Paris" }, model: "m", stopReason: "endTurn" };

  test("is asked with what the tool gave", () => {
    expect(question.request).toEqual({
      method: "sampling/createMessage",
      params: { messages, maxTokens: 5, systemPrompt: "Be brief." },
    });
  });

  test("answers with a message", () => {
    expect(question.read(said)).toEqual(said);
    expect(question.read({ ...said, content: [said.content] })).toMatchObject({ content: [said.content] });
  });

  test.each<[what: string, raw: unknown]>([
    ["no role", { ...said, role: undefined }],
    ["another role", { ...said, role: "system" }],
    ["no model", { ...said, model: undefined }],
    ["no content", { ...said, content: null }],
    ["a text for content", { ...said, content: "Paris" }],
    ["nothing", undefined],
  ])("has not answered with %s", (_what, raw) => {
    expect(question.read(raw)).toBeUndefined();
  });
});

test("roots are answered by a list of them, which may be empty", () => {
  const question = roots();

  expect(question.request).toEqual({ method: "roots/list" });
  expect(question.read({ roots: [] })).toEqual([]);
  expect(question.read({ roots: [{ uri: "file:///a", name: "A" }] })).toEqual([{ uri: "file:///a", name: "A" }]);
  for (const raw of [{}, { roots: {} }, { roots: [{ name: "A" }] }, { roots: [null] }, null, []]) {
    expect(question.read(raw)).toBeUndefined();
  }
});
