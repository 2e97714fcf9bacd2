import { expect, test } from "vitest";
import { newJobId } from "../../../../layers/core/job/job-id.ts";
import { QUESTION_TIMEOUT_MS_MAX, QUESTION_TIMEOUT_MS_MIN } from "../../../../layers/core/question/limits.ts";
import { isQuestionId, questionIdOfJob } from "../../../../layers/core/question/question-id.ts";
import { orderedQuestion, type QuestionOrder } from "../../../../layers/core/question/question-order.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { aContent, aQuestion } from "../../../fixtures/question-bench.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const clock = manualClock();
const chance = seededChance(1);
const ordered = (given: Partial<QuestionOrder> = {}) => orderedQuestion({ clock, chance }, acme, aQuestion(given));

test("a question that was ordered is open from now on for as long as was said, and nobody was told of it", () => {
  const question = ordered({ timeoutMs: 1_000.5 });

  expect(question).toEqual({
    ok: true,
    value: {
      ...{ tenantId: acme, questionId: expect.toSatisfy(isQuestionId), asker: "agent", to: { kind: "everyone" } },
      ...{ question: "Deploy?", urgency: "normal", state: "open", revision: 1, publishedRevision: 0 },
      ...{ askedAtEpochMs: clock.nowMs(), expiresAtEpochMs: clock.nowMs() + 1_001 },
    },
  });
});

test("two that a job orders are one, and two that nobody waits for are two", () => {
  const jobId = newJobId({ chance }, clock.nowMs());
  const idOf = (question: ReturnType<typeof ordered>) => (question.ok ? question.value.questionId : question.problem);

  expect([idOf(ordered({ jobId })), idOf(ordered({ jobId }))]).toEqual(Array(2).fill(questionIdOfJob(jobId)));
  expect(idOf(ordered())).not.toEqual(idOf(ordered()));
});

test.each([QUESTION_TIMEOUT_MS_MIN, QUESTION_TIMEOUT_MS_MAX])("%d ms are a time to answer in", (timeoutMs) => {
  expect(ordered({ timeoutMs }).ok).toBe(true);
});

test.each([QUESTION_TIMEOUT_MS_MIN - 1, QUESTION_TIMEOUT_MS_MAX + 1, -1, Number.NaN, Number.POSITIVE_INFINITY])(
  "%d ms are none, and that is told with what is",
  (timeoutMs) => {
    const allowed = "1000 to 604800000 milliseconds";
    expect(ordered({ timeoutMs })).toEqual({
      ok: false,
      problem: { reason: "question_invalid", field: "timeout", allowed },
    });
  },
);

test("what may not be asked is told before the time is looked at", () => {
  expect(ordered({ content: aContent({ question: " " }), timeoutMs: 0 })).toMatchObject({
    ok: false,
    problem: { reason: "question_invalid", field: "question" },
  });
});
