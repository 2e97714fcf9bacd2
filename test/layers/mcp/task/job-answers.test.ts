import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { Json } from "../../../../layers/core/ports/table.ts";
import { answersByKey, inputRequestsOf, newQuestions } from "../../../../layers/mcp/task/job-answers.ts";
import { form, model, roots, url } from "../../../../layers/mcp/toolkit/ask.ts";
import type { Question } from "../../../../layers/mcp/toolkit/question.ts";

const size = form({ message: "Which size?", schema: z.object({}) });
const asked = (entries: readonly (readonly [string, Question<unknown>])[]) => new Map(entries);
const nothingAsked: Readonly<Record<string, Json>> = {};

describe("new questions of a job", () => {
  test("have the tool's own keys where these are new", () => {
    const named = newQuestions(
      { questions: nothingAsked, answers: {} },
      asked([
        ["a", size],
        ["b", roots()],
      ]),
    );

    expect(named).toMatchObject({
      a: { key: "a", seq: 0, method: "elicitation/create" },
      b: { key: "b", seq: 1, method: "roots/list" },
    });
  });

  test("have names that no question of the job has had, whatever their keys are", () => {
    const first = newQuestions(
      { questions: nothingAsked, answers: {} },
      asked([
        ["a", size],
        ["a#2", size],
      ]),
    );
    const second = newQuestions(
      { questions: first, answers: first },
      asked([
        ["a", size],
        ["a#2", size],
      ]),
    );

    expect(Object.keys(first)).toEqual(["a", "a#2"]);
    expect(Object.keys(second)).toEqual(["a#3", "a#2#2"]);
    expect(second["a#3"]).toMatchObject({ key: "a", seq: 2 });
  });

  test("are those that are not open already: a job that was woken before it was answered asks nothing twice", () => {
    const questions = newQuestions({ questions: nothingAsked, answers: {} }, asked([["a", size]]));

    const again = newQuestions({ questions, answers: {} }, asked([["a", size]]));
    const other = newQuestions({ questions, answers: {} }, asked([["a", roots()]]));

    expect(again).toEqual({});
    expect(Object.keys(other)).toEqual(["a#2"]);
  });

  test("of which two would get the same name get two", () => {
    const before = newQuestions({ questions: nothingAsked, answers: {} }, asked([["a", size]]));

    const both = newQuestions(
      { questions: before, answers: before },
      asked([
        ["a#2", size],
        ["a", size],
      ]),
    );

    expect(Object.entries(both).map(([name, kept]) => [name, Object(kept).key])).toEqual([
      ["a#2", "a#2"],
      ["a#3", "a"],
    ]);
  });
});

describe("what was answered", () => {
  test("is known by the tool's keys, the last answer to each, in whatever order it is stored", () => {
    const first = newQuestions({ questions: nothingAsked, answers: {} }, asked([["a", size]]));
    const second = newQuestions(
      { questions: first, answers: first },
      asked([
        ["a", size],
        ["b", size],
      ]),
    );
    const questions = { ...second, ...first };

    expect(answersByKey({ questions, answers: { a: "old", "a#2": "new" } })).toEqual({ a: "new" });
    expect(answersByKey({ questions, answers: { a: "old" } })).toEqual({ a: "old" });
    expect(answersByKey({ questions, answers: {} })).toEqual({});
  });

  test("to what is no question of a tool is left out", () => {
    const questions = { a: "?", b: { key: "b", seq: 0, method: "tools/call" }, c: { key: "c", method: "roots/list" } };

    expect(answersByKey({ questions, answers: { a: 1, b: 2, c: 3 } })).toEqual({});
  });
});

describe("what is asked", () => {
  test("is asked by its kind, so that a client is held to what it declared", () => {
    const questions = newQuestions(
      { questions: nothingAsked, answers: {} },
      asked([
        ["form", size],
        ["url", url({ message: "Go", url: "https://example.org" })],
        ["model", model({ messages: [], maxTokens: 1 })],
        ["roots", roots()],
      ]),
    );

    const shown = inputRequestsOf({ questions, answers: { roots: {} } });

    expect(Object.entries(shown).map(([name, { kind }]) => [name, kind])).toEqual([
      ["form", "form"],
      ["url", "url"],
      ["model", "model"],
    ]);
    expect(shown.form?.read("no answer")).toBeUndefined();
    expect(shown.form?.read({ action: "accept" })).toEqual({ action: "accept" });
  });
});
