import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { proves } from "../../conformance/proves.ts";
import { type Fleet, startFleet } from "../../fixtures/fleet.ts";
import { type Door, type RawReply, serverSentEvents, socketDoor } from "../../fixtures/http-exchange.ts";
import { answerTo, type Fields, modernCall, modernRequest, RpcMessage, textOf } from "../../fixtures/mcp-messages.ts";

let fleet: Fleet;
/** Two processes, and each request goes to the other one: no answer may depend on where it lands. */
let door: Door;

beforeAll(async () => {
  fleet = await startFleet({ size: 2 });
  door = socketDoor(`${fleet.url}/mcp`);
});

afterAll(() => fleet.close());

const capabilities = { elicitation: { form: {} }, sampling: {}, roots: {} };
const ASKS_NAME = "test_input_required_result_elicitation";
const accepted = (content: Fields): Fields => ({ action: "accept", content });

async function call(tool: string, more: Fields = {}, declared: Fields = capabilities) {
  return answerTo(
    door,
    modernRequest("tools/call", { name: tool, arguments: {}, ...more }, { capabilities: declared }),
  );
}

async function stateOf(tool: string): Promise<string> {
  const { reply } = await call(tool);
  return z.looseObject({ requestState: z.string() }).parse(reply.result).requestState;
}

test("a question is answered in another process", async () => {
  const requestState = await stateOf(ASKS_NAME);

  const answer = await call(ASKS_NAME, { requestState, inputResponses: { user_name: accepted({ name: "Ada" }) } });

  expect(textOf(answer)).toBe("Hello, Ada!");
});

for (const method of ["tools/list", "prompts/list", "resources/list", "server/discover"]) {
  proves("mrtr:where", method, async () => {
    const { reply } = await answerTo(
      door,
      modernRequest(method, { inputResponses: {}, requestState: "x" }, { capabilities }),
    );

    expect(reply.result?.resultType).toBe("complete");
  });
}

for (const [declared, asked] of [
  [{ elicitation: {} }, true],
  [{ elicitation: { form: {} } }, true],
  [{ elicitation: { form: {}, url: {} } }, true],
  [{ elicitation: { url: {} } }, false],
  [{}, false],
] as const) {
  proves("mrtr:declared", JSON.stringify(declared), async () => {
    const { reply } = await call(ASKS_NAME, {}, declared);

    expect(reply.result?.resultType ?? reply.error?.code).toBe(asked ? "input_required" : -32021);
  });
}

for (const [what, change] of [
  ["longer", (state: string) => `${state}x`],
  ["shorter", (state: string) => state.slice(0, -2)],
  ["another first letter", (state: string) => (state.startsWith("A") ? "B" : "A") + state.slice(1)],
  ["reversed", (state: string) => [...state].reverse().join("")],
  ["empty", () => ""],
  ["JSON", () => '{"round":1}'],
] as const) {
  proves("mrtr:tampered", what, async () => {
    const requestState = change(await stateOf(ASKS_NAME));

    const { reply } = await call(ASKS_NAME, { requestState, inputResponses: { user_name: accepted({ name: "Eve" }) } });

    expect(reply.error?.code).toBe(-32602);
  });
}

for (const requestState of [7, null, {}, ["x"]]) {
  proves("mrtr:tampered", `${JSON.stringify(requestState)} is no state`, async () => {
    const { reply } = await call(ASKS_NAME, { requestState });

    expect(reply.error?.code).toBe(-32602);
  });
}

proves("mrtr:request", "another tool", async () => {
  const requestState = await stateOf(ASKS_NAME);

  const { reply } = await call("test_input_required_result_request_state", { requestState });

  expect(reply.error?.code).toBe(-32602);
});

proves("mrtr:request", "other arguments", async () => {
  const ask = (prompt: string, more: Fields = {}) => call("test_sampling", { arguments: { prompt }, ...more });
  const { reply: asked } = await ask("harmless");
  const requestState = asked.result?.requestState;

  const { reply } = await ask("harmful", { requestState });

  expect(requestState).toEqual(expect.any(String));
  expect(reply.error?.code).toBe(-32602);
});

