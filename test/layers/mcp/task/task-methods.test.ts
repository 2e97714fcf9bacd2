import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { JOB_ANSWERS_BYTES_MAX } from "../../../../layers/core/job/limits.ts";
import { form } from "../../../../layers/mcp/toolkit/ask.ts";
import { type CallScope, defineTool, ToolError, type Toolkit } from "../../../../layers/mcp/toolkit/tool.ts";
import { acme, anOrder } from "../../../fixtures/job-bench.ts";
import { modernRequest } from "../../../fixtures/mcp-messages.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { ASKABLE, type ToolJobs, toolJobs } from "../../../fixtures/tool-jobs.ts";

const job = (name: string, run: (scope: CallScope) => unknown, more: object = {}) =>
  defineTool({
    name,
    description: "",
    input: z.object({}),
    mode: "job",
    ...more,
    run: (_args, scope) => run(scope) as string,
  });

const question = (message: string) => form({ message, schema: z.object({ yes: z.boolean() }) });
const accepted = (content: object) => ({ action: "accept", content });
const TASK_UNKNOWN = { code: -32602, message: "Invalid params: there is no such task" };

let server: ToolJobs;

beforeEach(() => {
  const toolkit: Toolkit = [
    job("quick", () => ({ content: [{ type: "text", text: "done" }], structuredContent: { n: 1 }, meta: { m: 1 } })),
    job("slow", async (scope) => {
      scope.progress(3, 10, "three of them");
      await server.parts.clock.sleep(60_000, scope.signal);
      return "slowly done";
    }),
    job("reading", (scope) => server.parts.clock.sleep(60_000, scope.signal), { annotations: { readOnlyHint: true } }),
    job("deaf", () => server.parts.clock.sleep(60_000)),
    job("refusing", () => Promise.reject(new ToolError("Not with these."))),
    job("broken", () => Promise.reject(new TypeError("secret of the inside")), { rerunnable: false }),
    job("asking", async (scope) => {
      const { one, two } = await scope.ask({ one: question("One?"), two: question("Two?") });
      return `${one.action}, ${two.action}`;
    }),
  ];
  server = toolJobs({ toolkit });
});

async function begin(tool: string): Promise<string> {
  const { reply } = await server.call(tool);
  return z.looseObject({ taskId: z.string() }).parse(reply.result).taskId;
}

describe("tasks/get", () => {
  test("tells how far a task is that goes on", async () => {
    const taskId = await begin("slow");
    await server.elapse(1_000);

    const { reply } = await server.task("tasks/get", { taskId });

    expect(reply.result).toMatchObject({ status: "working", statusMessage: "3 of 10: three of them" });
    expect(reply.result).not.toHaveProperty("result");
    expect(reply.result).not.toHaveProperty("error");
  });

  test("has all that the tool answered, as its call would have", async () => {
    const task = await server.taskIn("completed", await begin("quick"));

    expect(task).toMatchObject({
      resultType: "complete",
      result: { content: [{ type: "text", text: "done" }], structuredContent: { n: 1 }, _meta: { m: 1 } },
    });
    expect(task).not.toHaveProperty("statusMessage");
  });

  test("says that a tool that refused has completed, with its refusal", async () => {
    const task = await server.taskIn("completed", await begin("refusing"));

    expect(task.result).toEqual({
      resultType: "complete",
      content: [{ type: "text", text: "Not with these." }],
      isError: true,
    });
  });

  test("says that a tool that broke has failed, and nothing of its inside", async () => {
    const task = await server.taskIn("failed", await begin("broken"));

    expect(task.error).toEqual({ code: -32603, message: "The work failed unexpectedly." });
    expect(task.statusMessage).toBe("The work failed unexpectedly.");
    expect(task).not.toHaveProperty("result");
    expect(server.bench.reports).toEqual([new TypeError("secret of the inside")]);
  });

  test("moves the end of a task's life on with the time, and never back", async () => {
    const taskId = await begin("slow");
    const first = await server.task("tasks/get", { taskId });
    await server.elapse(10_000);

    const later = await server.task("tasks/get", { taskId });

    const WEEK_MS = 604_800_000;
    expect(first.reply.result?.ttlMs).toBeGreaterThanOrEqual(WEEK_MS);
    expect(later.reply.result?.ttlMs).toBeGreaterThanOrEqual(WEEK_MS + 10_000);
    expect(Number.isInteger(later.reply.result?.ttlMs)).toBe(true);
  });
});

