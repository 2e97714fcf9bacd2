import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { mcpHandler } from "../../../../functions/mcp/handler.ts";
import { JOB_AWAITED_MS } from "../../../../layers/mcp/limits.ts";
import { form } from "../../../../layers/mcp/toolkit/ask.ts";
import { type CallScope, defineTool, type Tool, ToolError } from "../../../../layers/mcp/toolkit/tool.ts";
import { handlerDoor } from "../../../fixtures/handler-door.ts";
import { answerTo, type Fields, modernCall, modernRequest, textOf } from "../../../fixtures/mcp-messages.ts";
import { callContext, type McpParts, mcpParts } from "../../../fixtures/mcp-parts.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import { ASKABLE, type ToolJobs, toolJobs, WITH_TASKS } from "../../../fixtures/tool-jobs.ts";

const PLAIN = { capabilities: ASKABLE };

type More = Partial<Omit<Tool, "run" | "input" | "kind">>;

const long = (run: (scope: CallScope) => unknown, more: More = {}) =>
  ({
    ...defineTool({
      name: "long",
      description: "Takes long",
      input: z.object({ size: z.string().default("M") }),
      mode: "job",
      run: (_args, scope) => run(scope) as string,
    }),
    ...more,
  }) satisfies Tool;

const stateOf = async ({ bench }: ToolJobs, jobId: string) => {
  const listed = await bench.jobs.list(principalOf().tenantId, {});
  if (!listed.ok) throw new TypeError(listed.problem.reason);
  return listed.value.jobs.find((job) => job.jobId === jobId)?.state;
};
const allJobs = async ({ bench }: ToolJobs) => {
  const listed = await bench.jobs.list(principalOf().tenantId, {});
  return listed.ok ? listed.value.jobs : [];
};

describe("a client with tasks", () => {
  test("is answered with a task that is there already", async () => {
    const server = toolJobs({ toolkit: [long(() => "done")], worked: false });

    const { reply } = await server.call("long");
    const got = await server.task("tasks/get", { taskId: reply.result?.taskId });

    expect(reply.result).toEqual({
      resultType: "task",
      taskId: expect.stringMatching(/^job_/),
      status: "working",
      createdAt: "2027-01-01T00:00:00.000Z",
      lastUpdatedAt: "2027-01-01T00:00:00.000Z",
      ttlMs: 604_800_000,
      pollIntervalMs: 1_000,
      _meta: { "io.modelcontextprotocol/serverInfo": { name: "under-test", version: "1.0.0" } },
    });
    expect(got.reply.result).toMatchObject({ resultType: "complete", taskId: reply.result?.taskId, status: "working" });
    expect(server.lastLog()).toEqual({ operation: "tasks/get", outcome: "ok" });
  });

  test("is told of its task in the log as such", async () => {
    const server = toolJobs({ toolkit: [long(() => "done")] });

    await server.call("long");

    expect(server.lastLog()).toEqual({ operation: "tools/call", tool: "long", outcome: "task" });
  });

  test("is answered at once where the tool does not run as a job, whatever it asks for", async () => {
    const server = toolJobs({ toolkit: [long(() => "done", { mode: "call" })] });

    const answer = await server.call("long");

    expect(textOf(answer)).toBe("done");
    expect(answer.reply.result).not.toHaveProperty("taskId");
    expect(await allJobs(server)).toEqual([]);
  });

  test("gets no task for arguments that do not fit", async () => {
    const server = toolJobs({ toolkit: [long(() => "done")] });

    const answer = await server.call("long", { size: 7 });

    expect(textOf(answer)).toMatch(/^Invalid arguments for the tool long: size/);
    expect(await allJobs(server)).toEqual([]);
  });

  test("is told where its tenant has too many jobs in flight", async () => {
    const server = toolJobs({ toolkit: [long(() => "done")], worked: false });
    server.bench.setLimit(1);
    await server.call("long");

    const answer = await server.call("long");

    expect(answer.reply.result).toMatchObject({ isError: true });
    expect(textOf(answer)).toBe("As many jobs are in flight as your plan allows (1); call again when one has ended.");
  });

  test("is told where its arguments are too large to keep", async () => {
    const server = toolJobs({ toolkit: [long(() => "done")] });

    const answer = await server.call("long", { size: "x".repeat(4 * 1024 * 1024) });

    expect(textOf(answer)).toMatch(/^The arguments have \d+ bytes; at most 4194304 can be kept for a job.$/);
  });
});

