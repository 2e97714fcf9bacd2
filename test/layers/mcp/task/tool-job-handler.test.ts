import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Result, refused } from "../../../../layers/core/result.ts";
import type { Standing, StandingLost, StandingOf } from "../../../../layers/core/tenant/standing.ts";
import { REPLY_BYTES_MAX } from "../../../../layers/mcp/limits.ts";
import { TOOL_JOB } from "../../../../layers/mcp/task/tool-job.ts";
import { form, model } from "../../../../layers/mcp/toolkit/ask.ts";
import { type CallScope, defineTool, type ToolAnnotations } from "../../../../layers/mcp/toolkit/tool.ts";
import { acme } from "../../../fixtures/job-bench.ts";
import { policyOf, principalOf } from "../../../fixtures/principals.ts";
import { type ToolJobs, type ToolJobsOptions, toolJobs, WITH_TASKS } from "../../../fixtures/tool-jobs.ts";

type Run = (scope: CallScope, args: Readonly<Record<string, unknown>>) => unknown;

const tool = (run: Run, more: { annotations?: ToolAnnotations; rerunnable?: boolean; timeoutMs?: number } = {}) =>
  defineTool({
    name: "tool",
    description: "",
    input: z.looseObject({}),
    mode: "job",
    ...more,
    run: (args, scope) => run(scope, args) as string,
  });

const withTool = (run: Run, more: Parameters<typeof tool>[1] = {}, options: Partial<ToolJobsOptions> = {}): ToolJobs =>
  toolJobs({ toolkit: [tool(run, more)], ...options });

async function begin(server: ToolJobs, args: object = {}): Promise<string> {
  const { reply } = await server.call("tool", { ...args });
  return z.looseObject({ taskId: z.string() }).parse(reply.result).taskId;
}

const stored = async ({ bench }: ToolJobs) => {
  const listed = await bench.jobs.list(acme, {});
  return listed.ok ? listed.value.jobs[0] : undefined;
};

const standing = (given: Partial<Standing>): StandingOf => {
  const principal = principalOf();
  return async () => ({ ok: true, value: { principal, policy: policyOf(acme), ...given } });
};
const lost = (reason: StandingLost["reason"]): StandingOf => {
  const answer: Result<Standing, StandingLost> = refused({ reason });
  return async () => answer;
};

