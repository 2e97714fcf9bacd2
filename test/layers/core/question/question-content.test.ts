import { describe, expect, test } from "vitest";
import {
  ANSWER_CHARACTERS_MAX,
  CHOICE_CHARACTERS_MAX,
  CHOICES_MAX,
  QUESTION_CHARACTERS_MAX,
} from "../../../../layers/core/question/limits.ts";
import { checkAnswer, checkContent } from "../../../../layers/core/question/question-content.ts";
import { aContent } from "../../../fixtures/question-bench.ts";

const schema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };

describe("what is asked", () => {
  test.each([
    ["a text", {}],
    ["a text of the longest", { question: "x".repeat(QUESTION_CHARACTERS_MAX) }],
    ["choices", { choices: Array.from({ length: CHOICES_MAX }, (_, number) => String(number)) }],
    ["a form", { schema }],
  ])("may be %s", (_what, given) => {
    expect(checkContent(aContent(given))).toEqual({ ok: true, value: aContent(given) });
  });

  test.each([
    ["question", { question: " \n" }],
    ["question", { question: "x".repeat(QUESTION_CHARACTERS_MAX + 1) }],
    ["question", { question: "\u0001".repeat(QUESTION_CHARACTERS_MAX) }],
    ["choices", { choices: [] }],
    ["choices", { choices: ["yes", "yes"] }],
    ["choices", { choices: [""] }],
    ["choices", { choices: ["x".repeat(CHOICE_CHARACTERS_MAX + 1)] }],
    ["choices", { choices: Array.from({ length: CHOICES_MAX + 1 }, (_, number) => String(number)) }],
    ["choices", { choices: ["yes"], schema }],
    ["schema", { schema: { type: "array" } }],
    ["schema.properties.deep", { schema: { type: "object", properties: { deep: { type: "object" } } } }],
  ])("is refused for its %s", (field, given) => {
    const checked = checkContent(aContent(given));

    expect(checked).toMatchObject({ ok: false, problem: { reason: "question_invalid", field } });
  });

  test("is kept without what is no part of it", () => {
    const more = { ...aContent(), tenantId: "beta" };

    expect(checkContent(more)).toEqual({ ok: true, value: aContent() });
  });
});

describe("an answer", () => {
  test.each([
    ["a text", {}, "yes"],
    ["a text of the longest", {}, "x".repeat(ANSWER_CHARACTERS_MAX)],
    ["a choice", { choices: ["yes", "no"] }, "no"],
    ["a form filled in", { schema }, { name: "Ann" }],
  ])("may be %s", (_what, content, value) => {
    expect(checkAnswer(aContent(content), value)).toEqual({ ok: true, value });
  });

  test.each([
    ["no text", {}, 7, {}],
    ["an empty text", {}, "", {}],
    ["a text that is too long", {}, "x".repeat(ANSWER_CHARACTERS_MAX + 1), {}],
    ["none of the choices", { choices: ["yes"] }, "no", { allowed: 'one of ["yes"]' }],
    ["a text for a form", { schema }, "Ann", { allowed: "an object with name" }],
    ["a form with a wrong field", { schema }, { name: 7 }, { field: "name", allowed: "a text" }],
    ["a form that is too long", { schema }, { name: "x".repeat(ANSWER_CHARACTERS_MAX) }, {}],
  ])("may not be %s", (_what, content, value, problem) => {
    expect(checkAnswer(aContent(content), value)).toMatchObject({
      ok: false,
      problem: { reason: "answer_invalid", ...problem },
    });
  });
});
