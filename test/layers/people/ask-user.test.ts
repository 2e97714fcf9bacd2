import { describe, expect, test } from "vitest";
import type { Question } from "../../../layers/core/question/question.ts";
import { acme } from "../../fixtures/job-bench.ts";
import { type Fields, modernRequest, toolCall } from "../../fixtures/mcp-messages.ts";
import { owner, type People, people, viewer } from "../../fixtures/people-tools.ts";
import { tenant } from "../../fixtures/tenants.ts";
import { ASKABLE, type Sender, type ToolJobs, toolJobs, WITH_TASKS } from "../../fixtures/tool-jobs.ts";

interface Cell extends ToolJobs {
  readonly people: People;
  /** Once there is one. */
  theQuestion(): Promise<Question>;
  /** Once there is a question. */
  answer(value: unknown): Promise<unknown>;
  /** Once so much of the time has passed that somebody else moves on. */
  later(durationMs: number, act: () => Promise<unknown>): Promise<void>;
}

function cell(): Cell {
  const somebody = people();
  const tools = toolJobs({ toolkit: somebody.toolkit, ended: somebody.ended });
  somebody.begin(tools.bench.deps, tools.bench.jobs);
  const theQuestion: Cell["theQuestion"] = async () => {
    for (let looks = 0; looks < 1_000; looks++) {
      const [question] = await somebody.all();
      if (question !== undefined) return question;
      await tools.bench.clock.sleep(10);
    }
    throw new TypeError("nobody was asked");
  };
  return {
    ...tools,
    people: somebody,
    theQuestion,
    async later(durationMs, act) {
      await tools.bench.clock.sleep(durationMs);
      await act();
    },
    async answer(value) {
      const { questionId } = await theQuestion();
      return somebody.questions().answer(acme, { questionId, value, by: viewer });
    },
  };
}

/** Of a client that can neither show forms nor handle tasks. */
const PLAIN: Sender = { capabilities: {} };
const FORMS: Sender = { capabilities: ASKABLE };
const TASKS: Sender = { capabilities: WITH_TASKS };
const DEPLOY = { question: "Deploy?" };

const resultOf = ({ reply }: Awaited<ReturnType<ToolJobs["send"]>>): Fields => reply.result ?? {};
const textOf = (result: Fields) => Object(result.content)[0]?.text;

