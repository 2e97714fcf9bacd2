import { expect, test } from "vitest";
import { EMPTY_BOARD, openQuestions, withAsked, withClosed, withRead } from "../../../client/people/question-board.ts";
import type { AskedQuestion, ClosedQuestion } from "../../../client/people/wire.ts";

const asked = (given: Partial<AskedQuestion> = {}): AskedQuestion => ({
  requestId: "req-1",
  question: "Deploy?",
  urgency: "normal",
  askedBy: "bot",
  askedAtEpochMs: 1_000,
  expiresAtEpochMs: 60_000,
  revision: 1,
  ...given,
});
const closed: ClosedQuestion = {
  requestId: "req-1",
  reason: "answered",
  by: "bob",
  answer: "yes",
  delivered: { channel: "everyone", seq: 2, id: "req-1.2", from: "bob", atEpochMs: 5_000 },
};
const NOW = 10_000;

test("of two that tell of one question the greater revision counts, in whatever order they come", () => {
  const edited = asked({ revision: 2, question: "Deploy now?" });

  const board = withAsked(withAsked(EMPTY_BOARD, edited), asked());

  expect(openQuestions(board, NOW)).toEqual([edited]);
});

test("what is closed stays so, whatever is told of it later", () => {
  const board = withAsked(withClosed(withAsked(EMPTY_BOARD, asked()), closed), asked({ revision: 2 }));

  expect(openQuestions(board, NOW)).toEqual([]);
  expect(board.questions.get("req-1")?.closed).toEqual({
    reason: "answered",
    by: "bob",
    answer: "yes",
    atEpochMs: 5_000,
  });
});

test("the end may be told first", () => {
  const board = withAsked(withClosed(EMPTY_BOARD, closed), asked());

  expect(openQuestions(board, NOW)).toEqual([]);
});

test("the most urgent comes first, and of those as urgent the oldest", () => {
  const all = [
    asked({ requestId: "low", urgency: "low", askedAtEpochMs: 1 }),
    asked({ requestId: "late", urgency: "high", askedAtEpochMs: 9 }),
    asked({ requestId: "normal", askedAtEpochMs: 2 }),
    asked({ requestId: "early", urgency: "high", askedAtEpochMs: 3 }),
  ];

  const board = all.reduce(withAsked, EMPTY_BOARD);

  expect(openQuestions(board, NOW).map(({ requestId }) => requestId)).toEqual(["early", "late", "normal", "low"]);
});

test("a question whose time is over waits for nobody", () => {
  const board = withAsked(EMPTY_BOARD, asked());

  expect([openQuestions(board, 59_999).length, openQuestions(board, 60_000).length]).toEqual([1, 0]);
});

test("what was read elsewhere brings an end with an answer that was too long to be told", () => {
  const { answer: _long, ...untold } = closed;
  const told = withClosed(withAsked(EMPTY_BOARD, asked()), untold);
  const end = { reason: "answered", by: "bob", answer: "a long one", atEpochMs: 5_000 } as const;

  const board = withRead(told, { ...asked({ revision: 2 }), closed: end });

  expect(board.questions.get("req-1")?.closed).toEqual(end);
});

test("what was read before it was closed opens nothing again", () => {
  const told = withClosed(withAsked(EMPTY_BOARD, asked()), closed);

  const board = withRead(told, asked({ revision: 2 }));

  expect(openQuestions(board, NOW)).toEqual([]);
  expect(board.questions.get("req-1")?.closed?.answer).toBe("yes");
});

test("a question that nobody has told of is there once it was read", () => {
  expect(openQuestions(withRead(EMPTY_BOARD, asked()), NOW)).toEqual([asked()]);
});
