import { expect, test } from "vitest";
import type { BoardQuestion } from "../../../client/people/question-board.ts";
import { beginningOf, hasWords, titledQuestion } from "../../../portal/people/question-words.ts";

const QUESTION: BoardQuestion = {
  requestId: "req-1",
  question: "Deploy to Trieste?",
  urgency: "normal",
  askedBy: "deploy-bot",
  askedAtEpochMs: 0,
  expiresAtEpochMs: 9,
  revision: 1,
  closed: { reason: "answered", by: "ann", answer: { when: "Tonight" }, atEpochMs: 5 },
};

test("a short text stands for itself, and of a long one its beginning", () => {
  expect(beginningOf("x".repeat(240))).toBe("x".repeat(240));
  expect(beginningOf("x".repeat(241))).toBe(`${"x".repeat(240)} …`);
});

test("no character is cut in two", () => {
  expect(beginningOf(`${"x".repeat(239)}🚀 and on`)).toBe(`${"x".repeat(239)} …`);
});

test.each([
  ["Why?", { title: "Why?", rest: "" }],
  ["The plan\nIt begins\nso.", { title: "The plan", rest: "It begins\nso." }],
  ["y".repeat(280), { title: "y".repeat(280), rest: "" }],
  ["y".repeat(281), { title: "", rest: "y".repeat(281) }],
  [`${"y".repeat(281)}\nz`, { title: "", rest: `${"y".repeat(281)}\nz` }],
  ["\nIt begins late.", { title: "", rest: "\nIt begins late." }],
])("the title of %j is what can be one", (question, titled) => {
  expect(titledQuestion(question)).toEqual(titled);
});

test.each(["", " ", "trieste", "TRIESTE deploy-bot", "ann", "tonight"])("%j finds a question", (sought) => {
  expect(hasWords(QUESTION, sought)).toBe(true);
});

test.each(["trieste bob", "yesterday"])("%j does not", (sought) => {
  expect(hasWords(QUESTION, sought)).toBe(false);
});
