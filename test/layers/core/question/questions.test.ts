import { describe, expect, test } from "vitest";
import { newJobId } from "../../../../layers/core/job/job-id.ts";
import {
  ANSWER_TOLD_CHARACTERS_MAX,
  QUESTION_TIMEOUT_MS_MAX,
  QUESTIONS_OPEN_MAX,
} from "../../../../layers/core/question/limits.ts";
import { questionOpenKey } from "../../../../layers/core/store/keys.ts";
import { aContent, acme, ann, aQuestion, asked, bob, questionBench, value } from "../../../fixtures/question-bench.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const aJob = () => newJobId({ chance: seededChance(7) }, Date.UTC(2027, 0, 1));

describe("asking", () => {
  test("stores the question and tells those who are asked", async () => {
    const bench = questionBench();

    const question = await asked(bench, { content: aContent({ choices: ["yes", "no"], urgency: "high" }) });

    expect(question).toMatchObject({ state: "open", revision: 1, asker: "agent", to: { kind: "everyone" } });
    expect(question.questionId).toMatch(/^req-/);
    expect(await bench.questions.get(acme, question.questionId)).toMatchObject({ question: "Deploy?", state: "open" });
    expect(bench.told).toEqual([
      {
        tenantId: "acme",
        audience: { kind: "everyone" },
        type: "ask_user",
        from: "agent",
        messageId: `${question.questionId}.1`,
        body: {
          request_id: question.questionId,
          question: "Deploy?",
          choices: ["yes", "no"],
          urgency: "high",
          asked_by: "agent",
          asked_at: "2027-01-01T00:00:00.000Z",
          expires_at: "2027-01-01T00:05:00.000Z",
          revision: 1,
        },
      },
    ]);
  });

  test.each([
    ["a text that is blank", { content: aContent({ question: " " }) }, "question"],
    ["no time at all", { timeoutMs: 0 }, "timeout"],
    ["a time that is no number", { timeoutMs: Number.NaN }, "timeout"],
    ["more than a week", { timeoutMs: QUESTION_TIMEOUT_MS_MAX + 1 }, "timeout"],
  ])("refuses %s, and stores nothing", async (_what, given, field) => {
    const bench = questionBench();

    const refused = await bench.questions.ask(acme, aQuestion(given));

    expect(refused).toMatchObject({ ok: false, problem: { reason: "question_invalid", field } });
    expect(await bench.sweep()).toEqual({ isEmpty: true });
    expect(bench.told).toEqual([]);
  });

  test("refuses a tenant with as many open questions as it may have, and takes one more after an answer", async () => {
    const bench = questionBench();
    const first = await asked(bench);
    for (let number = 1; number < QUESTIONS_OPEN_MAX; number++) {
      const entry = { questionId: `req-${String(number).padStart(31, "0")}`, expiresAtEpochMs: 9e12 };
      await bench.table.put({ ...questionOpenKey(acme, entry), ...entry });
    }

    const full = await bench.questions.ask(acme, aQuestion());
    await bench.questions.answer(acme, { questionId: first.questionId, value: "yes", by: ann });
    const next = await bench.questions.ask(acme, aQuestion());

    expect(full).toEqual({ ok: false, problem: { reason: "questions_full", limit: QUESTIONS_OPEN_MAX } });
    expect(next.ok).toBe(true);
  });

  test("by a job that runs again is the question that it has asked", async () => {
    const bench = questionBench();
    const first = await asked(bench, { jobId: aJob() });
    bench.clock.advance(60_000);

    const again = await asked(bench, { jobId: aJob(), content: aContent({ question: "Other words?" }) });

    expect(again).toEqual(first);
    expect(bench.told).toHaveLength(1);
  });

  test("by two runs of a job at once makes one question", async () => {
    const bench = questionBench();

    const [one, other] = await Promise.all([asked(bench, { jobId: aJob() }), asked(bench, { jobId: aJob() })]);

    expect(other).toEqual(one);
    expect(new Set(bench.told.map(({ messageId }) => messageId)).size).toBe(1);
  });

  test("is acknowledged though nobody could be told: the sweeper tells it", async () => {
    const bench = questionBench();
    bench.breakPublisher(true);

    const question = await asked(bench);
    bench.breakPublisher(false);
    await bench.sweep();
    await bench.sweep();

    expect(bench.reports).toHaveLength(1);
    expect(bench.told).toMatchObject([{ type: "ask_user", messageId: `${question.questionId}.1` }]);
  });
});

