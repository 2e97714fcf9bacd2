import { describe, expect, test } from "vitest";
import { z } from "zod";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import { failed } from "../../../../layers/mcp/call/tool-reply.ts";
import type { Params } from "../../../../layers/mcp/protocol/json-rpc.ts";
import {
  definePrompt,
  defineResource,
  defineResourceTemplate,
  ToolError,
} from "../../../../layers/mcp/toolkit/tool.ts";
import { mcpParts } from "../../../fixtures/mcp-parts.ts";
import { complete, isFailure, loose, started } from "../../../fixtures/started-call.ts";

describe("arguments", () => {
  const input = z.object({ n: z.number() });

  test("that do not fit are told with the place of what is wrong, and the tool does not run", async () => {
    let runs = 0;
    const parts = mcpParts([loose(() => `${++runs}`, { input })]);

    const { outcome } = started(parts, { request: { params: { name: "tool", arguments: { n: "1" } } } });

    expect(await outcome).toMatchObject(isFailure(/^Invalid arguments for the tool tool: n: /));
    expect(runs).toBe(0);
  });

  test("that are left out are none", async () => {
    const parts = mcpParts([loose((args) => JSON.stringify(args))]);

    expect(await started(parts, { request: { params: { name: "tool" } } }).outcome).toMatchObject({
      result: { content: [{ text: "{}" }] },
    });
  });

  test.each([[[]], ["text"], [5]])("that are %j are refused as params", async (wrong) => {
    const parts = mcpParts([loose(() => "")]);

    expect(await started(parts, { request: { params: { name: "tool", arguments: wrong } } }).outcome).toMatchObject({
      outcome: "refused",
      error: { code: -32602 },
    });
  });
});

describe("a tool that throws", () => {
  test("a ToolError is answered with its message", async () => {
    const parts = mcpParts([
      loose(() => {
        throw new ToolError("size is 1 to 5");
      }),
    ]);

    expect(await started(parts).outcome).toEqual(complete(failed("size is 1 to 5")));
    expect(parts.reports).toEqual([]);
  });

  test.each([
    ["an error", new Error("secret")],
    ["what is no error", "secret"],
    ["nothing", undefined],
  ])("%s is answered with a reference, and the operator gets what it was", async (_what, fault) => {
    const parts = mcpParts([
      loose(async () => {
        throw fault;
      }),
    ]);

    expect(await started(parts).outcome).toEqual(
      complete(failed("The tool tool failed; the operator finds why under request-1.")),
    );
    expect(parts.reports).toEqual([{ fault, reference: "request-1" }]);
  });

  test("a store's fault is answered as one that passes", async () => {
    const fault = new StoreFault("table", "get", { cause: "down" });
    const parts = mcpParts([loose(() => Promise.reject(fault))]);

    expect(await started(parts).outcome).toMatchObject(isFailure(/A store .* try again later \(request-1\)/));
    expect(parts.reports).toEqual([{ fault, reference: "request-1" }]);
  });
});

describe("prompts and resources", () => {
  const parts = mcpParts([
    definePrompt({ name: "plain", description: "D", get: () => "hello" }),
    definePrompt({
      name: "needy",
      arguments: [{ name: "who", required: true }, { name: "how" }],
      get: ({ who }) => [{ role: "assistant", content: { type: "text", text: `hi ${who}` } }],
    }),
    definePrompt({
      name: "broken",
      get: () => {
        throw new Error("secret");
      },
    }),
    defineResource({ uri: "r:text", name: "r", mimeType: "text/plain", read: () => "hello" }),
    defineResource({ uri: "r:bytes", name: "r", read: () => new Uint8Array([0, 255]) }),
    defineResource({ uri: "r:parts", name: "r", read: () => [{ uri: "r:parts/1", text: "one" }] }),
    defineResourceTemplate({
      uriTemplate: "t:{id}",
      name: "t",
      read: ({ id }) => (id === "0" ? undefined : `item ${id}`),
    }),
  ]);
  const get = (params: Params) => started(parts, { request: { method: "prompts/get", params } }).outcome;
  const read = (params: Params) => started(parts, { request: { method: "resources/read", params } }).outcome;

  test("a prompt of one text is one message of the user", async () => {
    expect(await get({ name: "plain" })).toEqual({
      outcome: "complete",
      result: { description: "D", messages: [{ role: "user", content: { type: "text", text: "hello" } }] },
    });
    expect(await get({ name: "needy", arguments: { who: "Ann" } })).toMatchObject({
      result: { messages: [{ role: "assistant", content: { text: "hi Ann" } }] },
    });
  });

  test.each([
    ["an unknown name", { name: "nobody" }, "there is no prompt nobody"],
    ["no name", {}, "params.name is not the name of a prompt"],
    ["a missing argument", { name: "needy", arguments: { how: "so" } }, "the prompt needy needs the argument who"],
    ["an argument that is no text", { name: "needy", arguments: { who: 5 } }, "arguments is not an object of strings"],
  ])("a prompt with %s is refused", async (_what, params, why) => {
    expect(await get(params)).toMatchObject({
      outcome: "refused",
      error: { code: -32602, message: expect.stringContaining(why) },
    });
  });

  test("what breaks in a prompt is an internal error with a reference", async () => {
    expect(await get({ name: "broken" })).toMatchObject({
      outcome: "refused",
      error: { code: -32603, message: expect.not.stringContaining("secret") },
    });
  });

  test("a resource is text, bytes in base64, or parts of its own", async () => {
    expect(await read({ uri: "r:text" })).toMatchObject({
      result: { contents: [{ uri: "r:text", mimeType: "text/plain", text: "hello" }] },
    });
    expect(await read({ uri: "r:bytes" })).toMatchObject({ result: { contents: [{ uri: "r:bytes", blob: "AP8=" }] } });
    expect(await read({ uri: "r:parts" })).toMatchObject({ result: { contents: [{ uri: "r:parts/1", text: "one" }] } });
    expect(await read({ uri: "t:7" })).toMatchObject({ result: { contents: [{ uri: "t:7", text: "item 7" }] } });
  });

  test.each(["r:none", "t:0", "t:a/b"])("%s is not there, and the refusal says which", async (uri) => {
    expect(await read({ uri })).toEqual({
      outcome: "refused",
      error: { code: -32602, message: expect.any(String), status: 200, data: { uri } },
    });
  });

  test("a uri that is no text is refused", async () => {
    expect(await read({ uri: 5 })).toMatchObject({ outcome: "refused", error: { code: -32602 } });
  });
});

test("an unknown tool is a refusal of the params", async () => {
  const parts = mcpParts([]);

  expect(await started(parts, { request: { params: { name: "nobody" } } }).outcome).toMatchObject({
    outcome: "refused",
    error: { code: -32602, message: "Invalid params: there is no tool nobody" },
  });
});
