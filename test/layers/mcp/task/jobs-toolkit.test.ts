import { beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { form } from "../../../../layers/mcp/toolkit/ask.ts";
import { type CallScope, defineTool } from "../../../../layers/mcp/toolkit/tool.ts";
import { type Answer, type Fields, modernRequest, textOf } from "../../../fixtures/mcp-messages.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import { ASKABLE, type ToolJobs, toolJobs } from "../../../fixtures/tool-jobs.ts";

const PLAIN = { capabilities: ASKABLE };
const SUBMITTED_AT = expect.stringMatching(/^2027-01-01T/);

let server: ToolJobs;

const job = (name: string, run: (scope: CallScope) => unknown) =>
  defineTool({
    name,
    description: "",
    input: z.object({}),
    mode: "job",
    run: (_args, scope) => run(scope) as string,
  });

beforeEach(() => {
  server = toolJobs({
    toolkit: [
      job("slow", async (scope) => {
        scope.progress(3, 10, "three of them");
        await server.parts.clock.sleep(60_000, scope.signal);
        return { content: [{ type: "text", text: "slowly done" }], structuredContent: { n: 1 }, meta: { m: 1 } };
      }),
      job("broken", () => Promise.reject(new TypeError("broken"))),
      job("asking", async (scope) => {
        await server.parts.clock.sleep(60_000, scope.signal);
        const { go } = await scope.ask({ go: form({ message: "Go on?", schema: z.object({}) }) });
        return `${go.action}ed`;
      }),
    ],
  });
});

/** As a client without tasks comes to a job: by a call that took too long. */
async function begin(tool: string): Promise<string> {
  const answer = await server.call(tool, {}, PLAIN);
  return String(Object(answer.reply.result?._meta)["skein/jobId"]);
}
const use = (tool: string, args: Fields, more: object = {}): Promise<Answer> =>
  server.call(tool, args, { ...PLAIN, ...more });
const statusOf = async (jobId: string) => (await use("job_status", { jobId })).reply.result?.structuredContent;

describe("job_status", () => {
  test("says how far a job is", async () => {
    const jobId = await begin("slow");

    expect(await statusOf(jobId)).toEqual({
      jobId,
      tool: "slow",
      state: "running",
      progress: { done: 3, total: 10, message: "three of them" },
      submittedAt: SUBMITTED_AT,
    });
  });

  test("names what a job waits to be told", async () => {
    const jobId = await begin("asking");
    await server.elapse(15_000);

    expect(await statusOf(jobId)).toEqual({
      jobId,
      tool: "asking",
      state: "waiting",
      waitsForAnswersTo: ["go"],
      submittedAt: SUBMITTED_AT,
    });
  });

  test("says that a job is to stop, and then that it has", async () => {
    const jobId = await begin("slow");
    await use("job_cancel", { jobId });

    const stopping = await statusOf(jobId);
    await server.elapse(15_000);

    expect(stopping).toMatchObject({ state: "running", isToBeCancelled: true });
    expect(await statusOf(jobId)).toMatchObject({ state: "cancelled", endedAt: SUBMITTED_AT });
    expect(await statusOf(jobId)).not.toHaveProperty("isToBeCancelled");
  });
});

describe("job_result", () => {
  test("waits for the end and answers as the tool has", async () => {
    const jobId = await begin("slow");

    const { reply } = await use("job_result", { jobId });

    expect(reply.result).toMatchObject({
      content: [{ type: "text", text: "slowly done" }],
      structuredContent: { n: 1 },
      _meta: { m: 1 },
    });
  });

  test("tells the job's progress while it waits", async () => {
    const jobId = await begin("slow");

    const { messages } = await use("job_result", { jobId }, { meta: { progressToken: "p" } });

    expect(messages.map(({ params }) => params)).toContainEqual({
      progressToken: "p",
      progress: 3,
      total: 10,
      message: "three of them",
    });
  });

  test("waits no longer than it is told to", async () => {
    const jobId = await begin("slow");
    const beforeMs = server.parts.clock.nowMs();

    const answer = await use("job_result", { jobId, waitSeconds: 2 });

    expect(textOf(answer)).toBe(
      `slow (${jobId}) is not at its end yet: it is running, 3 of 10 done. Call job_result again to go on waiting.`,
    );
    expect(server.parts.clock.nowMs() - beforeMs).toBeLessThan(2_200);
    expect(server.parts.clock.nowMs() - beforeMs).toBeGreaterThanOrEqual(2_000);
  });

  test("asks what the job waits to be told, and goes on with the answer", async () => {
    const jobId = await begin("asking");
    const asked = await use("job_result", { jobId });
    const { inputRequests, requestState } = Object(asked.reply.result);

    const params = {
      name: "job_result",
      arguments: { jobId },
      requestState,
      inputResponses: { go: { action: "accept", content: {} } },
    };
    // The tool runs again from its start.
    const answering = server.send(modernRequest("tools/call", params, PLAIN), PLAIN);
    const answer = await answering;
    await server.elapse(60_000);

    expect(inputRequests).toMatchObject({ go: { method: "elicitation/create", params: { message: "Go on?" } } });
    expect(textOf(answer)).toMatch(/is not at its end yet/);
    expect(textOf(await use("job_result", { jobId }))).toBe("accepted");
  });

  test("says why a job failed", async () => {
    const submitted = await server.call("broken");

    const { reply } = await use("job_result", { jobId: submitted.reply.result?.taskId });

    expect(reply.result).toMatchObject({ isError: true, content: [{ text: "The work failed unexpectedly." }] });
  });

  test("refuses to wait for longer than a call can", async () => {
    expect(textOf(await use("job_result", { jobId: "job_", waitSeconds: 51 }))).toMatch(/^Invalid arguments/);
  });
});

describe("job_cancel", () => {
  test("tells a running job to stop, and ends one that nobody runs", async () => {
    const running = await begin("slow");
    const waiting = await begin("asking");
    await server.elapse(15_000);

    expect(textOf(await use("job_cancel", { jobId: waiting }))).toBe(`The job ${waiting} is cancelled.`);
    expect(textOf(await use("job_cancel", { jobId: running }))).toMatch(/is told to stop|has already ended/);
    expect(textOf(await use("job_cancel", { jobId: waiting }))).toBe(
      `The job ${waiting} has already ended: it is cancelled.`,
    );
  });
});

test.each(["job_status", "job_result", "job_cancel"])("%s knows nobody else's job", async (tool) => {
  const jobId = await begin("slow");

  const answer = await use(tool, { jobId }, { principal: principalOf({ subject: "bob" }) });
  const none = await use(tool, { jobId: "nonsense" });

  expect(answer.reply.result).toMatchObject({ isError: true });
  expect(textOf(answer)).toBe(`There is no job ${jobId}.`);
  expect(textOf(none)).toBe("There is no job nonsense.");
});