describe("a client without tasks", () => {
  test("gets the answer within its call, and the progress on the way", async () => {
    const server: ToolJobs = toolJobs({
      toolkit: [
        long(async (scope) => {
          for (const done of [1, 2]) {
            scope.progress(done, 2, `part ${done}`);
            await server.parts.clock.sleep(3_000);
          }
          return { content: [{ type: "text", text: "done" }], meta: { kept: true } };
        }),
      ],
    });

    const answer = await server.call("long", {}, { ...PLAIN, meta: { progressToken: "p" } });

    expect(answer.reply.result).toMatchObject({ resultType: "complete", content: [{ text: "done" }] });
    expect(answer.reply.result?._meta).toMatchObject({ kept: true });
    const told = answer.messages.filter(({ method }) => method === "notifications/progress");
    expect(told.map(({ params }) => params)).toEqual([
      { progressToken: "p", progress: 1, total: 2, message: "part 1" },
      { progressToken: "p", progress: 2, total: 2, message: "part 2" },
    ]);
  });

  test("gets the job's id where it takes longer than it waits, and the job goes on", async () => {
    const server: ToolJobs = toolJobs({
      toolkit: [long((scope) => server.parts.clock.sleep(JOB_AWAITED_MS + 5_000, scope.signal).then(() => "late"))],
    });
    const startedMs = server.parts.clock.nowMs();

    const answer = await server.call("long", {}, PLAIN);
    const waitedMs = server.parts.clock.nowMs() - startedMs;
    const jobId = String(Object(answer.reply.result?._meta)["skein/jobId"]);
    await server.elapse(6_000);

    expect(textOf(answer)).toBe(
      `long takes longer than this call can wait and goes on as the job ${jobId}. See how far it is with job_status, ` +
        "get what it comes to with job_result, or stop it with job_cancel.",
    );
    expect(answer.reply.result).not.toHaveProperty("isError");
    expect(waitedMs).toBeGreaterThanOrEqual(JOB_AWAITED_MS);
    expect(waitedMs).toBeLessThan(JOB_AWAITED_MS + 200);
    expect(await stateOf(server, jobId)).toBe("succeeded");
  });

  test("gets the id sooner where its door has less time", async () => {
    const server: ToolJobs = toolJobs({ toolkit: [long((scope) => server.parts.clock.sleep(60_000, scope.signal))] });
    const startedMs = server.parts.clock.nowMs();

    const answer = await server.call("long", {}, { ...PLAIN, context: { deadlineEpochMs: startedMs + 10_000 } });

    expect(textOf(answer)).toContain("goes on as the job");
    expect(server.parts.clock.nowMs()).toBeLessThan(startedMs + 8_000);
  });

  test("is not told of tools that are off for it", async () => {
    const server: ToolJobs = toolJobs({ toolkit: [long((scope) => server.parts.clock.sleep(60_000, scope.signal))] });

    const answer = await server.call("long", {}, { ...PLAIN, policy: { toolkits: ["under-test"] } });

    expect(textOf(answer)).toMatch(/goes on as the job job_\S+\.$/);
  });

  test("gets an error in the place of a value that it could check, where it is too late for that", async () => {
    const server: ToolJobs = toolJobs({
      toolkit: [
        long((scope) => server.parts.clock.sleep(60_000, scope.signal), { output: z.object({ sum: z.number() }) }),
      ],
    });

    const answer = await server.call("long", {}, PLAIN);

    expect(answer.reply.result).toMatchObject({ isError: true });
    expect(answer.reply.result).not.toHaveProperty("structuredContent");
  });

  test("that leaves has cancelled the job", async () => {
    const leaving = new AbortController();
    const stops: boolean[] = [];
    const server: ToolJobs = toolJobs({
      toolkit: [
        long(async (scope) => {
          leaving.abort();
          await server.parts.clock.sleep(30_000, scope.signal);
          stops.push(scope.signal.aborted);
          return "not stopped";
        }),
      ],
    });

    await server.call("long", {}, { ...PLAIN, context: { signal: leaving.signal } });
    await server.elapse(5_000);

    expect((await allJobs(server)).map(({ state }) => state)).toEqual(["cancelled"]);
    expect(stops).toEqual([true]);
    expect(server.lastLog()).toMatchObject({ outcome: "cancelled" });
  });

  test("whose process is about to end has not left: its job goes on", async () => {
    const leaving = new AbortController();
    const server: ToolJobs = toolJobs({
      toolkit: [
        long(async (scope) => {
          leaving.abort();
          await server.parts.clock.sleep(5_000, scope.signal);
          return scope.signal.aborted ? "stopped" : "not stopped";
        }),
      ],
      given: { closing: AbortSignal.abort() },
    });

    await server.call("long", {}, { ...PLAIN, context: { signal: leaving.signal } });
    await server.elapse(6_000);

    expect((await allJobs(server)).map(({ state }) => state)).toEqual(["succeeded"]);
  });

  test("is told why a job failed, and that one was cancelled", async () => {
    const server: ToolJobs = toolJobs({
      toolkit: [
        long(() => Promise.reject(new TypeError("secret")), { rerunnable: false }),
        { ...long((scope) => server.parts.clock.sleep(20_000, scope.signal)), name: "longer" },
      ],
    });

    const failed = await server.call("long", {}, PLAIN);
    const cancelling = server.call("longer", {}, PLAIN);
    await turn();
    const [running] = await allJobs(server);
    if (running !== undefined) await server.bench.jobs.cancel(running.tenantId, running.jobId);
    const cancelled = await cancelling;

    expect(textOf(failed)).toBe("The work failed unexpectedly.");
    expect(failed.reply.result).toMatchObject({ isError: true });
    expect(textOf(cancelled)).toMatch(/^The job job_\S+ was cancelled\.$/);
  });

  test("is refused a tool that is for clients with tasks alone, with what it lacks", async () => {
    const server = toolJobs({ toolkit: [long(() => "done", { taskOnly: true })] });

    const answer = await server.call("long", {}, PLAIN);

    expect(answer.status).toBe(400);
    expect(answer.reply.error).toEqual({
      code: -32021,
      message: "This is for clients that handle tasks: declare the extension io.modelcontextprotocol/tasks",
      data: { requiredCapabilities: { extensions: { "io.modelcontextprotocol/tasks": {} } } },
    });
    expect(await allJobs(server)).toEqual([]);
  });
});

