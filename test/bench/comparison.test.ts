import { expect, test } from "vitest";
import { type Comparison, columnOf, comparisonRows } from "../../bench/comparison.ts";

function compared(better: "less" | "more", ours: readonly number[], theirs: readonly number[]): Comparison {
  const rounds = (values: readonly number[]) => values.map((value) => ({ value, noisy: value > 100 }));
  return {
    what: "work",
    unit: "u",
    better,
    columns: [columnOf("ours", rounds(ours)), columnOf("theirs", rounds(theirs))],
    goal: { atMost: 3 },
    timesBetterGoals: { theirs: 2 },
  };
}

test("a row holds the median, the extremes and the rounds that were disturbed; the goal is of ours alone", () => {
  const rows = comparisonRows(compared("less", [1, 9, 2], [8, 101, 10, 4]));

  expect(rows.slice(0, 2)).toEqual([
    { name: "work, ours", value: 2, unit: "u", range: [1, 9], goal: { atMost: 3 } },
    { name: "work, theirs", value: 9, unit: "u", range: [4, 101], noisyRounds: 1 },
  ]);
});

test.each([
  ["less", 4.5],
  ["more", 1 / 4.5],
] as const)("where %s is better, our 4 is %d times better than their 18", (better, times) => {
  const rows = comparisonRows(compared(better, [4], [18]));

  const ratio = { name: "work, times better than theirs", value: times, unit: "×", goal: { atLeast: 2 } };
  expect(rows.at(-1)).toEqual(ratio);
});
