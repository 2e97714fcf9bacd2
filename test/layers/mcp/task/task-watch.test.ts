import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { TASKS_LISTENED_MAX } from "../../../../layers/mcp/limits.ts";
import { form } from "../../../../layers/mcp/toolkit/ask.ts";
import { defineTool } from "../../../../layers/mcp/toolkit/tool.ts";
import { type Fields, modernRequest, type RpcMessage } from "../../../fixtures/mcp-messages.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import { ASKABLE, type Sender, type ToolJobs, toolJobs, WITH_TASKS } from "../../../fixtures/tool-jobs.ts";

const LISTEN_MS = 20_000;

let server: ToolJobs;
let leaving: AbortController;

beforeEach(() => {
  leaving = new AbortController();
  server = toolJobs({
    toolkit: [
      defineTool({
        name: "asking",
        description: "",
        input: z.object({}),
        mode: "job",
        run: async (_args, scope) => {
          scope.progress(1, 2);
          await server.parts.clock.sleep(3_000, scope.signal);
          const { go } = await scope.ask({ go: form({ message: "Go on?", schema: z.object({}) }) });
          return go.action;
        },
      }),
    ],
    given: { listenMs: LISTEN_MS },
  });
});

afterEach(() => leaving.abort());

async function begin(): Promise<string> {
  const { reply } = await server.call("asking");
  return z.looseObject({ taskId: z.string() }).parse(reply.result).taskId;
}

const listening = (notifications: Fields, sender: Sender = {}) =>
  server.send(
    modernRequest(
      "subscriptions/listen",
      { notifications },
      { id: "listen-1", capabilities: sender.capabilities ?? WITH_TASKS },
    ),
    sender,
  );

const told = (messages: readonly RpcMessage[]): unknown[] =>
  messages.flatMap(({ method, params }) => (method === "notifications/tasks" ? [params] : []));

describe("who listens for a task", () => {
  test("is told all of it, first as it is and then as it changes, up to its end and no more", async () => {
    const taskId = await begin();
    const heard = listening({ taskIds: [taskId] });
    await server.taskIn("input_required", taskId);
    await server.elapse(200);
    await server.task("tasks/update", { taskId, inputResponses: { go: { action: "accept", content: {} } } });

    const { messages, reply } = await heard;
    const ended = await server.task("tasks/get", { taskId });

    const { resultType: _type, _meta, ...task } = Object(ended.reply.result);
    const subscription = { "io.modelcontextprotocol/subscriptionId": "listen-1" };
    const notes = told(messages);
    expect(messages[0]).toMatchObject({
      method: "notifications/subscriptions/acknowledged",
      params: { notifications: { taskIds: [taskId] }, _meta: subscription },
    });
    expect(notes.map((note) => Object(note).status)).toEqual([
      "working",
      "working",
      "input_required",
      "working",
      "completed",
    ]);
    expect(notes.filter((note) => Object(note).status === "completed")).toEqual([
      { ...task, ttlMs: expect.any(Number), _meta: subscription },
    ]);
    expect(Object(notes.at(-1)).status).toBe("completed");
    expect(notes).toContainEqual(
      expect.objectContaining({ status: "input_required", inputRequests: { go: expect.anything() } }),
    );
    expect(messages.map(({ method }) => method)).not.toContain("notifications/progress");
    expect(reply.result).toMatchObject({ resultType: "complete", _meta: subscription });
  });

  test("is told of no change twice", async () => {
    const taskId = await begin();

    const { messages } = await listening({ taskIds: [taskId] });

    const notes = told(messages).map((note) => [Object(note).status, Object(note).statusMessage]);
    expect(notes).toEqual([
      ["working", undefined],
      ["working", "1 of 2"],
      ["input_required", "1 of 2"],
    ]);
  });

  test("hears of its own tasks alone, and is told which those are", async () => {
    const own = await begin();
    const others = await server.call("asking", {}, { principal: principalOf({ subject: "bob" }) });

    const { messages } = await listening({ taskIds: [others.reply.result?.taskId, own, own, "no task"] });

    expect(messages[0]?.params).toMatchObject({ notifications: { taskIds: [own] } });
    expect(new Set(told(messages).map((note) => Object(note).taskId))).toEqual(new Set([own]));
  });

  test("hears of what else it listens for too", async () => {
    const taskId = await begin();
    const heard = listening({ taskIds: [taskId], toolsListChanged: true });
    await server.parts.server.feed.publish(principalOf().tenantId, "tools");

    const { messages } = await heard;

    expect(messages.map(({ method }) => method)).toContain("notifications/tools/list_changed");
    expect(told(messages)).not.toEqual([]);
  });

  test("reads no feed where it listens for nothing that is told there", async () => {
    const taskId = await begin();
    await server.elapse(100);
    server.bench.operations();

    await listening({ taskIds: [taskId] });

    expect(Object.keys(server.bench.operations())).not.toContain("query MCP-FEED");
  });

  test("has to say that it knows tasks", async () => {
    const { status, reply } = await listening({ taskIds: [] }, { capabilities: ASKABLE });

    expect(status).toBe(400);
    expect(reply.error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { extensions: { "io.modelcontextprotocol/tasks": {} } } },
    });
  });

  test.each([["a text"], [[1]], [Array.from({ length: TASKS_LISTENED_MAX + 1 }, String)]])(
    "is refused for %j",
    async (taskIds) => {
      const { reply } = await listening({ taskIds });

      expect(reply.error).toEqual({
        code: -32602,
        message: "Invalid params: taskIds is not a list of up to 20 ids of tasks",
      });
    },
  );
});