const size = () => form({ message: "Which size?", schema: z.object({ size: z.string() }) });
const accepted = (content: object) => ({ action: "accept", content });

describe("a question of a job that a call waits for", () => {
  test("is the call's, and its answer goes to the same job", async () => {
    const runs: string[] = [];
    const server = toolJobs({
      toolkit: [
        long(async (scope) => {
          runs.push(`${scope.job?.jobId} ${scope.callId}`);
          const answers = await scope.ask({ which: size() });
          return answers.which.action === "accept" ? `size ${answers.which.content.size}` : "none";
        }),
      ],
    });

    const asked = await server.call("long", {}, PLAIN);
    const { requestState } = Object(asked.reply.result);
    const again = { requestState, inputResponses: { which: accepted({ size: "L" }) } };
    const answer = await resend(server, again);
    const replayed = await resend(server, again);

    expect(asked.reply.result).toMatchObject({
      resultType: "input_required",
      inputRequests: { which: { method: "elicitation/create", params: { message: "Which size?" } } },
    });
    expect(textOf(answer)).toBe("size L");
    expect(textOf(replayed)).toBe("size L");
    expect(runs).toHaveLength(2);
    expect(new Set(runs).size).toBe(1);
    expect(await allJobs(server)).toHaveLength(1);
  });

  test("is asked again under another name where the answer did not fit", async () => {
    const server = toolJobs({
      toolkit: [long(async (scope) => `got ${JSON.stringify((await scope.ask({ which: size() })).which)}`)],
    });

    const asked = await server.call("long", {}, PLAIN);
    const { requestState } = Object(asked.reply.result);
    const misfit = await resend(server, {
      requestState,
      inputResponses: { which: accepted({ size: 7 }) },
    });
    const fitting = await resend(server, {
      requestState: Object(misfit.reply.result).requestState,
      inputResponses: { "which#2": accepted({ size: "S" }) },
    });

    expect(Object.keys(Object(misfit.reply.result).inputRequests)).toEqual(["which#2"]);
    expect(textOf(fitting)).toBe('got {"action":"accept","content":{"size":"S"}}');
  });

  const resend = (server: ToolJobs, answers: Fields) =>
    server.send(modernRequest("tools/call", { name: "long", arguments: {}, ...answers }, PLAIN), PLAIN);
});