describe("answering", () => {
  test("ends the question, tells everybody by whom, and lets the job go on", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { jobId: aJob() });
    bench.clock.advance(5_000);

    const answered = await bench.questions.answer(acme, { questionId, value: "yes", by: bob });

    const at = Date.UTC(2027, 0, 1, 0, 0, 5);
    expect(answered).toMatchObject({
      ok: true,
      value: {
        state: "answered",
        answer: { value: "yes", by: "bob", atEpochMs: at },
        closedAtEpochMs: at,
        closedBy: "bob",
      },
    });
    expect(bench.told.at(-1)).toEqual({
      tenantId: "acme",
      audience: { kind: "everyone" },
      type: "question_closed",
      from: "bob",
      messageId: `${questionId}.2`,
      body: { request_id: questionId, reason: "answered", by: "bob", answer: "yes" },
    });
    expect(bench.woken).toEqual([aJob()]);
    expect(await bench.sweep()).toEqual({ isEmpty: true });
  });

  test("tells of a long answer that it was given, and not the answer", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench);

    await bench.questions.answer(acme, { questionId, value: "x".repeat(ANSWER_TOLD_CHARACTERS_MAX), by: bob });

    expect(bench.told.at(-1)?.body).toEqual({ request_id: questionId, reason: "answered", by: "bob" });
  });

  test("counts once: whoever comes later is told that it is over, and by whom", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench);
    await bench.questions.answer(acme, { questionId, value: "yes", by: ann });

    const late = await bench.questions.answer(acme, { questionId, value: "no", by: bob });

    expect(late).toEqual({ ok: false, problem: { reason: "question_closed", state: "answered", by: "ann" } });
    expect(await bench.questions.get(acme, questionId)).toMatchObject({ answer: { value: "yes" } });
  });

  test("again with the same answer is the first answer, and with another is late", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench);
    await bench.questions.answer(acme, { questionId, value: "yes", by: ann });

    const again = await bench.questions.answer(acme, { questionId, value: "yes", by: ann });
    const other = await bench.questions.answer(acme, { questionId, value: "no", by: ann });

    expect(again).toMatchObject({ ok: true, value: { answer: { value: "yes", by: "ann" } } });
    expect(other).toMatchObject({ ok: false, problem: { reason: "question_closed", by: "ann" } });
    expect(bench.told).toHaveLength(2);
  });

  test("with what does not fit is refused, and leaves the question open", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { content: aContent({ choices: ["yes", "no"] }) });

    const refused = await bench.questions.answer(acme, { questionId, value: "maybe", by: ann });

    expect(refused).toMatchObject({ ok: false, problem: { reason: "answer_invalid", allowed: 'one of ["yes","no"]' } });
    expect(await bench.questions.get(acme, questionId)).toMatchObject({ state: "open" });
  });

  test("on the second at which its time is over is too late, whether or not anybody has looked", async () => {
    const bench = questionBench();
    const [early, late] = [await asked(bench), await asked(bench)];
    bench.clock.advance(299_999);
    const inTime = await bench.questions.answer(acme, { questionId: early.questionId, value: "yes", by: ann });
    bench.clock.advance(1);

    const over = await bench.questions.answer(acme, { questionId: late.questionId, value: "yes", by: ann });

    expect(inTime.ok).toBe(true);
    expect(over).toEqual({ ok: false, problem: { reason: "question_closed", state: "expired" } });
  });

  test.each([
    ["another member's question", { kind: "member", subject: "ann" }],
    ["another role's", { kind: "role", role: "owner" }],
    ["another connection's", { kind: "connection", connectionId: "c1" }],
  ] as const)("is not there for %s, as one that was never asked", async (_whose, to) => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { to });

    const refused = await bench.questions.answer(acme, { questionId, value: "yes", by: bob });

    expect(refused).toEqual(await bench.questions.answer(acme, { questionId: "req-none", value: "yes", by: bob }));
    expect(refused).toEqual({ ok: false, problem: { reason: "question_unknown" } });
  });

  test("is for those who have the role or are the member, and for nobody of another tenant", async () => {
    const bench = questionBench();
    const beta = tenant("beta");
    const toRole = await asked(bench, { to: { kind: "role", role: "viewer" } });
    const toBob = await asked(bench, { to: { kind: "member", subject: "bob" } });

    const foreign = await bench.questions.answer(beta, { questionId: toRole.questionId, value: "yes", by: bob });
    const byRole = await bench.questions.answer(acme, { questionId: toRole.questionId, value: "yes", by: bob });
    const byBob = await bench.questions.answer(acme, { questionId: toBob.questionId, value: "yes", by: bob });

    expect(foreign).toEqual({ ok: false, problem: { reason: "question_unknown" } });
    expect([byRole.ok, byBob.ok]).toEqual([true, true]);
  });

  test("is acknowledged though the job could not be let go on: the sweeper does it", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { jobId: aJob() });
    bench.breakJobs(true);

    const answered = await bench.questions.answer(acme, { questionId, value: "yes", by: ann });
    bench.breakJobs(false);
    const swept = [await bench.sweep(), await bench.sweep()];

    expect(answered.ok).toBe(true);
    expect(bench.woken).toEqual([aJob()]);
    expect(swept).toEqual([{ isEmpty: false }, { isEmpty: true }]);
  });
});

