import fc from "fast-check";
import { expect, test } from "vitest";
import { LINE_CHARACTERS_MAX } from "../../../../layers/core/log/limits.ts";
import { LOG_LEVELS, LOG_STREAMS } from "../../../../layers/core/log/log-line.ts";
import { type JudgedLine, matchesQuery } from "../../../../layers/core/log/match-log-line.ts";
import { parseLogQuery } from "../../../../layers/core/log/parse-log-query.ts";

const NOW_MS = 1_000_000_000;

function isFound(query: string, line: Partial<JudgedLine>): boolean {
  const parsed = parseLogQuery(query, NOW_MS);
  const whole: JudgedLine = { runId: "r", atEpochMs: NOW_MS, level: "info", stream: "stdout", text: "", ...line };
  return parsed.ok && matchesQuery(parsed.value, whole);
}

test("words are found in any order and case, also within others, and a phrase only as it stands", () => {
  const line = { text: "Connection to DB lost: ETIMEDOUT" };

  expect(isFound("db connect", line)).toBe(true);
  expect(isFound('"connection to db"', line)).toBe(true);
  expect(isFound('"db connection"', line)).toBe(false);
  expect(isFound("db -etimedout", line)).toBe(false);
  expect(isFound("db -etimedout-", line)).toBe(true);
});

test("a time has its beginning and not its end", () => {
  const at = (agoMs: number) => ({ atEpochMs: NOW_MS - agoMs });

  expect([1_000, 1_001].map((agoMs) => isFound("since:1s", at(agoMs)))).toEqual([true, false]);
  expect([1_000, 1_001].map((agoMs) => isFound("until:1s", at(agoMs)))).toEqual([false, true]);
});

test("letters of other alphabets have no case either", () => {
  expect(isFound("ÉCHEC", { text: "échec" })).toBe(true);
  expect(isFound("ΟΔΟΣ", { text: "η οδος είναι" })).toBe(true);
  expect(isFound("ΟΔΟΣ", { text: "ΟΔΟΣΗΜΑΝΣΗ" })).toBe(true);
});

/** One part of a query, as it is written and as anybody would judge a line by it. */
type Part = {
  readonly kind: "text" | "level" | "stream" | "run";
  readonly value: string;
  readonly isExcluded: boolean;
};

const someText = fc.string({
  unit: fc.constantFrom("a", "B", "b", " ", "é", "É", ":", "-"),
  minLength: 1,
  maxLength: 4,
});
const part: fc.Arbitrary<Part> = fc
  .record({
    kind: fc.constantFrom("text", "text", "text", "level", "stream", "run"),
    text: someText,
    level: fc.constantFrom(...LOG_LEVELS),
    stream: fc.constantFrom(...LOG_STREAMS),
    run: fc.constantFrom("r1", "r2"),
    isExcluded: fc.boolean(),
  })
  .map((drawn) => ({ kind: drawn.kind, value: drawn[drawn.kind], isExcluded: drawn.isExcluded }));
const line: fc.Arbitrary<JudgedLine> = fc.record({
  runId: fc.constantFrom("r1", "r2"),
  atEpochMs: fc.constant(NOW_MS),
  level: fc.constantFrom(...LOG_LEVELS),
  stream: fc.constantFrom(...LOG_STREAMS),
  text: fc.string({ unit: fc.constantFrom("a", "B", "b", " ", "é", "É", ":", "-"), maxLength: 12 }),
});

const written = ({ kind, value, isExcluded }: Part) =>
  `${isExcluded ? "-" : ""}${kind === "text" ? JSON.stringify(value) : `${kind}:${value}`}`;

function isFoundByHand(parts: readonly Part[], { text, level, stream, runId }: JudgedLine): boolean {
  const lower = text.toLowerCase();
  const texts = parts.filter(({ kind }) => kind === "text");
  if (texts.some(({ value, isExcluded }) => lower.includes(value.toLowerCase()) === isExcluded)) return false;
  for (const [kind, has] of Object.entries({ level, stream, run: runId })) {
    const named = parts.filter((each) => each.kind === kind && !each.isExcluded).map(({ value }) => value);
    const excluded = parts.filter((each) => each.kind === kind && each.isExcluded).map(({ value }) => value);
    if (named.length > 0 && !named.includes(has)) return false;
    if (excluded.includes(has)) return false;
  }
  return true;
}

test("any query finds the lines that a person would find by it", () => {
  fc.assert(
    fc.property(fc.array(part, { maxLength: 5 }), fc.array(line, { maxLength: 20 }), (parts, lines) => {
      const query = parts.map(written).join(" ");

      expect(lines.filter((each) => isFound(query, each))).toEqual(lines.filter((each) => isFoundByHand(parts, each)));
    }),
    { numRuns: 500 },
  );
});

test("the longest line is looked through for as many words as there may be, however much they are like it", () => {
  const text = "a".repeat(LINE_CHARACTERS_MAX);
  const query = Array.from({ length: 32 }, (_, index) => `${"a".repeat(20)}${index}`).join(" ");

  for (let count = 0; count < 20; count++) expect(isFound(query, { text })).toBe(false);
});
