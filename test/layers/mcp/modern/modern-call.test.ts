import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { z } from "zod";
import type { HttpReply } from "../../../../layers/core/http/http-message.ts";
import type { Caller } from "../../../../layers/mcp/call/caller.ts";
import {
  KEEP_ALIVE_MS,
  REQUEST_STATE_BYTES_MAX,
  STREAM_WAITING_CHARACTERS_MAX,
} from "../../../../layers/mcp/limits.ts";
import { answerCall } from "../../../../layers/mcp/modern/modern-call.ts";
import type { Params } from "../../../../layers/mcp/protocol/json-rpc.ts";
import { KEEP_ALIVE } from "../../../../layers/mcp/protocol/sse.ts";
import { roots } from "../../../../layers/mcp/toolkit/ask.ts";
import { type CallScope, definePrompt, type Toolkit } from "../../../../layers/mcp/toolkit/tool.ts";
import { callContext, type McpParts, mcpParts, modernCaller } from "../../../fixtures/mcp-parts.ts";
import { loose } from "../../../fixtures/started-call.ts";
import { passing } from "../../../fixtures/virtual-time.ts";

const SHAPE = { meta: {}, complete: (result: object) => ({ ...result, resultType: "complete" }) };

interface Given {
  readonly method?: "tools/call" | "prompts/get";
  readonly params?: Params;
  readonly caller?: Partial<Caller>;
}

const answer = (parts: McpParts, given: Given = {}): Promise<HttpReply> =>
  answerCall(
    parts.server,
    SHAPE,
    {
      kind: "request",
      id: 1,
      method: given.method ?? "tools/call",
      params: { name: "tool", arguments: {}, ...given.params },
    },
    modernCaller(parts, given.caller),
  );

const bodyOf = ({ body }: HttpReply) => (typeof body === "string" ? JSON.parse(body) : body);

async function eventsOf({ body }: HttpReply): Promise<string> {
  if (typeof body === "string" || body instanceof Uint8Array) throw new TypeError("the reply is no stream");
  let events = "";
  for await (const chunk of body) events += chunk;
  return events;
}

const messagesOf = (events: string) => [...events.matchAll(/^data: (.*)$/gm)].map(([, json = ""]) => JSON.parse(json));

const reporting = (run: (scope: CallScope) => unknown): Toolkit => [loose((_args, scope) => run(scope))];

test("a call that tells nothing on its way is answered with one object", async () => {
  const reply = await answer(mcpParts(reporting(() => "done")));

  expect(reply).toMatchObject({ status: 200, headers: { "content-type": "application/json" } });
  expect(bodyOf(reply)).toMatchObject({ id: 1, result: { resultType: "complete", content: [{ text: "done" }] } });
  expect(reply.log).toEqual({ operation: "tools/call", tool: "tool", outcome: "ok" });
});

test("a call that tells something is answered with a stream: what it tells, then the result", async () => {
  const parts = mcpParts(
    reporting(async (scope) => {
      scope.progress(1);
      await parts.clock.sleep(100);
      scope.log("info", "half");
      return "done";
    }),
  );

  const reply = await answer(parts, { caller: { progressToken: "p", logLevel: "info" } });
  const events = await passing(parts.clock, eventsOf(reply));

  expect(reply.headers["content-type"]).toBe("text/event-stream");
  expect(messagesOf(events)).toMatchObject([
    { method: "notifications/progress", params: { progress: 1 } },
    { method: "notifications/message", params: { data: "half" } },
    { id: 1, result: { content: [{ text: "done" }] } },
  ]);
});

test("a call that keeps its caller waiting becomes a stream with signs of life", async () => {
  const parts = mcpParts(
    reporting(async () => {
      await parts.clock.sleep(3 * KEEP_ALIVE_MS);
      return "done";
    }),
  );

  const reply = await passing(parts.clock, answer(parts));
  const events = await passing(parts.clock, eventsOf(reply));

  expect(events.split(KEEP_ALIVE).length - 1).toBe(2);
  expect(messagesOf(events)).toMatchObject([{ id: 1, result: { content: [{ text: "done" }] } }]);
});