describe("a task", () => {
  test.each(["tasks/get", "tasks/update", "tasks/cancel"])("is not there for %s of anybody else", async (method) => {
    const taskId = await begin("slow");

    const colleague = await server.task(
      method,
      { taskId, inputResponses: {} },
      { principal: principalOf({ subject: "bob" }) },
    );
    const namesake = await server.task(
      method,
      { taskId, inputResponses: {} },
      { principal: principalOf({ tenantId: tenant("globex") }) },
    );

    expect(colleague.reply.error).toEqual(TASK_UNKNOWN);
    expect(namesake.reply.error).toEqual(TASK_UNKNOWN);
    expect(await server.task("tasks/get", { taskId })).toMatchObject({ reply: { result: { status: "working" } } });
  });

  test.each([
    ["that nobody made", "job_000000000aaaaaaaaaaaaaaaaaaaaaa"],
    ["of no form", "tasks-conformance-nonexistent-12345"],
  ])("%s is unknown", async (_what, taskId) => {
    for (const method of ["tasks/get", "tasks/update", "tasks/cancel"]) {
      const { status, reply } = await server.task(method, { taskId, inputResponses: {} });

      expect(reply.error).toEqual(TASK_UNKNOWN);
      expect(status).toBe(200);
    }
  });

  test("is no job of another kind, though its own principal submitted it", async () => {
    const submitted = await server.bench.jobs.submit(acme, anOrder());

    const taskId = submitted.ok ? submitted.value.job.jobId : "";
    const { reply } = await server.task("tasks/get", { taskId });

    expect(reply.error).toEqual(TASK_UNKNOWN);
  });

  test.each(["tasks/get", "tasks/update", "tasks/cancel"])("is not for %s without the extension", async (method) => {
    const taskId = await begin("slow");

    const { status, reply } = await server.task(method, { taskId, inputResponses: {} }, { capabilities: ASKABLE });

    expect(status).toBe(400);
    expect(reply.error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { extensions: { "io.modelcontextprotocol/tasks": {} } } },
    });
  });
});

describe("tasks/update", () => {
  test("answers some of the questions, and the others wait on", async () => {
    const taskId = await begin("asking");
    const asked = await server.taskIn("input_required", taskId);

    const { reply } = await server.task("tasks/update", { taskId, inputResponses: { one: accepted({ yes: true }) } });
    const still = await server.task("tasks/get", { taskId });
    await server.task("tasks/update", { taskId, inputResponses: { two: { action: "decline" } } });
    const task = await server.taskIn("completed", taskId);

    expect(Object.keys(Object(asked.inputRequests))).toEqual(["one", "two"]);
    expect(Object(asked.inputRequests).one).toMatchObject({
      method: "elicitation/create",
      params: { mode: "form", message: "One?" },
    });
    expect(reply.result).toEqual({ resultType: "complete", _meta: expect.anything() });
    expect(Object.keys(Object(still.reply.result?.inputRequests))).toEqual(["two"]);
    expect(task.result).toMatchObject({ content: [{ text: "accept, decline" }] });
  });

  test("leaves out what was never asked, was answered before, or is no answer", async () => {
    const taskId = await begin("asking");
    await server.taskIn("input_required", taskId);
    await server.task("tasks/update", { taskId, inputResponses: { one: accepted({ yes: true }) } });

    const { reply } = await server.task("tasks/update", {
      taskId,
      inputResponses: { one: { action: "decline" }, three: accepted({}), two: "yes" },
    });
    await server.task("tasks/update", { taskId, inputResponses: { two: accepted({ yes: true }) } });
    const task = await server.taskIn("completed", taskId);

    expect(reply.result).toMatchObject({ resultType: "complete" });
    expect(task.result).toMatchObject({ content: [{ text: "accept, accept" }] });
  });

  test("may come twice at once, and is taken note of both times", async () => {
    const taskId = await begin("asking");
    await server.taskIn("input_required", taskId);
    const params = { taskId, inputResponses: { one: accepted({ yes: true }), two: accepted({ yes: true }) } };

    const answers = await Promise.all([server.task("tasks/update", params), server.task("tasks/update", params)]);

    expect(answers.map(({ reply }) => reply.result?.resultType)).toEqual(["complete", "complete"]);
    expect(await server.taskIn("completed", taskId)).toMatchObject({
      result: { content: [{ text: "accept, accept" }] },
    });
  });

  test("of a task that asks nothing changes nothing", async () => {
    const taskId = await begin("slow");

    const { reply } = await server.task("tasks/update", { taskId, inputResponses: { one: accepted({}) } });

    expect(reply.result).toMatchObject({ resultType: "complete" });
    expect(await server.task("tasks/get", { taskId })).toMatchObject({ reply: { result: { status: "working" } } });
  });

  test("is refused where the answers are too large, or none", async () => {
    const taskId = await begin("asking");
    await server.taskIn("input_required", taskId);

    const large = await server.task("tasks/update", {
      taskId,
      inputResponses: { one: accepted({ yes: "x".repeat(JOB_ANSWERS_BYTES_MAX) }) },
    });
    const none = await server.task("tasks/update", { taskId, inputResponses: [] });

    expect(large.reply.error).toMatchObject({ code: -32602, message: expect.stringContaining("at most 65536") });
    expect(none.reply.error).toEqual({ code: -32602, message: "Invalid params: inputResponses is not an object" });
  });
});