describe("a tool that runs as a job", () => {
  test("runs in the name of whoever called it, as they stand now, with the arguments of the call", async () => {
    const seen: unknown[] = [];
    const viewer = principalOf({ role: "viewer" });
    const server = withTool(
      ({ tenantId, principal, job, limits }, args) => {
        seen.push({ tenantId, principal, args, term: job?.term, requestsPerSecond: limits.requestsPerSecond });
        return "done";
      },
      { annotations: { readOnlyHint: true } },
      {
        standingOf: standing({
          principal: viewer,
          policy: policyOf(acme, { limits: { ...policyOf(acme).limits, requestsPerSecond: 7 } }),
        }),
      },
    );

    await server.taskIn("completed", await begin(server, { size: "L" }));

    expect(seen).toEqual([{ tenantId: acme, principal: viewer, args: { size: "L" }, term: 1, requestsPerSecond: 7 }]);
  });

  test.each<[what: string, standingOf: StandingOf, message: string]>([
    ["tenant is not active", lost("tenant_inactive"), "The tenant is not active any more."],
    ["caller was removed", lost("member_removed"), "Whoever called the tool is no member of the tenant any more."],
    [
      "caller's key was revoked",
      lost("api_key_over"),
      "The API key that the tool was called with was revoked, or is over.",
    ],
    [
      "caller may only read by now",
      standing({ principal: principalOf({ role: "viewer" }) }),
      "Whoever called the tool has no role any more that may: owner, admin, developer.",
    ],
    [
      "caller never had the scope",
      standing({ principal: principalOf({ scopes: [] }) }),
      "The tool was called without the scope mcp:call, which it needs.",
    ],
  ])("does not run where its %s", async (_what, standingOf, message) => {
    const runs: string[] = [];
    const server = withTool(() => runs.push("run"), {}, { standingOf });

    const task = await server.taskIn("failed", await begin(server));

    expect(task.error).toEqual({ code: -32603, message });
    expect(runs).toEqual([]);
    expect((await stored(server))?.attempts).toBe(1);
  });

  test("does not run where its toolkit was turned off", async () => {
    const standingOf = standing({ policy: policyOf(acme, { toolkits: ["jobs"] }) });
    const server = withTool(() => "done", {}, { standingOf });

    const task = await server.taskIn("failed", await begin(server));

    expect(task.error).toEqual({ code: -32602, message: "There is no tool tool any more." });
  });

  test("runs where its toolkit is one of those that are on", async () => {
    const standingOf = standing({ policy: policyOf(acme, { toolkits: ["under-test"] }) });
    const server = withTool(() => "done", {}, { standingOf });

    expect(await server.taskIn("completed", await begin(server))).toMatchObject({ result: { content: [{}] } });
  });

  test.each([
    ["names no tool", { arguments: {} }, -32602, "The job does not say which tool is to be called."],
    ["names one that is not there", { tool: "other" }, -32602, "There is no tool other any more."],
  ])("is no job that %s", async (_what, input, code, message) => {
    const server = withTool(() => "done");
    const order = { kind: TOOL_JOB, title: "by hand", input, submitter: principalOf() };
    const submitted = await server.bench.jobs.submit(acme, order);

    const taskId = submitted.ok ? submitted.value.job.jobId : "";

    expect((await server.taskIn("failed", taskId)).error).toEqual({ code, message });
  });

  test("may be submitted by hand, with its name alone", async () => {
    const callIds: string[] = [];
    const server = withTool(({ callId }) => {
      callIds.push(callId);
      return "done";
    });
    const order = { kind: TOOL_JOB, title: "by hand", input: { tool: "tool" }, submitter: principalOf() };
    const submitted = await server.bench.jobs.submit(acme, order);

    const taskId = submitted.ok ? submitted.value.job.jobId : "";
    await server.taskIn("completed", taskId);

    expect(callIds).toEqual([taskId]);
  });

  test("is ended as a call would be where it takes longer than it may", async () => {
    const server: ToolJobs = withTool(({ signal }) => server.parts.clock.sleep(60_000, signal), { timeoutMs: 5_000 });

    const task = await server.taskIn("completed", await begin(server));

    expect(task.result).toEqual({
      resultType: "complete",
      isError: true,
      content: [{ type: "text", text: "It did not finish in the time it may take and was stopped." }],
    });
  });

  test("has more time than a call where it names none", async () => {
    const server: ToolJobs = withTool(async ({ signal }) => {
      await server.parts.clock.sleep(300_000, signal);
      return "done";
    });

    const task = await server.taskIn("completed", await begin(server));

    expect(task.result).toMatchObject({ content: [{ text: "done" }] });
  });

  test("that answers more than can be sent has answered that", async () => {
    const server = withTool(() => "x".repeat(REPLY_BYTES_MAX));

    const task = await server.taskIn("completed", await begin(server));

    expect(task.result).toMatchObject({ isError: true, content: [{ text: expect.stringMatching(/^The answer has/) }] });
  });
});

describe("a tool that breaks", () => {
  test("is run again, with the same call id and a higher term", async () => {
    const runs: unknown[] = [];
    const server = withTool(({ callId, job }) => {
      runs.push({ callId, term: job?.term });
      if (runs.length < 3) throw new TypeError("not yet");
      return "at last";
    });

    const task = await server.taskIn("completed", await begin(server));

    const { callId } = Object(runs[0]);
    expect(runs).toEqual([1, 2, 3].map((term) => ({ callId, term })));
    expect(task.result).toMatchObject({ content: [{ text: "at last" }] });
    expect(server.parts.reports).toEqual([]);
  });

  test("is not run again where it says so", async () => {
    const runs: string[] = [];
    const server = withTool(
      () => {
        runs.push("run");
        throw new TypeError("broken");
      },
      { rerunnable: false },
    );

    const task = await server.taskIn("failed", await begin(server));
    await server.elapse(10_000);

    expect(task.error).toMatchObject({ code: -32603 });
    expect(runs).toEqual(["run"]);
  });
});

const size = () => form({ message: "Which size?", schema: z.object({ size: z.string() }) });

