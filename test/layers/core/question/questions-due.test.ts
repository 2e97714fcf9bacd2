import { describe, expect, test } from "vitest";
import { newJobId } from "../../../../layers/core/job/job-id.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { QUESTION_DUE_AHEAD_MS } from "../../../../layers/core/question/limits.ts";
import { parseQuestionDue, questionDueBody } from "../../../../layers/core/question/question-due.ts";
import { Questions } from "../../../../layers/core/question/questions.ts";
import { QuestionsDue } from "../../../../layers/core/question/questions-due.ts";
import { questionKey } from "../../../../layers/core/store/keys.ts";
import { acme, ann, aQuestion, asked, type QuestionBench, questionBench } from "../../../fixtures/question-bench.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const SOON_MS = 30_000;
const LATE_MS = QUESTION_DUE_AHEAD_MS + 60_000;

const takenBy = (bench: QuestionBench, questionId: string, tenantId = acme) =>
  new QuestionsDue(bench.deps).take({ tenantId }, questionId);
const stateOf = async (bench: QuestionBench, questionId: string) =>
  (await bench.table.get(questionKey(acme, questionId)))?.state;

describe("a message about the end of a question", () => {
  test("reads back, and no other message does", () => {
    const body = questionDueBody("req-1");

    expect(parseQuestionDue(body)).toBe("req-1");
    expect(body).toBe('{"kind":"question-due","questionId":"req-1"}');
    for (const other of ["", "?", "null", '{"kind":"lane","questionId":"req-1"}', '{"kind":"question-due"}'])
      expect(parseQuestionDue(other)).toBeUndefined();
  });

  test("is sent by whoever asks a question that is over soon, to come on its second", async () => {
    const bench = questionBench();

    const { questionId } = await asked(bench, { timeoutMs: SOON_MS - 1 });

    expect(bench.due).toEqual([{ tenantId: acme, body: questionDueBody(questionId), delaySeconds: SOON_MS / 1_000 }]);
  });

  test("is not sent for a question that a job waits for: the job ends it", async () => {
    const bench = questionBench();

    await asked(bench, { timeoutMs: SOON_MS, jobId: newJobId({ chance: seededChance(7) }, bench.clock.nowMs()) });
    await bench.sweep();

    expect(bench.due).toEqual([]);
  });

  test("is sent for a later one by the sweeper, once its end is near", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { timeoutMs: LATE_MS });

    await bench.sweep();
    const early = [...bench.due];
    bench.clock.advance(LATE_MS - QUESTION_DUE_AHEAD_MS);
    await bench.sweep();

    const delaySeconds = QUESTION_DUE_AHEAD_MS / 1_000;
    expect(early).toEqual([]);
    expect(bench.due).toEqual([{ tenantId: acme, body: questionDueBody(questionId), delaySeconds }]);
  });

  test("that can't be sent is reported, and the question is asked and ended by the sweeper all the same", async () => {
    const bench = questionBench();
    bench.breakQueue(true);

    const { questionId } = await asked(bench, { timeoutMs: SOON_MS });
    bench.clock.advance(SOON_MS);
    await bench.sweep();

    expect(bench.reports).toEqual([expect.any(StoreFault)]);
    expect(await stateOf(bench, questionId)).toBe("expired");
  });

  test("that a queue has no room for is reported", async () => {
    const bench = questionBench();
    const tooLarge = { reason: "message_too_large", bytes: 80, bytesMax: 1 } as const;
    const queue = { send: async () => ({ ok: false, problem: tooLarge }) as const };

    const answer = await new Questions({ ...bench.deps, queue }).ask(acme, aQuestion({ timeoutMs: SOON_MS }));

    expect(answer.ok).toBe(true);
    expect(bench.reports).toMatchObject([{ code: "question_due_refused" }]);
  });
});