describe("tasks/cancel", () => {
  test("stops a tool that tells nothing of itself within three seconds", async () => {
    const taskId = await begin("deaf");
    await server.elapse(500);

    const { reply } = await server.task("tasks/cancel", { taskId });
    await server.elapse(3_000);
    const stopped = await server.task("tasks/get", { taskId });

    expect(reply.result).toEqual({ resultType: "complete", _meta: expect.anything() });
    expect(stopped.reply.result).toMatchObject({ status: "cancelled" });
    expect(stopped.reply.result).not.toHaveProperty("statusMessage");
  });

  test("ends a task that waits for answers at once", async () => {
    const taskId = await begin("asking");
    await server.taskIn("input_required", taskId);

    await server.task("tasks/cancel", { taskId });
    const { reply } = await server.task("tasks/get", { taskId });

    expect(reply.result).toMatchObject({ status: "cancelled" });
    expect(reply.result).not.toHaveProperty("inputRequests");
  });

  test("of a task that has ended is taken note of, and changes nothing", async () => {
    const taskId = await begin("quick");
    await server.taskIn("completed", taskId);

    const { reply } = await server.task("tasks/cancel", { taskId });

    expect(reply.result).toEqual({ resultType: "complete", _meta: expect.anything() });
    expect(await server.task("tasks/get", { taskId })).toMatchObject({ reply: { result: { status: "completed" } } });
  });
});

describe("a viewer", () => {
  const viewer = { principal: principalOf({ role: "viewer", subject: "vic" }) };

  test("looks after the tasks of its own, and may stop them", async () => {
    const begun = await server.call("reading", {}, viewer);
    const { taskId } = Object(begun.reply.result);

    const got = await server.task("tasks/get", { taskId }, viewer);
    const cancelled = await server.task("tasks/cancel", { taskId }, viewer);

    expect(got.reply.result).toMatchObject({ status: "working" });
    expect(cancelled.reply.result).toMatchObject({ resultType: "complete" });
  });

  test("begins none of a tool that may change something", async () => {
    const { status, reply } = await server.call("quick", {}, viewer);

    expect(status).toBe(403);
    expect(reply.error).toMatchObject({ data: { reason: "role_forbidden" } });
  });
});

describe("the extension", () => {
  test("is told of by a server with jobs", async () => {
    const { reply } = await server.send(modernRequest("server/discover"));

    expect(reply.result?.capabilities).toMatchObject({ extensions: { "io.modelcontextprotocol/tasks": {} } });
    expect(reply.result?.capabilities).not.toHaveProperty("tasks");
  });

  test.each(["tasks/list", "tasks/result"])("has no %s any more", async (method) => {
    const { status, reply } = await server.task(method, { taskId: "x" });

    expect(status).toBe(404);
    expect(reply.error).toMatchObject({ code: -32601 });
  });
});
