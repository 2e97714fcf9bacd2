import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { QuestionSweep } from "../../../../layers/core/question/question-sweep.ts";
import { Questions } from "../../../../layers/core/question/questions.ts";
import { sqliteTable } from "../../../../layers/local/sqlite-table.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { type LocalDynamoTable, localDynamoTable } from "../../../fixtures/dynamo-table.ts";
import { aContent, acme, aQuestion, questionBench, value } from "../../../fixtures/question-bench.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";

const ANSWERERS = 100;
const EDITS = 5;
const clock = systemClock();

let dynamo: LocalDynamoTable;
beforeAll(async () => {
  dynamo = await localDynamoTable(clock);
});
afterAll(() => dynamo.close());

/** As a client does whose answer was not acknowledged: the store may take its time with a hundred at once. */
async function persistently<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (fault) {
      if (!(fault instanceof StoreFault) || attempt === 20) throw fault;
    }
  }
}

/** Several ways to one file, as several processes have. */
async function onSqlite(): Promise<readonly Table[]> {
  const file = join(await testFolder(), "state.sqlite");
  const tables = await Promise.all([1, 2, 3, 4].map(() => sqliteTable({ file, clock })));
  onTestFinished(() => Promise.all(tables.map((table) => table.close())).then(() => {}));
  return tables;
}

describe.each([
  ["SQLite", onSqlite],
  ["DynamoDB", async () => [dynamo.table]],
] as const)("on %s", (_name, open) => {
  test("of a hundred who answer at once, while the asker edits, one is first, and all others are told who", async () => {
    const tables = await open();
    const bench = questionBench();
    const processes = Array.from({ length: ANSWERERS }, (_, index) => {
      const table = tables[index % tables.length] ?? bench.table;
      return new Questions({ ...bench.deps, table, clock });
    });
    const [asker = bench.questions] = processes;
    const { questionId } = value(await persistently(() => asker.ask(acme, aQuestion())));

    const editing = (async () => {
      for (let revision = 1; revision <= EDITS; revision++) {
        const content = aContent({ question: `Revision ${revision}?` });
        await persistently(() => asker.edit(acme, { questionId, by: { subject: "agent" }, revision, content }));
      }
    })();
    const answers = await Promise.all(
      processes.map((questions, index) =>
        persistently(() =>
          questions.answer(acme, { questionId, value: `of ${index}`, by: { subject: `p${index}`, role: "viewer" } }),
        ),
      ),
    );
    await editing;

    const won = answers.flatMap((answer, index) => (answer.ok ? [index] : []));
    const [winner] = won;
    expect(won).toHaveLength(1);
    expect(value(answers[winner ?? -1] ?? { ok: false, problem: "none" }).answer).toMatchObject({
      value: `of ${winner}`,
      by: `p${winner}`,
    });
    const lost = answers.flatMap((answer) => (answer.ok ? [] : [answer.problem]));
    expect(new Set(lost.map((problem) => JSON.stringify(problem)))).toEqual(
      new Set([JSON.stringify({ reason: "question_closed", state: "answered", by: `p${winner}` })]),
    );
    expect(await asker.get(acme, questionId)).toMatchObject({ state: "answered", answer: { by: `p${winner}` } });

    // Of an answer that was written, but not acknowledged in its time, the sweeper tells, and maybe once more.
    const sweeper = new QuestionSweep({ ...bench.deps, table: tables[0] ?? bench.table, clock });
    const untilEpochMs = Number.POSITIVE_INFINITY;
    while (!(await persistently(() => sweeper.sweep(acme, { untilEpochMs }))).isEmpty);
    const closed = bench.told.filter(({ type }) => type === "question_closed");
    expect(new Set(closed.map(({ messageId }) => messageId)).size).toBe(1);
  });

  test("what a question holds is read as it was asked and answered, whatever its characters", async () => {
    const [table = questionBench().table] = await open();
    const { deps } = questionBench();
    const questions = new Questions({ ...deps, table, clock });
    const schema = { type: "object", properties: { note: { type: "string" }, size: { type: "number" } } };
    const content = aContent({ question: "\u0000 \ud800 ’ 🪿", schema });
    const { questionId } = value(await persistently(() => questions.ask(acme, aQuestion({ content }))));
    const filled = { note: "\u0000\udfff", size: 1e300 };

    await questions.answer(acme, { questionId, value: filled, by: { subject: "ann", role: "owner" } });

    expect(await questions.get(acme, questionId)).toMatchObject({ ...content, answer: { value: filled } });
    const listed = await questions.list(acme, { viewer: { subject: "ann", role: "owner" }, which: "all" });
    expect(listed.ok && listed.value.questions[0]).toMatchObject({ questionId, state: "answered" });
  });
});
