import { expect, test } from "vitest";
import { QuestionSweep } from "../../../../layers/core/question/question-sweep.ts";
import type { QuestionTurn } from "../../../../layers/core/question/question-turn.ts";
import { Questions } from "../../../../layers/core/question/questions.ts";
import { acme, ann, aQuestion, bob, questionBench } from "../../../fixtures/question-bench.ts";

/** Questions of which each turn is noted, by however many processes. */
function turning() {
  const bench = questionBench();
  const turns: QuestionTurn[] = [];
  const deps = { ...bench.deps, turned: (turn: QuestionTurn) => turns.push(turn) };
  const ask = async (): Promise<string> => {
    const asked = await new Questions(deps).ask(acme, aQuestion());
    if (!asked.ok) throw new TypeError(asked.problem.reason);
    return asked.value.questionId;
  };
  return { bench, turns, ask, questions: new Questions(deps), sweep: new QuestionSweep(deps) };
}

test("a question that two answer is told of once: that it was asked, and after how long the first answered", async () => {
  const { bench, turns, ask, questions } = turning();
  const questionId = await ask();
  bench.clock.advance(7_000);

  await Promise.all([ann, bob].map((by) => questions.answer(acme, { questionId, value: "yes", by })));
  await questions.answer(acme, { questionId, value: "yes", by: ann });

  expect(turns).toEqual([
    { tenantId: "acme", became: "asked", afterMs: 0 },
    { tenantId: "acme", became: "answered", afterMs: 7_000 },
  ]);
});

test("a question that is withdrawn twice is told of once", async () => {
  const { bench, turns, ask, questions } = turning();
  const questionId = await ask();
  bench.clock.advance(1_500);
  const by = { subject: "agent", mayCancel: false };

  await questions.withdraw(acme, { questionId, by });
  await questions.withdraw(acme, { questionId, by });

  expect(turns.slice(1)).toEqual([{ tenantId: "acme", became: "withdrawn", afterMs: 1_500 }]);
});

test("a question that nobody answers is told of once its end is written down, by the sweeper that did", async () => {
  const { bench, turns, ask, sweep } = turning();
  await ask();
  bench.clock.advance(310_000);
  const bounds = { untilEpochMs: bench.clock.nowMs() + 60_000 };

  await Promise.all([sweep.sweep(acme, bounds), sweep.sweep(acme, bounds)]);
  await sweep.sweep(acme, bounds);

  expect(turns.slice(1)).toEqual([{ tenantId: "acme", became: "expired", afterMs: 310_000 }]);
});
