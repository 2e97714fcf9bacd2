import { describe, expect, test } from "vitest";
import { CALL_LEASE_MS, JOB_AWAITED_MS } from "../../../layers/mcp/limits.ts";
import { acme } from "../../fixtures/job-bench.ts";
import { isQuestion, isReplyTo, legacyClient, textOf, type Wire } from "../../fixtures/legacy-client.ts";
import { legacyJobs } from "../../fixtures/legacy-jobs.ts";
import { people, viewer } from "../../fixtures/people-tools.ts";

const DEPLOY = { question: "Deploy?" };
const LONG = { question: "Deploy?", timeout_seconds: 3_600 };
const CANT_BE_ASKED = {};
const isTakenBack = ({ method }: Wire): boolean => method === "notifications/cancelled";

function fleet() {
  const somebody = people();
  const made = legacyJobs(() => somebody.toolkit, { ended: somebody.ended });
  somebody.begin(made.bench.deps, made.bench.jobs);
  const theQuestion = async () => {
    for (let looks = 0; looks < 1_000; looks++) {
      const [question] = await somebody.all();
      if (question !== undefined) return question;
      await made.bench.clock.sleep(10);
    }
    throw new TypeError("nobody was asked");
  };
  return {
    ...made,
    people: somebody,
    async answer(value: unknown) {
      const { questionId } = await theQuestion();
      return somebody.questions().answer(acme, { questionId, value, by: viewer });
    },
  };
}

describe.each(["2025-11-25", "2025-06-18", "2025-03-26"] as const)("a client of %s that can't be asked", (version) => {
  test("gets in its call the answer of whoever answers first", async () => {
    const { start, pass, answer } = fleet();
    const process = start();
    const client = await pass(legacyClient(process, { version, capabilities: CANT_BE_ASKED }));

    const reading = await pass(client.call(process, 1, "ask_user", DEPLOY));
    await pass(answer("yes"));
    const reply = await pass(reading.next(isReplyTo(1)));

    expect(textOf(reply)).toBe("yes");
  });

  test("gets a handle where nobody answers in time, and the question stays", async () => {
    const { start, pass, jobs, people: everyone } = fleet();
    const process = start();
    const client = await pass(legacyClient(process, { version, capabilities: CANT_BE_ASKED }));

    const reading = await pass(client.call(process, 1, "ask_user", DEPLOY));
    const reply = await pass(reading.next(isReplyTo(1)));

    const [job] = await jobs();
    expect(textOf(reply)).toBe(`ask_user takes longer than this call can wait and goes on as the job ${job?.jobId}.`);
    expect(await everyone.all()).toMatchObject([{ state: "open" }]);
  });
});

describe("a client that can be asked", () => {
  test("answers itself, wherever its answer lands", async () => {
    const { start, pass, people: everyone } = fleet();
    const [one, other] = [start(), start()];
    const client = await pass(legacyClient(one));
    const reading = await pass(client.call(one, 1, "ask_user", DEPLOY));
    const question = await pass(reading.next(isQuestion));

    await pass(client.answer(other, question, { action: "accept", content: { answer: "mine" } }));
    const reply = await pass(reading.next(isReplyTo(1)));

    expect(question).toMatchObject({ method: "elicitation/create", params: { message: "Deploy?" } });
    expect(textOf(reply)).toBe("mine");
    expect(await everyone.all()).toMatchObject([{ state: "answered", closedBy: "ann" }]);
  });

  test("is told that it need not answer any more once somebody else has, and gets that answer", async () => {
    const { start, pass, answer } = fleet();
    const process = start();
    const client = await pass(legacyClient(process));
    const reading = await pass(client.call(process, 1, "ask_user", DEPLOY));
    const question = await pass(reading.next(isQuestion));

    await pass(answer("yes"));
    const takenBack = await pass(reading.next(isTakenBack));
    const reply = await pass(reading.next(isReplyTo(1)));

    expect(takenBack.params).toEqual({ requestId: question.id, reason: "it was answered elsewhere" });
    expect(textOf(reply)).toBe("yes");
  });

  test("gets the answer of somebody else also where its process died and it has come back to another", async () => {
    const { start, pass, elapse, answer } = fleet();
    const [one, other] = [start(), start()];
    const client = await pass(legacyClient(one));
    const reading = await pass(client.call(one, 1, "ask_user", DEPLOY));
    await pass(reading.next(isQuestion));
    one.kill();
    await pass(answer("yes"));
    await elapse(CALL_LEASE_MS);

    const resumed = await pass(client.listen(other, reading.lastEventId()));
    const reply = await pass(resumed.next(isReplyTo(1)));

    expect(textOf(reply)).toBe("yes");
  });

  test("that refuses to be asked, or closes the form, waits for the others", async () => {
    const { start, pass, elapse, answer, jobs } = fleet();
    const process = start();
    const client = await pass(legacyClient(process));
    const reading = await pass(client.call(process, 1, "ask_user", DEPLOY));
    const question = await pass(reading.next(isQuestion));

    await pass(client.refuse(process, question, "no forms today"));
    await elapse(5_000);
    await pass(answer("yes"));
    const reply = await pass(reading.next(isReplyTo(1)));

    expect(textOf(reply)).toBe("yes");
    expect(await jobs()).toMatchObject([{ state: "succeeded" }]);
  });

  test("is told that nobody answered when the question's time is over", async () => {
    const { start, pass, people: everyone } = fleet();
    const process = start();
    const client = await pass(legacyClient(process));
    const reading = await pass(client.call(process, 1, "ask_user", { ...DEPLOY, timeout_seconds: 90 }));

    await pass(reading.next(isTakenBack));
    const reply = await pass(reading.next(isReplyTo(1)));

    expect(reply.result).toMatchObject({ isError: true });
    expect(textOf(reply)).toBe("timeout waiting for user response");
    expect(await everyone.all()).toMatchObject([{ state: "expired" }]);
  });

  test("withdraws the question by cancelling its call", async () => {
    const { start, pass, elapse, people: everyone, jobs } = fleet();
    const process = start();
    const client = await pass(legacyClient(process));
    const reading = await pass(client.call(process, 1, "ask_user", DEPLOY));
    await pass(reading.next(isQuestion));

    await pass(client.notify(process, "notifications/cancelled", { requestId: 1 }));
    await elapse(1_000);

    expect(await jobs()).toMatchObject([{ state: "cancelled" }]);
    expect(await everyone.all()).toMatchObject([{ state: "withdrawn" }]);
  });

  test("and can't come back gets a handle when its call has waited as long as it may, and the question stays", async () => {
    const { start, pass, deadlineIn, jobs, people: everyone } = fleet();
    const process = start();
    const context = { deadlineEpochMs: deadlineIn(JOB_AWAITED_MS) };
    const client = await pass(legacyClient(process, { version: "2025-06-18", context }));
    const reading = await pass(client.call(process, 1, "ask_user", LONG));

    await pass(reading.next(isTakenBack));
    const reply = await pass(reading.next(isReplyTo(1)));

    const [job] = await jobs();
    expect(textOf(reply)).toContain(`goes on as the job ${job?.jobId}`);
    expect(job?.state).toBe("waiting");
    expect(await everyone.all()).toMatchObject([{ state: "open" }]);
  });
});
