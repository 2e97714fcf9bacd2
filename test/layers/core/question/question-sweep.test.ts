import { describe, expect, test } from "vitest";
import { newJobId } from "../../../../layers/core/job/job-id.ts";
import { JobSweep } from "../../../../layers/core/job/job-sweep.ts";
import { JOB_MARK_KEPT_MS } from "../../../../layers/core/job/limits.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { QUESTION_ORPHAN_MS } from "../../../../layers/core/question/limits.ts";
import { QuestionSweep } from "../../../../layers/core/question/question-sweep.ts";
import { Questions } from "../../../../layers/core/question/questions.ts";
import { jobMarkKey, questionKey, questionOpenKey } from "../../../../layers/core/store/keys.ts";
import { FLEET_TENANT } from "../../../../layers/core/tenant/tenant-id.ts";
import { jobBench } from "../../../fixtures/job-bench.ts";
import {
  aContent,
  acme,
  ann,
  aQuestion,
  asked,
  type QuestionBench,
  questionBench,
} from "../../../fixtures/question-bench.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";

const jobId = newJobId({ chance: seededChance(7) }, Date.UTC(2027, 0, 1));
const TIMEOUT_MS = 300_000;

/** Does its work with a process that stands still for ever after the nth write. */
async function diesAfter(bench: QuestionBench, writes: number, work: (questions: Questions) => Promise<unknown>) {
  let count = 0;
  const write = <T>(call: () => Promise<T>): Promise<T> => {
    count++;
    return count > writes ? new Promise<T>(() => {}) : call();
  };
  const { table } = bench;
  const dying: Table = {
    ...table,
    put: (...of) => write(() => table.put(...of)),
    update: (...of) => write(() => table.update(...of)),
    delete: (...of) => write(() => table.delete(...of)),
  };
  const publish: QuestionBench["deps"]["publisher"]["publish"] = (...of) =>
    write(() => bench.deps.publisher.publish(...of));
  const wake: QuestionBench["deps"]["wake"] = (...of) => write(() => bench.deps.wake(...of));
  let isDone = false;
  const questions = new Questions({ ...bench.deps, table: dying, publisher: { publish }, wake });
  void work(questions).then(() => {
    isDone = true;
  });
  await elapse(bench.clock, 10);
  return isDone;
}

/** Each number of writes, up to the first with which the work comes to its end. */
async function atEachDeath(
  work: (questions: Questions, bench: QuestionBench) => Promise<unknown>,
  check: (bench: QuestionBench, writes: number) => Promise<void>,
  prepare: (bench: QuestionBench) => Promise<unknown> = async () => {},
): Promise<number> {
  for (let writes = 0; writes < 20; writes++) {
    const bench = questionBench();
    await prepare(bench);
    const isDone = await diesAfter(bench, writes, (questions) => work(questions, bench));
    await check(bench, writes);
    if (isDone) return writes;
  }
  throw new TypeError("the work has no end");
}

const typesOf = ({ told }: QuestionBench) => [...new Set(told.map(({ type, messageId }) => `${type} ${messageId}`))];

describe("a process that dies at any step", () => {
  test("of asking has either asked nobody, or everybody is told, and in the end nothing is left of it", async () => {
    const steps = await atEachDeath(
      (questions) => questions.ask(acme, aQuestion({ jobId, timeoutMs: TIMEOUT_MS })),
      async (bench, writes) => {
        await bench.sweep();
        const [question] = await allOf(bench);
        expect(typesOf(bench)).toEqual(question === undefined ? [] : [`ask_user ${question.questionId}.1`]);
        expect(question === undefined, `after ${writes} writes`).toBe(writes < 3);
        bench.clock.advance(TIMEOUT_MS + QUESTION_ORPHAN_MS + 1);
        await bench.sweep();
        expect(await bench.sweep()).toEqual({ isEmpty: true });
        expect(bench.told.at(-1)?.type).toBe(question === undefined ? undefined : "question_closed");
      },
    );

    expect(steps).toBe(5); // entry, mark, question, message, note
  });

  test("of asking leaves it to the job's next run, which asks no second time", async () => {
    await atEachDeath(
      (questions) => questions.ask(acme, aQuestion({ jobId })),
      async (bench) => {
        bench.clock.advance(30_000);
        const question = await asked(bench, { jobId });
        await bench.sweep();
        expect(typesOf(bench)).toEqual([`ask_user ${question.questionId}.1`]);
        await bench.questions.answer(acme, { questionId: question.questionId, value: "yes", by: ann });
        await bench.sweep();
        expect(await bench.sweep()).toEqual({ isEmpty: true });
      },
    );
  });

  test.each([
    [
      "answering",
      "answered",
      (questions: Questions, questionId: string) => questions.answer(acme, { questionId, value: "yes", by: ann }),
    ],
    [
      "withdrawing",
      "withdrawn",
      (questions: Questions, questionId: string) =>
        questions.withdraw(acme, { questionId, by: { subject: "agent", mayCancel: false } }),
    ],
  ] as const)("of %s has either done nothing, or all hear of it and the job goes on", async (_how, state, act) => {
    const steps = await atEachDeath(
      async (questions, bench) => {
        const [question] = await allOf(bench);
        return act(questions, question?.questionId ?? "");
      },
      async (bench, writes) => {
        await bench.sweep();
        const [question] = await allOf(bench);
        expect(question?.state).toBe(writes === 0 ? "open" : state);
        expect(bench.told.at(-1)?.type).toBe(writes === 0 ? "ask_user" : "question_closed");
        expect(new Set(bench.woken)).toEqual(new Set(writes === 0 ? [] : [jobId]));
        expect(await bench.sweep()).toEqual({ isEmpty: writes > 0 });
      },
      (bench) => asked(bench, { jobId }),
    );

    expect(steps).toBe(4); // the end, message, job, entry
  });

  test("of editing has either changed nothing, or all are told anew", async () => {
    await atEachDeath(
      async (questions, bench) => {
        const [question] = await allOf(bench);
        const content = aContent({ question: "Deploy now?" });
        return questions.edit(acme, {
          questionId: question?.questionId ?? "",
          by: { subject: "agent" },
          revision: 1,
          content,
        });
      },
      async (bench, writes) => {
        await bench.sweep();
        const [question] = await allOf(bench);
        expect(question?.question).toBe(writes === 0 ? "Deploy?" : "Deploy now?");
        expect(bench.told.at(-1)?.body).toMatchObject({ question: question?.question });
      },
      (bench) => asked(bench),
    );
  });

  test("at the end of its time leaves it to the next sweep", async () => {
    const steps = await atEachDeath(
      async (questions, bench) => questions.expire(acme, (await allOf(bench))[0]?.questionId ?? ""),
      async (bench) => {
        await bench.sweep();
        await bench.sweep();
        expect(typesOf(bench).filter((type) => type.startsWith("question_closed"))).toHaveLength(1);
        expect(new Set(bench.woken)).toEqual(new Set([jobId]));
        expect(await bench.sweep()).toEqual({ isEmpty: true });
      },
      async (bench) => {
        await asked(bench, { jobId, timeoutMs: TIMEOUT_MS });
        bench.clock.advance(TIMEOUT_MS);
      },
    );

    expect(steps).toBe(4);
  });
});