describe("a client that can only wait", () => {
  test("gets the answer of whoever answers first, as its text alone", async () => {
    const { call, answer, people: everyone } = cell();

    const [result] = await Promise.all([call("ask_user", DEPLOY, PLAIN), answer("yes")]);

    const [question] = await everyone.all();
    expect(resultOf(result)).toMatchObject({
      content: [{ type: "text", text: "yes" }],
      structuredContent: { answer: "yes", answered_by: "bob", request_id: question?.questionId },
    });
    expect(resultOf(result).isError).toBeUndefined();
    expect(everyone.told).toMatchObject([
      { type: "ask_user", audience: { kind: "everyone" }, body: { question: "Deploy?", asked_by: "ann" } },
      { type: "question_closed", body: { reason: "answered", by: "bob" } },
    ]);
  });

  test("is told on the way that nobody is connected, and every ten seconds that it waits", async () => {
    const { call, answer, later } = cell();
    const sender = { ...PLAIN, meta: { progressToken: "p" } };

    const [{ messages }] = await Promise.all([call("ask_user", DEPLOY, sender), later(31_000, () => answer("yes"))]);

    const told = messages.flatMap(({ method, params }) => (method === "notifications/progress" ? [params] : []));
    expect(told.map((params) => params?.progress)).toEqual([0, 10, 20, 30]);
    expect(told[3]).toMatchObject({ total: 300 });
    expect(told[0]?.message).toMatch(
      /^Asked everyone \(req-.*\) and waits as job_.* until 2027-01-01T00:05:00.*Z\. Nobody who may answer is connected now\.$/,
    );
  });

  test("is not told so where somebody is connected who may answer", async () => {
    const { call, answer, later, people: everyone } = cell();
    everyone.present.push({ subject: "bob", role: "viewer" });
    const sender = { ...PLAIN, meta: { progressToken: "p" } };

    const [{ messages }] = await Promise.all([call("ask_user", DEPLOY, sender), later(1_000, () => answer("yes"))]);

    expect(messages[0]?.params?.message).not.toContain("connected");
  });

  test("is told after its time that nobody has answered, in the Frontend Router's words, and everybody that it is over", async () => {
    const { call, people: everyone, elapse } = cell();

    const result = await call("ask_user", { ...DEPLOY, timeout_seconds: 5 }, PLAIN);
    await elapse(100);

    expect(resultOf(result)).toMatchObject({
      content: [{ text: "timeout waiting for user response" }],
      isError: true,
    });
    expect(everyone.told[1]).toMatchObject({ type: "question_closed", body: { reason: "expired" } });
    expect(await everyone.all()).toMatchObject([{ state: "expired" }]);
  });

  test("gets a handle where nobody answers while it waits, with which the late answer is fetched", async () => {
    const { call, answer, elapse } = cell();

    const handle = resultOf(await call("ask_user", DEPLOY, PLAIN));
    await elapse(100_000);
    await answer("at last");
    const jobId = Object(handle._meta)["skein/jobId"];
    const result = resultOf(await call("job_result", { jobId }, PLAIN));

    expect(textOf(handle)).toContain(`goes on as the job ${jobId}`);
    expect(handle.isError).toBeUndefined();
    expect(textOf(result)).toBe("at last");
  });

  test("that leaves has not withdrawn its question: the answer is kept", async () => {
    const { call, answer, elapse, bench, people: everyone } = cell();
    const leaving = new AbortController();
    const called = call("ask_user", DEPLOY, { ...PLAIN, context: { signal: leaving.signal } });
    await elapse(1_000);

    leaving.abort();
    await called;
    await answer("yes");
    await elapse(1_000);

    expect(await everyone.all()).toMatchObject([{ state: "answered" }]);
    const jobs = await bench.jobs.list(acme, {});
    expect(jobs).toMatchObject({ ok: true, value: { jobs: [{ state: "succeeded", title: "ask_user" }] } });
  });

  test("gets a form as JSON, and as it was filled in", async () => {
    const { call, answer } = cell();
    const schema = { type: "object", properties: { size: { type: "string" } }, required: ["size"] };

    const [result] = await Promise.all([call("ask_user", { ...DEPLOY, schema }, PLAIN), answer({ size: "L" })]);

    expect(textOf(resultOf(result))).toBe('{"size":"L"}');
    expect(resultOf(result)).toMatchObject({ structuredContent: { answer: { size: "L" } } });
  });

  test("is told who has withdrawn its question", async () => {
    const { call, people: everyone, theQuestion } = cell();

    const called = call("ask_user", DEPLOY, PLAIN);
    const { questionId } = await theQuestion();
    await everyone.questions().withdraw(acme, { questionId, by: { subject: "eve", mayCancel: true } });

    expect(resultOf(await called)).toMatchObject({
      content: [{ text: "the question was withdrawn by eve" }],
      isError: true,
    });
  });

  test.each([
    ["no time at all", { timeout_seconds: 0 }, "timeout_seconds is not 1 to 604800."],
    ["more than a week", { timeout_seconds: 604_801 }, "timeout_seconds is not 1 to 604800."],
    [
      "nobody that there is",
      { to: "everybody" },
      "to is not everyone, role:<owner|admin|developer|viewer> or member:<subject>.",
    ],
    [
      "a channel",
      { to: "channel:deploys" },
      "to is not everyone, role:<owner|admin|developer|viewer> or member:<subject>.",
    ],
    ["nothing", { question: "" }, "question is not as it may be: 1 to 10000 characters, not all of them blank."],
    [
      "a form that can't be shown",
      { schema: { type: "object", properties: {} } },
      "schema.properties is not as it may be: 1 to 50 fields.",
    ],
  ])("is told at once what was wrong where it asks %s, and nobody is asked", async (_what, args, why) => {
    const { call, people: everyone, bench } = cell();

    const result = await call("ask_user", { ...DEPLOY, ...args }, PLAIN);

    expect(resultOf(result)).toMatchObject({ content: [{ text: why }], isError: true });
    expect(await everyone.all()).toEqual([]);
    expect(await bench.jobs.openJobs(acme)).toBe(0);
  });
});