proves("mrtr:request", "the same arguments in another order are the same", async () => {
  const { reply } = await call("test_elicitation", { arguments: { message: "?", extra: 1 } });
  const { requestState } = z.looseObject({ requestState: z.string() }).parse(reply.result);

  const answer = await call("test_elicitation", {
    arguments: { extra: 1, message: "?" },
    requestState,
    inputResponses: { person: { action: "cancel" } },
  });

  expect(textOf(answer)).toBe("User response: action=cancel, content={}");
});

for (const [what, inputResponses] of [
  ["none", {}],
  ["under another key", { nobody: accepted({ name: "Ada" }) }],
  ["a number", { user_name: 12345 }],
  ["without an action", { user_name: { content: { name: "Ada" } } }],
  ["with an unknown action", { user_name: { action: "perhaps" } }],
  ["that does not fit the form", { user_name: accepted({ name: 7 }) }],
] as const) {
  proves("mrtr:again", `an answer ${what}`, async () => {
    const { reply } = await call(ASKS_NAME, { inputResponses });

    expect(reply.result).toMatchObject({ resultType: "input_required", inputRequests: { user_name: {} } });
  });
}

proves("mrtr:again", "an answer too much is ignored", async () => {
  const inputResponses = { user_name: accepted({ name: "Ada" }), other: { action: "accept" } };

  const answer = await call(ASKS_NAME, { inputResponses });

  expect(textOf(answer)).toBe("Hello, Ada!");
});

for (const inputResponses of [null, 7, "x", []]) {
  proves("mrtr:again", `${JSON.stringify(inputResponses)} in place of all answers is an error`, async () => {
    const { reply } = await call(ASKS_NAME, { inputResponses });

    expect(reply.error?.code).toBe(-32602);
  });
}

async function listen(
  notifications: Fields,
  at = fleet.url,
): Promise<{ raw: RawReply; next: () => Promise<RpcMessage> }> {
  const raw = await socketDoor(`${at}/mcp`)(modernRequest("subscriptions/listen", { notifications }, { id: "sub" }));
  const events = serverSentEvents(raw);
  const next = async () => {
    const { value } = await events.next();
    return RpcMessage.parse(JSON.parse(value?.data ?? "null"));
  };
  return { raw, next };
}

const SUBSCRIBED = { _meta: { "io.modelcontextprotocol/subscriptionId": "sub" } };

proves("listen:acknowledged", async () => {
  const { raw, next } = await listen({ toolsListChanged: true, promptsListChanged: false, weatherChanged: true });
  const first = await next();
  raw.leave();

  expect(first).toMatchObject({
    method: "notifications/subscriptions/acknowledged",
    params: { ...SUBSCRIBED, notifications: { toolsListChanged: true } },
  });
  expect(first.params?.notifications).toEqual({ toolsListChanged: true });
});

proves("listen:only-asked", async () => {
  const [here, there] = fleet.cells;
  const { raw, next } = await listen(
    { promptsListChanged: true, resourceSubscriptions: ["test://watched-resource"] },
    here?.url,
  );
  await next();

  const change = (tool: string, args: Fields = {}) => answerTo(socketDoor(`${there?.url}/mcp`), modernCall(tool, args));
  await change("test_trigger_tool_change");
  await change("touch_resource", { uri: "test://watched-resource" });
  await change("test_trigger_prompt_change");
  const told = [await next(), await next()];
  raw.leave();

  expect(told).toEqual([
    expect.objectContaining({
      method: "notifications/resources/updated",
      params: { ...SUBSCRIBED, uri: "test://watched-resource" },
    }),
    expect.objectContaining({ method: "notifications/prompts/list_changed", params: SUBSCRIBED }),
  ]);
});

for (const notifications of [undefined, null, [], { resourceSubscriptions: "x" }, { resourceSubscriptions: [7] }]) {
  proves("listen:acknowledged", `${JSON.stringify(notifications)} is no filter`, async () => {
    const { reply } = await answerTo(door, modernRequest("subscriptions/listen", { notifications }));

    expect(reply.error?.code).toBe(-32602);
  });
}

proves("listen:end", async () => {
  const one = await startFleet({ size: 1 });
  try {
    const { next } = await listen({ toolsListChanged: true }, one.cells[0]?.url);
    await next();

    one.cells[0]?.kill("SIGTERM");
    const last = await next();
    const { code } = (await one.cells[0]?.exited) ?? {};

    expect(last).toMatchObject({ id: "sub", result: { resultType: "complete", ...SUBSCRIBED } });
    expect(code).toBe(0);
  } finally {
    await one.close();
  }
});