async function allOf(bench: QuestionBench) {
  const listed = await bench.questions.list(acme, { viewer: ann, which: "all" });
  return listed.ok ? listed.value.questions : [];
}

describe("the sweeper", () => {
  test("leaves a question alone that was told and has time", async () => {
    const bench = questionBench();
    await asked(bench);

    await bench.sweep();

    expect(bench.told).toHaveLength(1);
  });

  test("leaves the entry of a question that may still be made, also by one that stood still for long", async () => {
    const bench = questionBench();
    const entry = { questionId: `req-${"0".repeat(31)}`, expiresAtEpochMs: bench.clock.nowMs() + TIMEOUT_MS };
    await bench.table.put({ ...questionOpenKey(acme, entry), ...entry });

    bench.clock.advance(TIMEOUT_MS + QUESTION_ORPHAN_MS);
    const early = await bench.sweep();
    bench.clock.advance(1);
    await bench.sweep();

    expect(early).toEqual({ isEmpty: false });
    expect(await bench.sweep()).toEqual({ isEmpty: true });
  });

  test("takes away the entry of an attempt that came to nothing, and not the question's own", async () => {
    const bench = questionBench();
    const { questionId, expiresAtEpochMs } = await asked(bench);
    const stale = { questionId, expiresAtEpochMs: expiresAtEpochMs - 1 };
    await bench.table.put({ ...questionOpenKey(acme, stale), ...stale });

    await bench.sweep();

    expect(await bench.table.get(questionOpenKey(acme, stale))).toBeUndefined();
    expect(await bench.table.get(questionOpenKey(acme, { questionId, expiresAtEpochMs }))).toBeDefined();
  });

  test("reports what it can't read, and brings the others on", async () => {
    const bench = questionBench();
    bench.breakPublisher(true);
    const [broken, whole] = [await asked(bench), await asked(bench)];
    bench.breakPublisher(false);
    bench.reports.length = 0;
    await bench.table.put({ ...questionKey(acme, broken.questionId), state: "odd" });
    await bench.table.put({ ...questionOpenKey(acme, { questionId: "odd", expiresAtEpochMs: 1e12 }), odd: true });

    await bench.sweep();

    expect(bench.told).toMatchObject([{ messageId: `${whole.questionId}.1` }]);
    expect(bench.reports).toMatchObject([{ code: "question_entry_corrupt" }, { code: "question_corrupt" }]);
  });

  test("begins with nothing once its time is over, and says that there is more", async () => {
    const bench = questionBench();
    bench.breakPublisher(true);
    await asked(bench);
    bench.breakPublisher(false);

    const sweep = new QuestionSweep(bench.deps);
    const swept = await sweep.sweep(acme, { untilEpochMs: bench.clock.nowMs() });

    expect(swept).toEqual({ isEmpty: false });
    expect(bench.told).toEqual([]);
  });
});

test("the sweeper of jobs follows the mark of a tenant that has questions alone, and lets it go once it has none", async () => {
  const jobs = jobBench();
  const bench = questionBench({ table: jobs.deps.table });
  const deps = { ...bench.deps, clock: jobs.clock };
  const [questions, sweep] = [new Questions(deps), new QuestionSweep(deps)];
  const run = () => new JobSweep({ ...jobs.deps, others: [(...of) => sweep.sweep(...of)] }).run({ untilEpochMs: 9e15 });
  const isMarked = async () =>
    (await jobs.deps.table.get(jobMarkKey(FLEET_TENANT, { region: "here", of: acme }))) !== undefined;
  bench.breakPublisher(true);
  await questions.ask(acme, aQuestion());
  bench.breakPublisher(false);

  await run();
  const toldAtFirst = [...bench.told];
  jobs.clock.advance(JOB_MARK_KEPT_MS);
  await run();
  const wasMarked = await isMarked();
  await run();

  expect(toldAtFirst).toMatchObject([{ type: "ask_user" }]);
  expect(bench.told.at(-1)).toMatchObject({ type: "question_closed", body: { reason: "expired" } });
  expect([wasMarked, await isMarked()]).toEqual([true, false]);
});