describe("editing", () => {
  test("replaces the words and tells those who are asked anew", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { content: aContent({ choices: ["yes"] }) });

    const edited = await bench.questions.edit(acme, {
      questionId,
      by: { subject: "agent" },
      revision: 1,
      content: aContent({ question: "Deploy to production?" }),
    });

    expect(value(edited)).toMatchObject({ question: "Deploy to production?", revision: 2, state: "open" });
    expect(value(edited).choices).toBeUndefined();
    expect(bench.told.at(-1)).toMatchObject({
      type: "ask_user",
      messageId: `${questionId}.2`,
      body: { question: "Deploy to production?", revision: 2 },
    });
  });

  test("of a revision that is not the last is refused, unless it says the same", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench);
    const by = { subject: "agent" };
    const edit = (question: string) =>
      bench.questions.edit(acme, { questionId, by, revision: 1, content: aContent({ question }) });
    await edit("One?");

    expect(await edit("Other?")).toEqual({ ok: false, problem: { reason: "question_changed", revision: 2 } });
    expect(await edit("One?")).toMatchObject({ ok: true, value: { revision: 2 } });
  });

  test("is for who asked alone, and of an open question", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench);
    const edit = (subject: string) =>
      bench.questions.edit(acme, { questionId, by: { subject }, revision: 1, content: aContent({ question: "One?" }) });

    const foreign = await edit("ann");
    await bench.questions.answer(acme, { questionId, value: "yes", by: ann });
    const late = await edit("agent");

    expect(foreign).toEqual({ ok: false, problem: { reason: "question_unknown" } });
    expect(late).toEqual({ ok: false, problem: { reason: "question_closed", state: "answered", by: "ann" } });
  });

  test("with words that may not be asked changes nothing", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench);

    const content = aContent({ question: "" });
    const edited = await bench.questions.edit(acme, { questionId, by: { subject: "agent" }, revision: 1, content });

    expect(edited).toMatchObject({ ok: false, problem: { reason: "question_invalid" } });
    expect(await bench.questions.get(acme, questionId)).toMatchObject({ question: "Deploy?", revision: 1 });
  });
});

