import { describe, expect, test } from "vitest";
import type { Job } from "../../../../layers/core/job/job.ts";
import { jobParts } from "../../../../layers/core/job/job-parts.ts";
import { detailedTaskOf, failureOf, statusOf, taskOf } from "../../../../layers/mcp/task/task-view.ts";
import { acme, anOrder, jobBench } from "../../../fixtures/job-bench.ts";

const SUBMITTED_MS = Date.UTC(2027, 0, 1);
const WEEK_MS = 604_800_000;

async function aJob(given: Partial<Job> = {}): Promise<Job> {
  const { deps, jobs } = jobBench();
  const submitted = await jobs.submit(acme, anOrder());
  const job = submitted.ok ? await jobParts(deps).store.get(acme, submitted.value.job.jobId) : undefined;
  if (job === undefined) throw new TypeError("no job was made");
  return { ...job, ...given };
}

const question = { key: "go", seq: 0, method: "elicitation/create", params: { mode: "form", message: "Go on?" } };

describe("the status of a task", () => {
  test.each([
    ["queued", "working"],
    ["running", "working"],
    ["succeeded", "completed"],
    ["failed", "failed"],
    ["cancelled", "cancelled"],
  ] as const)("is, of a job that is %s, %s", (state, status) => {
    expect(statusOf({ state, questions: {}, answers: {} })).toBe(status);
  });

  test("is that it waits for input as long as something is asked and not answered", () => {
    const questions = { go: question };

    expect(statusOf({ state: "waiting", questions, answers: {} })).toBe("input_required");
    expect(statusOf({ state: "waiting", questions, answers: { go: {} } })).toBe("working");
  });
});

describe("a task", () => {
  test("can be looked at for a week after its end, which may be any moment", async () => {
    const job = await aJob();

    expect(taskOf(job, SUBMITTED_MS).ttlMs).toBe(WEEK_MS);
    expect(taskOf(job, SUBMITTED_MS + 5_000).ttlMs).toBe(WEEK_MS + 5_000);
    expect(
      taskOf({ ...job, state: "succeeded", endedAtEpochMs: SUBMITTED_MS + 1_000 }, SUBMITTED_MS + 5_000).ttlMs,
    ).toBe(WEEK_MS + 1_000);
  });

  test("of a clock that is behind that of the job's last change is kept no shorter", async () => {
    const job = await aJob({ changedAtEpochMs: SUBMITTED_MS + 3_000 });

    expect(taskOf(job, SUBMITTED_MS - 60_000).ttlMs).toBe(WEEK_MS + 3_000);
  });

  test.each([
    [{ done: 3 }, "3"],
    [{ done: 3, total: 10 }, "3 of 10"],
    [{ done: 3, total: 10, message: "pages" }, "3 of 10: pages"],
  ])("says how far it is: %j", async (progress, statusMessage) => {
    expect(taskOf(await aJob({ progress }), SUBMITTED_MS)).toMatchObject({ statusMessage });
    expect(taskOf(await aJob({ progress, state: "succeeded" }), SUBMITTED_MS)).not.toHaveProperty("statusMessage");
  });

  test("shows what it asks as a client is asked it, and nothing of how it is kept", async () => {
    const job = await aJob({ state: "waiting", questions: { go: question } });

    expect(detailedTaskOf(job, SUBMITTED_MS, undefined).inputRequests).toEqual({
      go: { method: "elicitation/create", params: { mode: "form", message: "Go on?" } },
    });
  });

  test("whose result is over has failed", async () => {
    const job = await aJob({ state: "succeeded" });

    expect(detailedTaskOf(job, SUBMITTED_MS, undefined)).toMatchObject({
      status: "failed",
      error: { code: -32603, message: "What it came to is not kept any longer." },
    });
  });

  test("that failed without a word has failed all the same", () => {
    expect(failureOf({})).toMatchObject({ code: -32603, message: "It failed." });
  });
});