describe("what a tool prepares", () => {
  test("is asked within the call, and known to its job", async () => {
    const server = toolJobs({
      toolkit: [
        long(async (scope) => `size ${JSON.stringify((await scope.ask({ which: size() })).which)}`, {
          prepare: async (_args: never, scope: CallScope) => void (await scope.ask({ which: size() })),
        }),
      ],
    });

    const asked = await server.call("long");
    const { requestState } = Object(asked.reply.result);
    const inputResponses = { which: accepted({ size: "L" }) };
    const again = { name: "long", arguments: {}, requestState, inputResponses };
    const begun = await server.send(modernRequest("tools/call", again, { capabilities: WITH_TASKS }));
    const task = await server.taskIn("completed", begun.reply.result?.taskId);

    expect(asked.reply.result).toMatchObject({ resultType: "input_required" });
    expect(asked.reply.result).not.toHaveProperty("taskId");
    expect(begun.reply.result).toMatchObject({ resultType: "task", status: "working" });
    expect(begun.reply.result).not.toHaveProperty("requestState");
    expect(task.result).toMatchObject({ content: [{ text: 'size {"action":"accept","content":{"size":"L"}}' }] });
  });

  test("asks also where it makes nothing of being ended by its question", async () => {
    const server = toolJobs({
      toolkit: [
        long(() => "done", {
          prepare: async (_args: never, scope: CallScope) => {
            await scope.ask({ which: size() }).catch(() => undefined);
          },
        }),
      ],
    });

    const asked = await server.call("long");

    expect(asked.reply.result).toMatchObject({ resultType: "input_required", inputRequests: { which: {} } });
    expect(await allJobs(server)).toEqual([]);
  });

  test("may refuse before there is a job", async () => {
    const server = toolJobs({
      toolkit: [
        long(() => "done", {
          prepare: () => {
            throw new ToolError("Not today.");
          },
        }),
      ],
    });

    const answer = await server.call("long");

    expect(textOf(answer)).toBe("Not today.");
    expect(await allJobs(server)).toEqual([]);
  });
});

describe("a tool that is no job", () => {
  test("touches no store, whoever calls it", async () => {
    const server = toolJobs({ toolkit: [long(() => "done", { mode: "call" })] });
    server.bench.operations();

    await server.call("long");
    await server.call("long", {}, PLAIN);

    expect(server.bench.operations()).toEqual({});
  });
});

describe("a server without jobs", () => {
  const door = (parts: McpParts) => handlerDoor(mcpHandler(parts.server), () => callContext(parts));

  test("runs long tools within their calls, and tells nobody of tasks", async () => {
    const seen: unknown[] = [];
    const parts = mcpParts([
      long((scope) => {
        seen.push(scope.job);
        return "done";
      }),
    ]);

    const answer = await answerTo(door(parts), modernCall("long", {}, { capabilities: WITH_TASKS }));
    const discovered = await answerTo(door(parts), modernRequest("server/discover"));

    expect(textOf(answer)).toBe("done");
    expect(seen).toEqual([undefined]);
    expect(discovered.reply.result?.capabilities).not.toHaveProperty("extensions");
  });

  test.each(["tasks/get", "tasks/update", "tasks/cancel"])("does not know %s", async (method) => {
    const request = modernRequest(method, { taskId: "t" }, { headers: { "mcp-name": "t" }, capabilities: WITH_TASKS });

    const { status, reply } = await answerTo(door(mcpParts([])), request);

    expect(status).toBe(404);
    expect(reply.error).toMatchObject({ code: -32601 });
  });

  test("listens for no task", async () => {
    const parts = mcpParts([], { closing: AbortSignal.abort() });
    const request = modernRequest(
      "subscriptions/listen",
      { notifications: { taskIds: ["t"], toolsListChanged: true } },
      { capabilities: WITH_TASKS },
    );

    const { messages } = await answerTo(door(parts), request);

    expect(messages[0]?.params).toMatchObject({ notifications: { toolsListChanged: true } });
    expect(Object(messages[0]?.params).notifications).not.toHaveProperty("taskIds");
  });
});
