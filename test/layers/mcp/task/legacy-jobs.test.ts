import { describe, expect, test } from "vitest";
import { z } from "zod";
import { CALL_LEASE_MS, JOB_AWAITED_MS } from "../../../../layers/mcp/limits.ts";
import { form } from "../../../../layers/mcp/toolkit/ask.ts";
import { type CallScope, defineTool, type Tool } from "../../../../layers/mcp/toolkit/tool.ts";
import { isQuestion, isReplyTo, legacyClient, textOf } from "../../../fixtures/legacy-client.ts";
import { type LegacyJobs, legacyJobs } from "../../../fixtures/legacy-jobs.ts";

type Run = (scope: CallScope, sleep: (durationMs: number) => Promise<void>) => unknown;

/** Processes on one store with a tool that runs as a job, and a worker of jobs that none of them is. */
const fleetWithJobs = (run: Run, more: Partial<Tool> = {}): LegacyJobs =>
  legacyJobs((clock) => [
    {
      ...defineTool({
        name: "tool",
        description: "",
        input: z.object({}),
        mode: "job",
        run: (_args, scope) => run(scope, (durationMs) => clock.sleep(durationMs, scope.signal)) as string,
      }),
      ...more,
    },
  ]);

const twoParts: Run = async (scope, sleep) => {
  for (const done of [1, 2]) {
    scope.progress(done, 2);
    await sleep(2_000);
  }
  return "done";
};
const PROGRESS = { _meta: { progressToken: "p" } };

describe.each(["2025-11-25", "2025-06-18", "2025-03-26"] as const)("a client of %s", (version) => {
  test("sees the progress of a job, and gets the answer in its call", async () => {
    const { start, pass, jobs } = fleetWithJobs(twoParts);
    const process = start();
    const client = await pass(legacyClient(process, { version }));

    const reading = await pass(client.call(process, 1, "tool", {}, PROGRESS));
    const reply = await pass(reading.next(isReplyTo(1)));

    expect(textOf(reply)).toBe("done");
    expect(reading.messages.flatMap(({ method, params }) => (method === undefined ? [] : [params]))).toEqual([
      { progressToken: "p", progress: 1, total: 2 },
      { progressToken: "p", progress: 2, total: 2 },
    ]);
    expect(await jobs()).toMatchObject([{ state: "succeeded" }]);
  });
});

/** A call of a job that takes long, a second after its beginning, beside a process that knows nothing of it. */
async function halfwayCall() {
  const {
    start,
    pass,
    elapse: wait,
    jobs,
  } = fleetWithJobs(async (_scope, sleep) => {
    await sleep(20_000);
    return "done";
  });
  const [one, other] = [start(), start()];
  const client = await pass(legacyClient(one));
  const reading = await pass(client.call(one, 1, "tool"));
  await wait(1_000);
  return { pass, wait, jobs, one, other, client, reading };
}

test("a client whose process died gets the answer of the same job from another one", async () => {
  const { pass, wait, jobs, one, other, client, reading } = await halfwayCall();
  one.kill();
  await wait(CALL_LEASE_MS);

  const resumed = await pass(client.listen(other, reading.lastEventId()));
  const reply = await pass(resumed.next(isReplyTo(1)));

  expect(textOf(reply)).toBe("done");
  expect(await jobs()).toMatchObject([{ state: "succeeded", term: 1 }]);
});

test("a process that only stood still and lost its call does not cancel the job", async () => {
  const { pass, wait, jobs, one, other, client, reading } = await halfwayCall();
  one.pause(2 * CALL_LEASE_MS);
  await wait(CALL_LEASE_MS + 1_000);

  const resumed = await pass(client.listen(other, reading.lastEventId()));
  await wait(2 * CALL_LEASE_MS);
  const reply = await pass(resumed.next(isReplyTo(1)));

  expect(textOf(reply)).toBe("done");
  expect(await jobs()).toMatchObject([{ state: "succeeded" }]);
});

