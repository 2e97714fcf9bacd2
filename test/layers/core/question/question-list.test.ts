import { describe, expect, test } from "vitest";
import type { Hearer } from "../../../../layers/core/message/channel.ts";
import { QUESTION_LIST_MAX } from "../../../../layers/core/question/limits.ts";
import type { QuestionFilter } from "../../../../layers/core/question/question-list.ts";
import {
  aContent,
  acme,
  ann,
  asked,
  bob,
  type QuestionBench,
  questionBench,
} from "../../../fixtures/question-bench.ts";
import { tenant } from "../../../fixtures/tenants.ts";

async function page(bench: QuestionBench, filter: Partial<QuestionFilter> = {}) {
  const listed = await bench.questions.list(acme, { viewer: ann, which: "all", ...filter });
  if (!listed.ok) throw new TypeError(JSON.stringify(listed.problem));
  return listed.value;
}

const words = ({ questions }: Awaited<ReturnType<typeof page>>) => questions.map(({ question }) => question);

async function askEach(bench: QuestionBench, ...texts: readonly string[]) {
  for (const question of texts) {
    await asked(bench, { content: aContent({ question }), timeoutMs: (10 - texts.indexOf(question)) * 60_000 });
    bench.clock.advance(1);
  }
}

describe("all questions", () => {
  test("are listed the newest first, with what became of each", async () => {
    const bench = questionBench();
    await askEach(bench, "one?", "two?", "three?");
    const [newest] = (await page(bench)).questions;
    await bench.questions.answer(acme, { questionId: newest?.questionId ?? "", value: "yes", by: bob });
    bench.clock.advance(9.5 * 60_000);

    const { questions } = await page(bench);

    expect(questions.map(({ question, state }) => [question, state])).toEqual([
      ["three?", "answered"],
      ["two?", "expired"],
      ["one?", "open"],
    ]);
  });

  test("come by pages, each once", async () => {
    const bench = questionBench();
    await askEach(bench, "1?", "2?", "3?", "4?", "5?");

    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const read = await page(bench, { limit: 2, cursor });
      seen.push(...words(read));
      cursor = read.cursor;
    } while (cursor !== undefined);

    expect(seen).toEqual(["5?", "4?", "3?", "2?", "1?"]);
  });
});

describe("open questions", () => {
  test("are listed by when they are over, and those that are over are left out", async () => {
    const bench = questionBench();
    await askEach(bench, "last?", "answered?", "first?");
    const answered = (await page(bench)).questions.find(({ question }) => question === "answered?");
    await bench.questions.answer(acme, { questionId: answered?.questionId ?? "", value: "yes", by: bob });

    const open = words(await page(bench, { which: "open" }));
    bench.clock.advance(8 * 60_000);
    const later = words(await page(bench, { which: "open" }));

    expect(open).toEqual(["first?", "last?"]);
    expect(later).toEqual(["last?"]);
  });

  test("come by pages, each once", async () => {
    const bench = questionBench();
    await askEach(bench, "1?", "2?", "3?");

    const first = await page(bench, { which: "open", limit: 2 });
    const second = await page(bench, { which: "open", limit: 2, cursor: first.cursor });

    expect([...words(first), ...words(second)]).toEqual(["3?", "2?", "1?"]);
  });
});

test.each(["open", "all"] as const)(
  "of %s a viewer sees what they are asked and what they have asked, and nothing else",
  async (which) => {
    const bench = questionBench();
    const ask = (question: string, given: Parameters<typeof asked>[1]) =>
      asked(bench, { content: aContent({ question }), ...given });
    await ask("everyone?", {});
    await ask("ann?", { to: { kind: "member", subject: "ann" } });
    await ask("bob?", { to: { kind: "member", subject: "bob" } });
    await ask("owners?", { to: { kind: "role", role: "owner" } });
    await ask("by bob?", { to: { kind: "role", role: "owner" }, asker: "bob" });
    const seenBy = async (viewer: Hearer) => words(await page(bench, { which, viewer })).sort();

    expect(await seenBy(ann)).toEqual(["ann?", "by bob?", "everyone?", "owners?"]);
    expect(await seenBy(bob)).toEqual(["bob?", "by bob?", "everyone?"]);
    expect(await bench.questions.list(tenant("beta"), { viewer: ann, which })).toEqual({
      ok: true,
      value: { questions: [] },
    });
  },
);

test("few among many that are not for the viewer come by pages that may be empty", async () => {
  const bench = questionBench();
  await asked(bench, { content: aContent({ question: "bob?" }) });
  for (let count = 0; count < 30; count++) await asked(bench, { to: { kind: "member", subject: "ann" } });

  const seen: string[] = [];
  let [cursor, pages]: [string | undefined, number] = [undefined, 0];
  do {
    const read = await page(bench, { viewer: bob, limit: 1, cursor });
    seen.push(...words(read));
    cursor = read.cursor;
    pages++;
  } while (cursor !== undefined && pages < 10);

  expect(seen).toEqual(["bob?"]);
  expect(pages).toBeGreaterThan(1);
});

test.each([
  [{ limit: 0 }, "question_limit_invalid"],
  [{ limit: 1.5 }, "question_limit_invalid"],
  [{ limit: QUESTION_LIST_MAX + 1 }, "question_limit_invalid"],
  [{ cursor: "TENANT#beta" }, "question_cursor_malformed"],
  [{ which: "open", cursor: `req-${"0".repeat(31)}` }, "question_cursor_malformed"],
] as const)("%j is refused", async (given, reason) => {
  const { questions } = questionBench();

  expect(await questions.list(acme, { viewer: ann, which: "all", ...given })).toMatchObject({
    ok: false,
    problem: { reason },
  });
});