describe("withdrawing", () => {
  test("ends the question, tells everybody, and lets the job go on", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { jobId: aJob() });
    const by = { subject: "agent", mayCancel: false };

    const withdrawn = await bench.questions.withdraw(acme, { questionId, by });
    const again = await bench.questions.withdraw(acme, { questionId, by });

    expect(withdrawn).toMatchObject({ ok: true, value: { state: "withdrawn", closedBy: "agent" } });
    expect(again.ok).toBe(true);
    expect(bench.told.slice(1)).toMatchObject([
      { type: "question_closed", body: { request_id: questionId, reason: "withdrawn", by: "agent" } },
    ]);
    expect(bench.woken).toEqual([aJob()]);
  });

  test("is for who asked, and for who may stop anybody's work", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench);

    const foreign = await bench.questions.withdraw(acme, { questionId, by: { subject: "bob", mayCancel: false } });
    const admin = await bench.questions.withdraw(acme, { questionId, by: { subject: "ann", mayCancel: true } });

    expect(foreign).toEqual({ ok: false, problem: { reason: "question_unknown" } });
    expect(admin).toMatchObject({ ok: true, value: { closedBy: "ann" } });
  });

  test("comes too late for a question that was answered", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench);
    await bench.questions.answer(acme, { questionId, value: "yes", by: bob });

    const late = await bench.questions.withdraw(acme, { questionId, by: { subject: "agent", mayCancel: false } });

    expect(late).toEqual({ ok: false, problem: { reason: "question_closed", state: "answered", by: "bob" } });
  });

  test("follows from the end of the job that asked, and only while the question is open", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { jobId: aJob() });

    await bench.questions.jobEnded(acme, aJob());
    await bench.questions.jobEnded(acme, aJob());

    expect(await bench.questions.get(acme, questionId)).toMatchObject({ state: "withdrawn", closedBy: "agent" });
    expect(bench.told).toHaveLength(2);
  });
});

describe("the end of its time", () => {
  test("is seen by whoever looks, and written down once by whoever is told to", async () => {
    const bench = questionBench();
    const { questionId, expiresAtEpochMs } = await asked(bench, { jobId: aJob() });
    const early = await bench.questions.expire(acme, questionId);
    bench.clock.advance(300_000);

    const seen = await bench.questions.get(acme, questionId);
    const toldBefore = bench.told.length;
    await bench.questions.expire(acme, questionId);
    await bench.questions.expire(acme, questionId);

    expect(early).toMatchObject({ ok: true, value: { state: "open" } });
    expect(seen).toMatchObject({ state: "expired", closedAtEpochMs: expiresAtEpochMs });
    expect(toldBefore).toBe(1);
    expect(bench.told.slice(1)).toMatchObject([
      { type: "question_closed", from: "agent", body: { request_id: questionId, reason: "expired" } },
    ]);
    expect(bench.told[1]?.body).not.toHaveProperty("by");
    expect(bench.woken).toEqual([aJob()]);
  });

  test("leaves the question to be looked at for a week", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench);
    bench.clock.advance(300_000 + 7 * 86_400_000 - 1_000);

    const kept = await bench.questions.get(acme, questionId);
    bench.clock.advance(1_000);

    expect(kept).toMatchObject({ state: "expired" });
    expect(await bench.questions.get(acme, questionId)).toBeUndefined();
  });
});

test("a question is seen by those who are asked and by who asked, and by nobody else", async () => {
  const bench = questionBench();
  const { questionId } = await asked(bench, { to: { kind: "member", subject: "ann" } });
  const seenBy = (subject: string) => bench.questions.seenBy(acme, questionId, { subject, role: "viewer" });

  expect(await seenBy("ann")).toMatchObject({ questionId });
  expect(await seenBy("agent")).toMatchObject({ questionId });
  expect(await seenBy("bob")).toBeUndefined();
});