test("a question of a job is asked as a call asks, and answered anywhere", async () => {
  const { start, pass, jobs } = fleetWithJobs(async (scope) => {
    const { which } = await scope.ask({
      which: form({ message: "Which size?", schema: z.object({ size: z.string() }) }),
    });
    return which.action === "accept" ? `size ${which.content.size}` : which.action;
  });
  const [one, other] = [start(), start()];
  const client = await pass(legacyClient(one));
  const reading = await pass(client.call(one, 1, "tool"));
  const question = await pass(reading.next(isQuestion));

  await pass(client.answer(other, question, { action: "accept", content: { size: "L" } }));
  const reply = await pass(reading.next(isReplyTo(1)));

  expect(question).toMatchObject({ method: "elicitation/create", params: { message: "Which size?" } });
  expect(textOf(reply)).toBe("size L");
  expect(await jobs()).toHaveLength(1);
});

describe("a job that asks through its call is cancelled", () => {
  const asking: Run = async (scope) => {
    const { which } = await scope.ask({ which: form({ message: "Which size?", schema: z.object({}) }) });
    return which.action;
  };

  test("where its client refuses to be asked", async () => {
    const { start, pass, jobs } = fleetWithJobs(asking);
    const process = start();
    const client = await pass(legacyClient(process));
    const reading = await pass(client.call(process, 1, "tool"));
    const question = await pass(reading.next(isQuestion));

    await pass(client.refuse(process, question, "no forms today"));
    const reply = await pass(reading.next(isReplyTo(1)));

    expect(textOf(reply)).toBe("The client did not answer which: no forms today");
    expect(await jobs()).toMatchObject([{ state: "cancelled" }]);
  });

  test("where its client cancels the call instead of an answer", async () => {
    const { start, pass, elapse: wait, jobs } = fleetWithJobs(asking);
    const process = start();
    const client = await pass(legacyClient(process));
    const reading = await pass(client.call(process, 1, "tool"));
    await pass(reading.next(isQuestion));

    await pass(client.notify(process, "notifications/cancelled", { requestId: 1 }));
    await wait(1_000);

    expect(await jobs()).toMatchObject([{ state: "cancelled" }]);
  });

  test("where nobody answers a client that can't come back for its reply", async () => {
    const { start, pass, jobs, deadlineIn } = fleetWithJobs(asking);
    const process = start();
    const context = { deadlineEpochMs: deadlineIn(30_000) };
    const client = await pass(legacyClient(process, { version: "2025-06-18", context }));

    const reading = await pass(client.call(process, 1, "tool"));
    const reply = await pass(reading.next(isReplyTo(1)));

    expect(textOf(reply)).toBe("Nobody answered which in time.");
    expect(await jobs()).toMatchObject([{ state: "cancelled" }]);
  });
});

test("a call that its client cancels cancels the job, wherever the cancellation lands", async () => {
  const { start, pass, elapse: wait, jobs } = fleetWithJobs((_scope, sleep) => sleep(40_000));
  const [one, other] = [start(), start()];
  const client = await pass(legacyClient(one));
  await pass(client.call(one, 1, "tool"));
  await wait(1_000);

  await pass(client.notify(other, "notifications/cancelled", { requestId: 1 }));
  await wait(5_000);

  expect(await jobs()).toMatchObject([{ state: "cancelled" }]);
});

test("a call that waits too long is answered with the job's id", async () => {
  const { start, pass, jobs } = fleetWithJobs((_scope, sleep) => sleep(2 * JOB_AWAITED_MS));
  const process = start();
  const client = await pass(legacyClient(process));

  const reading = await pass(client.call(process, 1, "tool"));
  const reply = await pass(reading.next(isReplyTo(1)));

  const [job] = await jobs();
  expect(textOf(reply)).toBe(`tool takes longer than this call can wait and goes on as the job ${job?.jobId}.`);
  expect(job?.state).toBe("running");
});

test("a tool for clients with tasks alone is no failure of the protocol, but of the call", async () => {
  const { start, pass, jobs } = fleetWithJobs(() => "done", { taskOnly: true });
  const process = start();
  const client = await pass(
    legacyClient(process, { capabilities: { extensions: { "io.modelcontextprotocol/tasks": {} } } }),
  );

  const reading = await pass(client.call(process, 1, "tool"));
  const reply = await pass(reading.next(isReplyTo(1)));

  expect(reply.result).toMatchObject({ isError: true });
  expect(await jobs()).toEqual([]);
});