describe("what a job's tool asks", () => {
  test("is asked again under a name of its own where the answer does not fit", async () => {
    const server = withTool(async (scope) => JSON.stringify((await scope.ask({ which: size() })).which));
    const taskId = await begin(server);
    await server.taskIn("input_required", taskId);

    await server.task("tasks/update", {
      taskId,
      inputResponses: { which: { action: "accept", content: { size: 7 } } },
    });
    const again = await server.taskIn("input_required", taskId);
    const inputResponses = { "which#2": { action: "accept", content: { size: "S" } } };
    await server.task("tasks/update", { taskId, inputResponses });
    const task = await server.taskIn("completed", taskId);

    expect(Object.keys(Object(again.inputRequests))).toEqual(["which#2"]);
    expect(task.result).toMatchObject({ content: [{ text: '{"action":"accept","content":{"size":"S"}}' }] });
  });

  test("may come in rounds, each of which knows the answers before it", async () => {
    const server = withTool(async (scope) => {
      const { which } = await scope.ask({ which: size() });
      const { poem } = await scope.ask({ poem: model({ messages: [], maxTokens: 10 }) });
      return `${which.action} ${poem.model}`;
    });
    const taskId = await begin(server);
    await server.taskIn("input_required", taskId);
    await server.task("tasks/update", { taskId, inputResponses: { which: { action: "cancel" } } });
    const second = await server.taskIn("input_required", taskId);

    const poem = { role: "assistant", content: { type: "text", text: "Oh" }, model: "m1" };
    await server.task("tasks/update", { taskId, inputResponses: { poem } });
    const task = await server.taskIn("completed", taskId);

    expect(Object(second.inputRequests).poem).toMatchObject({ method: "sampling/createMessage" });
    expect(task.result).toMatchObject({ content: [{ text: "cancel m1" }] });
  });

  test("of a client that did not declare that it can be asked is the answer", async () => {
    const server = withTool(async (scope) => JSON.stringify(await scope.ask({ which: size() })));
    const { extensions } = WITH_TASKS;
    const { reply } = await server.call("tool", {}, { capabilities: { extensions } });

    const task = await server.taskIn("completed", reply.result?.taskId, { capabilities: { extensions } });

    expect(task.result).toMatchObject({ isError: true, content: [{ text: expect.stringContaining("elicitation") }] });
  });
});

describe("a note", () => {
  test("is there for the later runs of its job, and for no other job", async () => {
    const server = withTool(async ({ job }) => {
      const before = await job?.notes.get("done");
      await job?.notes.put("done", [1, { two: null }]);
      if (before === undefined && job?.term === 1) throw new TypeError("lost");
      return JSON.stringify(before ?? "none");
    });

    const first = await server.taskIn("completed", await begin(server));
    const second = await server.taskIn("completed", await begin(server));

    expect(first.result).toMatchObject({ content: [{ text: '[1,{"two":null}]' }] });
    expect(second.result).toMatchObject({ content: [{ text: '[1,{"two":null}]' }] });
    expect((await stored(server))?.term).toBe(2);
  });

  test("of a run that has lost its job is not written any more", async () => {
    const writes: unknown[] = [];
    const server: ToolJobs = withTool(async ({ job }) => {
      if (job?.term === 2) {
        await job.notes.put("page", "by the second");
        return "done";
      }
      server.parts.clock.advance(60_000); // it stands still for longer than its lease
      await server.parts.clock.sleep(40_000);
      writes.push(await job?.notes.put("page", "by the first").then(() => "written", Object));
      return "late";
    });

    const taskId = await begin(server);
    await server.elapse(120_000);
    const { reply } = await server.task("tasks/get", { taskId });

    expect(writes).toEqual([expect.objectContaining({ code: "job_run_over" })]);
    expect(reply.result).toMatchObject({ status: "completed", result: { content: [{ text: "done" }] } });
  });

  test.each([
    ["without a name", "", 1, "The name of a note has 1 to 128 characters."],
    ["of a long name", "n".repeat(129), 1, "The name of a note has 1 to 128 characters."],
    ["that is too large", "n", "x".repeat(256 * 1024), "The note n is larger than the 262144 bytes that can be kept."],
  ])("%s is refused", async (_what, name, value, message) => {
    const server = withTool(async ({ job }) => {
      await job?.notes.put(name, value);
      return "kept";
    });

    const task = await server.taskIn("completed", await begin(server));

    expect(task.result).toEqual({ resultType: "complete", content: [{ type: "text", text: message }], isError: true });
  });
});
