import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { proves } from "../../conformance/proves.ts";
import { type Fleet, startFleet } from "../../fixtures/fleet.ts";
import { type Door, socketDoor } from "../../fixtures/http-exchange.ts";
import {
  answerTo,
  type Fields,
  MODERN,
  modernCall,
  modernRequest,
  type RpcMessage,
  textOf,
} from "../../fixtures/mcp-messages.ts";

let fleet: Fleet;
let door: Door;

beforeAll(async () => {
  fleet = await startFleet({ size: 1 });
  door = socketDoor(`${fleet.url}/mcp`);
});

afterAll(() => fleet.close());

async function resultOf(method: string, params: Fields = {}): Promise<NonNullable<RpcMessage["result"]>> {
  const { reply } = await answerTo(door, modernRequest(method, params));
  return reply.result ?? {};
}

const PROTOCOL_VERSION = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";

for (const [what, _meta] of [
  ["no _meta", undefined],
  ["_meta that is no object", "2026-07-28"],
  ["no version", { [CAPABILITIES]: {} }],
  ["a version that is no text", { [PROTOCOL_VERSION]: 20260728, [CAPABILITIES]: {} }],
  ["no capabilities", { [PROTOCOL_VERSION]: MODERN }],
  ["capabilities that are no object", { [PROTOCOL_VERSION]: MODERN, [CAPABILITIES]: ["sampling"] }],
] as const) {
  proves("meta:required", what, async () => {
    const { headers } = modernRequest("server/discover");
    const body = JSON.stringify({ jsonrpc: "2.0", id: 5, method: "server/discover", params: { _meta } });

    const { status, reply } = await answerTo(door, { method: "POST", headers, body });

    expect([status, reply.error?.code, reply.id]).toEqual([400, -32602, 5]);
  });
}

test("a client need not say who it is", async () => {
  const { status, reply } = await answerTo(door, modernRequest("server/discover"));

  expect([status, reply.error]).toEqual([200, undefined]);
});

for (const [tool, requiredCapabilities] of [
  ["test_missing_capability", { sampling: {} }],
  ["test_input_required_result_elicitation", { elicitation: { form: {} } }],
  ["test_input_required_result_list_roots", { roots: {} }],
] as const) {
  proves("meta:capability", tool, async () => {
    const { status, reply } = await answerTo(door, modernCall(tool));

    expect([status, reply.error?.code]).toEqual([400, -32021]);
    expect(reply.error?.data).toEqual({ requiredCapabilities });
  });
}

proves("meta:each-request", async () => {
  const asked = await answerTo(door, modernCall("test_sampling", { prompt: "?" }, { capabilities: { sampling: {} } }));
  const forgetful = await answerTo(door, modernCall("test_sampling", { prompt: "?" }));

  expect(asked.reply.result?.resultType).toBe("input_required");
  expect(forgetful.reply.error?.code).toBe(-32021);
});

const REQUESTS: readonly (readonly [string, Fields])[] = [
  ["server/discover", {}],
  ["tools/list", {}],
  ["prompts/list", {}],
  ["resources/list", {}],
  ["resources/templates/list", {}],
  ["resources/read", { uri: "test://static-text" }],
  ["prompts/get", { name: "test_simple_prompt" }],
  ["tools/call", { name: "test_simple_text", arguments: {} }],
  ["tools/call", { name: "test_error_handling" }],
  [
    "completion/complete",
    { ref: { type: "ref/prompt", name: "test_simple_prompt" }, argument: { name: "a", value: "" } },
  ],
];

for (const [method, params] of REQUESTS) {
  proves("result:type", `${method} ${String(params.name ?? "")}`, async () => {
    expect((await resultOf(method, params)).resultType).toBe("complete");
  });

  proves("result:server-info", `${method} ${String(params.name ?? "")}`, async () => {
    const { _meta } = await resultOf(method, params);

    expect(_meta).toMatchObject({
      "io.modelcontextprotocol/serverInfo": { name: expect.any(String), version: expect.any(String) },
    });
  });
}

proves("discover:lists", async () => {
  const { supportedVersions, capabilities } = await resultOf("server/discover");

  expect(supportedVersions).toEqual([MODERN]);
  expect(capabilities).toMatchObject({ tools: {}, prompts: {}, resources: {}, completions: {}, logging: {} });
});

const Hints = z.looseObject({ ttlMs: z.int().min(0), cacheScope: z.enum(["private", "public"]) });

for (const [method, params] of REQUESTS) {
  proves("cache:hints", `${method} ${String(params.name ?? "")}`, async () => {
    const isCacheable = !["prompts/get", "tools/call", "completion/complete"].includes(method);

    const result = await resultOf(method, params);

    expect(Hints.safeParse(result).success).toBe(isCacheable);
    expect("ttlMs" in result).toBe(isCacheable);
  });
}

