import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { proves } from "../../conformance/proves.ts";
import { type Fleet, startFleet } from "../../fixtures/fleet.ts";
import { type Door, serverSentEvents, socketDoor } from "../../fixtures/http-exchange.ts";
import {
  answerTo,
  type Fields,
  LEGACY,
  type LegacySession,
  openSession,
  RpcMessage,
  textOf,
  toolCall,
} from "../../fixtures/mcp-messages.ts";

let fleet: Fleet;
let door: Door;

beforeAll(async () => {
  fleet = await startFleet({ size: 2 });
  door = socketDoor(`${fleet.url}/mcp`);
});

afterAll(() => fleet.close());

const MODERN_ONLY = /resultType|ttlMs|cacheScope|"io\.modelcontextprotocol\/|inputRequests|requestState|-3202\d/;
const ToolList = z.looseObject({
  tools: z.array(z.looseObject({ name: z.string(), outputSchema: z.looseObject({}).optional() })),
});

for (const version of LEGACY) {
  const call = async (session: LegacySession, tool: string, args: Fields = {}) =>
    answerTo(door, session.request("tools/call", toolCall(tool, args)));

  proves("shape:modern-fields", version, async () => {
    const session = await openSession(door, version);
    const requests: [string, Fields][] = [
      ["tools/list", {}],
      ["resources/list", {}],
      ["resources/templates/list", {}],
      ["resources/read", { uri: "test://static-text" }],
      ["prompts/list", {}],
      ["prompts/get", { name: "test_simple_prompt" }],
      ["tools/call", toolCall("test_simple_text")],
      ["tools/call", toolCall("no_such_tool")],
      ["tools/call", toolCall("test_missing_capability")],
      [
        "completion/complete",
        { ref: { type: "ref/prompt", name: "test_simple_prompt" }, argument: { name: "a", value: "" } },
      ],
    ];

    for (const [method, params] of requests) {
      const { messages } = await answerTo(door, session.request(method, params));

      expect(messages, method).toHaveLength(1);
      expect(JSON.stringify(messages), method).not.toMatch(MODERN_ONLY);
    }
    expect(JSON.stringify(session.initialized)).not.toMatch(MODERN_ONLY);
  });

  proves("shape:missing-resource", version, async () => {
    const session = await openSession(door, version);

    const { reply } = await answerTo(door, session.request("resources/read", { uri: "test://nowhere" }));

    expect(reply.error).toMatchObject({ code: -32002, data: { uri: "test://nowhere" } });
  });

  proves("shape:elicitation", `${version}, without the capability`, async () => {
    const session = await openSession(door, version);

    const answer = await call(session, "test_elicitation", { message: "?" });

    expect(answer.reply.result?.isError).toBe(true);
  });

  test(`in ${version} a tool that is not there is an error, and wrong arguments are told to the model`, async () => {
    const session = await openSession(door, version);

    const unknown = await call(session, "no_such_tool");
    const wrong = await call(session, "sum", { summands: "1" });

    expect(unknown.reply.error?.code).toBe(-32602);
    expect(wrong.reply.result?.isError).toBe(true);
  });

  test(`in ${version} a method that is not there is an error`, async () => {
    const session = await openSession(door, version);

    const codes = [];
    for (const method of ["no/such", "server/discover", "subscriptions/listen", "tasks/list"]) {
      codes.push((await answerTo(door, session.request(method))).reply.error?.code);
    }

    expect(codes).toEqual([-32601, -32601, -32601, -32601]);
  });
}

for (const version of ["2025-11-25", "2025-06-18"] as const) {
  proves("shape:structured", `an object in ${version}`, async () => {
    const session = await openSession(door, version);

    const answer = await answerTo(door, session.request("tools/call", toolCall("sum", { summands: [1, 2] })));

    expect(answer.reply.result?.structuredContent).toEqual({ sum: 3 });
    expect(JSON.parse(textOf(answer))).toEqual({ sum: 3 });
  });

  proves("shape:structured", `a list is wrapped in ${version}, and its schema with it`, async () => {
    const session = await openSession(door, version);

    const answer = await answerTo(door, session.request("tools/call", toolCall("count_up", { to: 2 })));
    const { tools } = ToolList.parse((await answerTo(door, session.request("tools/list"))).reply.result);

    expect(answer.reply.result?.structuredContent).toEqual({ result: [1, 2] });
    expect(tools.find((tool) => tool.name === "count_up")?.outputSchema).toMatchObject({
      type: "object",
      properties: { result: { type: "array" } },
      required: ["result"],
    });
  });
}

proves("shape:structured", "none in 2025-03-26, nor what came with it", async () => {
  const session = await openSession(door, "2025-03-26");

  const answer = await answerTo(door, session.request("tools/call", toolCall("sum", { summands: [1, 2] })));
  const list = await answerTo(door, session.request("tools/list"));
  const link = await answerTo(door, session.request("tools/call", toolCall("link")));

  expect(Object.keys(answer.reply.result ?? {})).not.toContain("structuredContent");
  expect(JSON.parse(textOf(answer))).toEqual({ sum: 3 });
  expect(JSON.stringify(list.messages)).not.toMatch(/outputSchema/);
  expect(JSON.stringify(link.messages)).not.toMatch(/resource_link/);
});

for (const [capabilities, asks] of [
  [{ elicitation: {} }, true],
  [{ elicitation: { form: {} } }, true],
  [{ elicitation: { url: {} } }, false],
] as const) {
  proves("shape:elicitation", `2025-11-25 with ${JSON.stringify(capabilities)}`, async () => {
    const session = await openSession(door, "2025-11-25", capabilities);
    const raw = await door(session.request("tools/call", toolCall("test_elicitation", { message: "Who?" })));

    const told: RpcMessage[] = [];
    for await (const { data } of serverSentEvents(raw)) {
      if (data !== "") told.push(RpcMessage.parse(JSON.parse(data)));
      if (told.length > 0) break;
    }
    raw.leave();

    expect(told.map((message) => message.method ?? message.result?.isError)).toEqual([
      asks ? "elicitation/create" : true,
    ]);
  });
}