test("a caller that is gone gets nothing more, and the stream ends", async () => {
  const gone = new AbortController();
  const parts = mcpParts(
    reporting(async (scope) => {
      scope.progress(1);
      await parts.clock.sleep(60_000);
    }),
  );
  const context = callContext(parts, { signal: gone.signal });

  const reply = await answer(parts, { caller: { progressToken: 1, context } });
  gone.abort();
  const events = await passing(parts.clock, eventsOf(reply));

  expect(messagesOf(events)).toHaveLength(1);
  expect(reply.log?.outcome).toBe("cancelled");
});

test("what a caller does not read of progress is bounded, and the result comes all the same", async () => {
  const message = "x".repeat(10_000);
  const parts = mcpParts(
    reporting((scope) => {
      for (let n = 1; n <= 1_000; n++) scope.progress(n, 1_000, message);
      return "done";
    }),
  );

  const events = await eventsOf(await answer(parts, { caller: { progressToken: 1 } }));

  expect(events.length).toBeLessThan(STREAM_WAITING_CHARACTERS_MAX + 2 * message.length);
  expect(messagesOf(events).at(-1)).toMatchObject({ id: 1, result: { content: [{ text: "done" }] } });
});

test("a question that JSON can't hold fails the call and nothing else, in one object as in a stream", async () => {
  const question = { ...roots(), request: { method: "roots/list", params: { big: 1n } } } as const;
  const parts = mcpParts(
    reporting((scope) => {
      scope.progress(1);
      return scope.ask({ question });
    }),
  );

  const unary = bodyOf(await answer(parts));
  const [, streamed] = messagesOf(await eventsOf(await answer(parts, { caller: { progressToken: 1 } })));

  for (const reply of [unary, streamed]) {
    expect(reply.result).toMatchObject({ isError: true, resultType: "complete" });
  }
});

test("arguments too deep to be signed fail the call that asks and nothing else, also where it streams already", async () => {
  const parts = mcpParts(
    reporting((scope) => {
      scope.progress(1);
      return scope.ask({ question: roots() });
    }),
  );
  const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);

  const reply = await answer(parts, { params: { arguments: { deep } }, caller: { progressToken: 1 } });
  const messages = messagesOf(await eventsOf(reply));
  await turn();

  expect(messages.at(-1)).toMatchObject({ id: 1, error: { code: -32603 } });
  expect(parts.reports).toHaveLength(1);
});

test("answers too large to be carried along fail the call, in the shape of its method", async () => {
  const asking = (scope: CallScope) => scope.ask({ question: roots() });
  const parts = mcpParts([
    loose((_args, scope) => asking(scope)),
    definePrompt({ name: "tool", get: async (_args, scope) => `${await asking(scope)}` }),
  ]);
  const params = { inputResponses: { other: "x".repeat(REQUEST_STATE_BYTES_MAX) } };

  const tool = bodyOf(await answer(parts, { params }));
  const prompt = bodyOf(await answer(parts, { method: "prompts/get", params }));

  expect(tool.result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/65536 bytes/) }] });
  expect(prompt).toMatchObject({ error: { code: -32603, message: expect.stringMatching(/65536 bytes/) } });
});

test("a question goes out with the state to come back with, and the answer gets the result", async () => {
  const parts = mcpParts(reporting(async (scope) => `${(await scope.ask({ where: roots() })).where.length} roots`));

  const { result } = bodyOf(await answer(parts));
  expect(result).toMatchObject({ resultType: "input_required", inputRequests: { where: { method: "roots/list" } } });

  const inputResponses = { where: { roots: [{ uri: "file:///a" }] }, extra: "ignored" };
  const second = bodyOf(await answer(parts, { params: { requestState: result.requestState, inputResponses } }));
  expect(second.result).toMatchObject({ resultType: "complete", content: [{ text: "1 roots" }] });
});

test("the log line tells the tool and how it ended, and never names a tool that is not there", async () => {
  const parts = mcpParts([
    loose(() => ({ content: [], isError: true })),
    loose((_args, scope) => scope.ask({ q: roots() }), { name: "asks" }),
    loose(() => "", { name: "strict", input: z.object({ n: z.number() }) }),
  ]);
  const logOf = async (name: string) => (await answer(parts, { params: { name } })).log;

  expect(await logOf("tool")).toMatchObject({ tool: "tool", outcome: "tool_error" });
  expect(await logOf("asks")).toMatchObject({ tool: "asks", outcome: "input_required" });
  expect(await logOf("strict")).toMatchObject({ tool: "strict", outcome: "tool_error" });
  expect(await logOf("secret-token")).toEqual({ operation: "tools/call", outcome: "-32602" });
});