describe("whoever takes it", () => {
  test("ends the question whose time is over: all who were asked are told, and nothing is left to do", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { timeoutMs: SOON_MS });
    bench.clock.advance(SOON_MS);

    const taking = await takenBy(bench, questionId);

    expect(taking).toEqual({ message: "complete" });
    expect(await stateOf(bench, questionId)).toBe("expired");
    expect(bench.told.at(-1)).toMatchObject({ type: "question_closed", body: { reason: "expired" } });
    expect(await bench.sweep()).toEqual({ isEmpty: true });
  });

  test("changes nothing when it comes a second time", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { timeoutMs: SOON_MS });
    bench.clock.advance(SOON_MS);

    await Promise.all([takenBy(bench, questionId), takenBy(bench, questionId)]);
    const taking = await takenBy(bench, questionId);

    expect(taking).toEqual({ message: "complete" });
    expect(bench.told.map(({ type }) => type)).toEqual(["ask_user", "question_closed"]);
  });

  test("leaves an answer as it is", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { timeoutMs: SOON_MS });
    await bench.questions.answer(acme, { questionId, value: "yes", by: ann });
    bench.clock.advance(SOON_MS);

    expect(await takenBy(bench, questionId)).toEqual({ message: "complete" });
    expect(await stateOf(bench, questionId)).toBe("answered");
    expect(bench.told).toHaveLength(2);
  });

  test("has a message that came too early come again, and leaves the question open", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { timeoutMs: SOON_MS });
    bench.clock.advance(SOON_MS - 1);

    expect(await takenBy(bench, questionId)).toEqual({ message: "later", afterSeconds: 1 });
    expect(await stateOf(bench, questionId)).toBe("open");
  });

  test("leaves a question whose end is far off to the sweeper", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { timeoutMs: LATE_MS });

    expect(await takenBy(bench, questionId)).toEqual({ message: "complete" });
    expect(await stateOf(bench, questionId)).toBe("open");
  });

  test("leaves the question of a job to the job", async () => {
    const bench = questionBench();
    const jobId = newJobId({ chance: seededChance(7) }, bench.clock.nowMs());
    const { questionId } = await asked(bench, { timeoutMs: SOON_MS, jobId });
    bench.clock.advance(SOON_MS);

    expect(await takenBy(bench, questionId)).toEqual({ message: "complete" });
    expect(await stateOf(bench, questionId)).toBe("open");
    expect(bench.woken).toEqual([]);
  });

  test("finds no question of another tenant, and none where none was asked", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { timeoutMs: SOON_MS });
    bench.clock.advance(SOON_MS);

    for (const [tenantId, id] of [[tenant("globex"), questionId] as const, [acme, "?"] as const])
      expect(await takenBy(bench, id, tenantId)).toEqual({ message: "complete" });
    expect(await stateOf(bench, questionId)).toBe("open");
  });

  test("has the message of a question that changes all the time come again a second later", async () => {
    const bench = questionBench();
    const { questionId } = await asked(bench, { timeoutMs: SOON_MS });
    bench.clock.advance(SOON_MS);
    const changing: Table = {
      ...bench.table,
      async update(key, change, condition) {
        await bench.table.update(key, { add: { revision: 1 } });
        return bench.table.update(key, change, condition);
      },
    };

    const taking = await new QuestionsDue({ ...bench.deps, table: changing }).take({ tenantId: acme }, questionId);

    expect(taking).toEqual({ message: "later", afterSeconds: 1 });
  });

  test("lets the message come again where the table fails", async () => {
    const bench = questionBench();
    const fault = new StoreFault("table", "read", { cause: "broken" });
    const failing: Table = { ...bench.table, get: () => Promise.reject(fault) };

    const { questionId } = await asked(bench, { timeoutMs: SOON_MS });
    const taking = new QuestionsDue({ ...bench.deps, table: failing }).take({ tenantId: acme }, questionId);

    await expect(taking).rejects.toBe(fault);
  });
});