describe("a client that can show forms", () => {
  const askFor = async ({ call, send }: Cell, args: Fields, sender: Sender = FORMS) => {
    const asked = resultOf(await call("ask_user", args, sender));
    const respond = (response: Fields) =>
      send(
        modernRequest(
          "tools/call",
          { ...toolCall("ask_user", args), inputResponses: response, requestState: asked.requestState },
          { capabilities: ASKABLE },
        ),
        sender,
      );
    return { asked, respond };
  };

  test("is asked itself, and its answer counts as any other", async () => {
    const here = cell();
    const { asked, respond } = await askFor(here, { ...DEPLOY, choices: ["yes", "no"] });

    const result = resultOf(await respond({ person: { action: "accept", content: { answer: "no" } } }));

    expect(asked).toMatchObject({
      resultType: "input_required",
      inputRequests: {
        person: {
          method: "elicitation/create",
          params: {
            mode: "form",
            message: "Deploy?",
            requestedSchema: {
              type: "object",
              properties: { answer: { type: "string", enum: ["yes", "no"] } },
              required: ["answer"],
            },
          },
        },
      },
    });
    expect(result).toMatchObject({ content: [{ text: "no" }], structuredContent: { answered_by: "ann" } });
    expect(here.people.told.at(-1)).toMatchObject({ type: "question_closed", body: { by: "ann" } });
  });

  test("is asked with the form of the question, and again where it is filled in wrongly", async () => {
    const here = cell();
    const schema = { type: "object", properties: { size: { type: "integer" } }, required: ["size"] };
    const { asked, respond } = await askFor(here, { ...DEPLOY, schema });

    const again = resultOf(await respond({ person: { action: "accept", content: { size: "L" } } }));

    expect(asked).toMatchObject({ inputRequests: { person: { params: { requestedSchema: schema } } } });
    expect(again).toMatchObject({ resultType: "input_required", inputRequests: { "person#2": {} } });
    expect(await here.people.all()).toMatchObject([{ state: "open" }]);
  });

  test("is answered with what somebody else has answered first", async () => {
    const here = cell();
    const { respond } = await askFor(here, DEPLOY);
    await here.answer("yes");

    const result = resultOf(await respond({ person: { action: "accept", content: { answer: "no" } } }));

    expect(result).toMatchObject({ content: [{ text: "yes" }], structuredContent: { answered_by: "bob" } });
  });

  test("that declines waits for the others, where they are asked too", async () => {
    const here = cell();
    const { respond } = await askFor(here, DEPLOY);

    const [result] = await Promise.all([
      respond({ person: { action: "decline" } }),
      here.later(1_000, () => here.answer("yes")),
    ]);

    expect(resultOf(result)).toMatchObject({ content: [{ text: "yes" }] });
  });

  test("that declines what it was asked alone has ended it", async () => {
    const here = cell();
    const { respond } = await askFor(here, { ...DEPLOY, to: "member:ann" });

    const result = resultOf(await respond({ person: { action: "decline" } }));

    expect(result).toMatchObject({ content: [{ text: "the user declined to answer" }], isError: true });
    expect(await here.people.all()).toMatchObject([{ state: "withdrawn" }]);
  });

  test("is not asked what others are asked", async () => {
    const here = cell();

    const [result] = await Promise.all([
      here.call("ask_user", { ...DEPLOY, to: "role:viewer" }, FORMS),
      here.answer("yes"),
    ]);

    expect(resultOf(result)).toMatchObject({ content: [{ text: "yes" }] });
  });

  test("leaves a handle behind that another client of the same person can wait by, though that one can show no forms", async () => {
    const here = cell();
    await askFor(here, DEPLOY);
    const { jobId } = await here.theQuestion();

    const [result] = await Promise.all([
      here.call("job_result", { jobId }, PLAIN),
      here.later(2_000, () => here.answer("yes")),
    ]);

    expect(resultOf(result)).toMatchObject({ content: [{ text: "yes" }] });
  });
});

