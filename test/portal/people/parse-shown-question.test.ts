import { expect, test } from "vitest";
import { parseQuestionPage, parseShownQuestion } from "../../../portal/people/parse-shown-question.ts";

/** As `/api/questions` shows one. */
const SHOWN = {
  questionId: "req-1",
  question: "May v42 go out?",
  choices: ["yes", "no"],
  urgency: "high",
  to: "role:admin",
  asker: "bot",
  state: "open",
  revision: 2,
  askedAtEpochMs: 1_795_000_000_000,
  expiresAtEpochMs: 1_795_000_300_000,
};
const OPEN = {
  requestId: "req-1",
  question: "May v42 go out?",
  choices: ["yes", "no"],
  urgency: "high",
  askedBy: "bot",
  askedAtEpochMs: 1_795_000_000_000,
  expiresAtEpochMs: 1_795_000_300_000,
  revision: 2,
};

test("a question that is open is read as connections tell of it, and for whom it is", () => {
  expect(parseShownQuestion(SHOWN)).toEqual({ to: "role:admin", question: OPEN });
});

test.each([
  [
    { state: "answered", closedBy: "ann", answer: { value: { seats: 3 }, by: "ann", atEpochMs: 7 } },
    { reason: "answered", by: "ann", answer: { seats: 3 }, atEpochMs: 7 },
  ],
  [
    { state: "withdrawn", closedBy: "bot" },
    { reason: "withdrawn", by: "bot", atEpochMs: 7 },
  ],
  [{ state: "expired" }, { reason: "expired", atEpochMs: 7 }],
])("of one that is over it is known how it ended: %j", (end, closed) => {
  expect(parseShownQuestion({ ...SHOWN, ...end, closedAtEpochMs: 7 })?.question.closed).toEqual(closed);
});

test.each([
  undefined,
  [],
  { ...SHOWN, to: undefined },
  { ...SHOWN, questionId: 1 },
  { ...SHOWN, expiresAtEpochMs: "soon" },
])("%j is no question", (raw) => {
  expect(parseShownQuestion(raw)).toBeUndefined();
});

test("a page leaves out what is no question, and says where it goes on", () => {
  const page = parseQuestionPage({ questions: [SHOWN, { other: 1 }], cursor: "c1" });

  expect(page?.questions.map(({ question }) => question.requestId)).toEqual(["req-1"]);
  expect(page?.cursor).toBe("c1");
  expect(parseQuestionPage({ questions: [] })).toEqual({ questions: [] });
  expect(parseQuestionPage({ code: "unavailable" })).toBeUndefined();
});
