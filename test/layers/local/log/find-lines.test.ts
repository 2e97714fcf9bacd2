import fc from "fast-check";
import { expect, test } from "vitest";
import { levelOf } from "../../../../layers/core/log/log-level.ts";
import { LOG_STREAMS, type WrittenLine } from "../../../../layers/core/log/log-line.ts";
import { matchesQuery } from "../../../../layers/core/log/match-log-line.ts";
import { parseLogQuery } from "../../../../layers/core/log/parse-log-query.ts";
import { findLines } from "../../../../layers/local/log/find-lines.ts";
import { encodedLine } from "../../../../layers/local/log/segment.ts";

const NOW_MS = 1_798_761_600_000;

const someText = fc.string({
  unit: fc.constantFrom("a", "B", "r1", "17", " ", "İ", "é", "É", "ERROR ", "\t"),
  maxLength: 8,
});
const line: fc.Arbitrary<WrittenLine> = fc.record({
  runId: fc.constantFrom("r1", "r2"),
  atEpochMs: fc.integer({ min: NOW_MS - 3, max: NOW_MS }),
  stream: fc.constantFrom(...LOG_STREAMS),
  text: someText,
});
const word = fc.constantFrom(
  "a",
  "b",
  "r1",
  "17",
  "é",
  '"a b"',
  "i̇",
  "İ",
  "ior",
  "level:error",
  "run:r2",
  "stream:stderr",
  "since:1ms",
  "until:2ms",
);
const query = fc
  .array(fc.tuple(fc.constantFrom("", "-"), word), { maxLength: 4 })
  .map((words) => words.map(([sign, each]) => (/^(?:since|until):/.test(each) ? each : `${sign}${each}`)).join(" "));

test("the lines found in a text are those that the query finds one by one, between any numbers, up to any limit", () => {
  const range = fc.record({
    after: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
    before: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
    limit: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 20 }), query, range, (lines, typed, { after, before, limit }) => {
      const parsed = parseLogQuery(typed, NOW_MS);
      fc.pre(parsed.ok);
      if (!parsed.ok) return;
      const text = Buffer.concat(lines.map(encodedLine)).toString();
      const first = 7;

      const found = findLines(
        { projectId: "p", first, text },
        {
          query: parsed.value,
          ...(after !== undefined && { after }),
          ...(before !== undefined && { before }),
          ...(limit !== undefined && { limit }),
        },
      );

      const byHand = lines
        .map((each, index) => ({
          ...each,
          projectId: "p",
          level: levelOf(each.text, each.stream),
          sequence: String(first + index),
        }))
        .filter(
          (each, index) =>
            first + index > (after ?? 0) && first + index < (before ?? 99) && matchesQuery(parsed.value, each),
        )
        .slice(0, limit);
      expect(found).toEqual(byHand);
    }),
    { numRuns: 1_000 },
  );
});