describe("a client with tasks", () => {
  test("gets a task that asks, and is done once anybody has answered", async () => {
    const { call, taskIn, answer } = cell();

    const { taskId, status } = resultOf(await call("ask_user", DEPLOY, TASKS));
    const asking = await taskIn("input_required", taskId);
    await answer("yes");
    const done = await taskIn("completed", taskId);

    expect(status).toBe("working");
    expect(asking).toMatchObject({ inputRequests: { person: { method: "elicitation/create" } } });
    expect(done).toMatchObject({ result: { content: [{ text: "yes" }] } });
  });

  test("may answer by its task", async () => {
    const { call, task, taskIn, people: everyone } = cell();
    const { taskId } = resultOf(await call("ask_user", DEPLOY, TASKS));
    await taskIn("input_required", taskId);

    await task("tasks/update", {
      taskId,
      inputResponses: { person: { action: "accept", content: { answer: "mine" } } },
    });
    const done = await taskIn("completed", taskId);

    expect(done).toMatchObject({ result: { structuredContent: { answer: "mine", answered_by: "ann" } } });
    expect(await everyone.all()).toMatchObject([{ state: "answered", closedBy: "ann" }]);
  });

  test("whose task asks somebody else sees it working", async () => {
    const { call, task, elapse } = cell();
    const { taskId } = resultOf(await call("ask_user", { ...DEPLOY, to: "role:viewer" }, TASKS));
    await elapse(1_000);

    const { reply } = await task("tasks/get", { taskId });

    expect(reply.result).toMatchObject({ status: "working" });
    expect(reply.result?.statusMessage).toMatch(/^0 of 300: Asked role:viewer/);
  });

  test("withdraws the question with its task", async () => {
    const { call, task, taskIn, elapse, people: everyone } = cell();
    const { taskId } = resultOf(await call("ask_user", DEPLOY, TASKS));
    await taskIn("input_required", taskId);

    await task("tasks/cancel", { taskId });
    await elapse(100);

    expect(await everyone.all()).toMatchObject([{ state: "withdrawn", closedBy: "ann" }]);
    expect(everyone.told.at(-1)).toMatchObject({ type: "question_closed", body: { reason: "withdrawn" } });
  });
});

test("a question for a week is answered on its sixth day", async () => {
  const { call, answer, bench, people: everyone, elapse } = cell();
  const { taskId } = resultOf(
    await call("ask_user", { ...DEPLOY, timeout_seconds: 604_800, to: "role:viewer" }, TASKS),
  );
  await elapse(1_000);
  for (let hour = 0; hour < 6 * 24; hour++) {
    bench.clock.advance(3_600_000);
    await bench.sweep();
  }

  await answer("late, but here");
  await elapse(1_000);

  expect(await bench.jobs.get(acme, (await everyone.all())[0]?.jobId ?? taskIsNone())).toMatchObject({
    jobId: taskId,
    state: "succeeded",
  });
});

function taskIsNone(): never {
  throw new TypeError("the question has no job");
}

test("one tenant's question is not another's to answer", async () => {
  const { call, theQuestion, people: everyone, elapse } = cell();
  void call("ask_user", DEPLOY, PLAIN);
  const { questionId } = await theQuestion();

  const refused = await everyone.questions().answer(tenant("beta"), { questionId, value: "yes", by: owner });
  await elapse(100);

  expect(refused).toEqual({ ok: false, problem: { reason: "question_unknown" } });
});