proves("cache:hints", "a question has none", async () => {
  const { reply } = await answerTo(
    door,
    modernCall("test_sampling", { prompt: "?" }, { capabilities: { sampling: {} } }),
  );

  expect(reply.result).toMatchObject({ resultType: "input_required" });
  expect(Object.keys(reply.result ?? {})).not.toContain("ttlMs");
});

for (const params of [{ name: "no_such_tool" }, { name: "__proto__" }, { name: "constructor" }]) {
  proves("tools:unknown", params.name, async () => {
    const { status, reply } = await answerTo(door, modernRequest("tools/call", { ...params, arguments: {} }));

    expect([status, reply.error?.code]).toEqual([200, -32602]);
  });
}

for (const [what, args] of [
  ["of the wrong type", { summands: "1" }],
  ["missing", {}],
  ["with a wrong part", { summands: [1, "2"] }],
  ["null", { summands: null }],
] as const) {
  proves("tools:arguments", what, async () => {
    const answer = await answerTo(door, modernCall("sum", args));

    expect(answer.reply.result?.isError).toBe(true);
    expect(textOf(answer)).toMatch(/summands/);
  });
}

for (const args of [[], "text", 7]) {
  proves("tools:arguments", `${JSON.stringify(args)} is no object of arguments`, async () => {
    const { reply } = await answerTo(door, modernRequest("tools/call", { name: "sum", arguments: args }));

    expect(reply.error?.code ?? reply.result?.isError).toSatisfy((told) => told === -32602 || told === true);
  });
}

for (const [tool, args, structured] of [
  ["sum", { summands: [1, 2] }, { sum: 3 }],
  ["count_up", { to: 2 }, [1, 2]],
] as const) {
  proves("tools:structured", tool, async () => {
    const answer = await answerTo(door, modernCall(tool, args));

    expect(answer.reply.result?.structuredContent).toEqual(structured);
    expect(JSON.parse(textOf(answer))).toEqual(structured);
  });
}

proves("tools:output", async () => {
  const answer = await answerTo(door, modernCall("unfit_output"));

  expect(answer.reply.result).toMatchObject({ isError: true });
  expect(answer.reply.result?.structuredContent).toBeUndefined();
});

proves("tools:failure", "an error of the tool", async () => {
  const answer = await answerTo(door, modernCall("throw_secret"));

  expect(answer.reply.result?.isError).toBe(true);
  expect(JSON.stringify(answer.messages)).not.toMatch(/4711|TypeError/);
});

proves("tools:failure", "a tool past its time", async () => {
  const answer = await answerTo(door, modernCall("hang"));

  expect(answer.reply.result?.isError).toBe(true);
});

proves("tools:failure", "an answer past the limit", async () => {
  const answer = await answerTo(door, modernCall("big", { bytes: 5 * 1024 * 1024 }));

  expect(answer.reply.result?.isError).toBe(true);
  expect(textOf(answer)).toMatch(/bytes/);
});

test("an answer just within the limit arrives whole", async () => {
  const answer = await answerTo(door, modernCall("big", { bytes: 4_000_000 }));

  expect(textOf(answer)).toHaveLength(4_000_000);
});

for (const uri of ["test://nowhere", "test://template/none/data", "file:///etc/passwd", "", "not a uri"]) {
  proves("resources:missing", `"${uri}"`, async () => {
    const { reply } = await answerTo(door, modernRequest("resources/read", { uri }));

    expect(reply.error).toMatchObject({ code: -32602, data: { uri } });
  });
}

for (const progressToken of ["t", 0, 7]) {
  proves("progress:asked", `by ${JSON.stringify(progressToken)}`, async () => {
    const { messages } = await answerTo(door, modernCall("test_tool_with_progress", {}, { meta: { progressToken } }));
    const reports = messages.slice(0, -1);

    expect(reports.map(({ params }) => [params?.progressToken, params?.progress])).toEqual([
      [progressToken, 0],
      [progressToken, 50],
      [progressToken, 100],
    ]);
    expect(messages.at(-1)?.result).toBeDefined();
  });
}

proves("progress:asked", "nobody asked", async () => {
  const { messages } = await answerTo(door, modernCall("test_tool_with_progress"));

  expect(messages).toHaveLength(1);
});

for (const [logLevel, count] of [
  [undefined, 0],
  ["warning", 0],
  ["info", 3],
  ["debug", 3],
] as const) {
  proves("logging:level", `${logLevel ?? "none"} of three messages of level info`, async () => {
    const meta = logLevel === undefined ? {} : { "io.modelcontextprotocol/logLevel": logLevel };

    const { messages } = await answerTo(door, modernCall("test_tool_with_logging", {}, { meta }));

    expect(messages.filter((message) => message.method === "notifications/message")).toHaveLength(count);
  });
}

proves("logging:level-unknown", async () => {
  const meta = { "io.modelcontextprotocol/logLevel": "loud" };

  const { reply } = await answerTo(door, modernCall("test_tool_with_logging", {}, { meta }));

  expect(reply.error?.code).toBe(-32602);
});
