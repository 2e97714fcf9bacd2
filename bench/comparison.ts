import type { Measured } from "./measure/quiet.ts";
import { type Spread, spreadOf } from "./measure/spread.ts";
import type { Goal, Row } from "./row.ts";

/** One quantity of ours beside the same of the peers and of the floor, out of the same rounds. */
export interface Comparison {
  readonly what: string;
  readonly unit: string;
  readonly better: "less" | "more";
  /** Ours is the first. */
  readonly columns: readonly [Column, ...Column[]];
  /** Of our own value. */
  readonly goal?: Goal;
  /** How many times better than a peer ours has to be. */
  readonly timesBetterGoals?: Readonly<Record<string, number>>;
}

export interface Column {
  readonly name: string;
  readonly spread: Spread;
  readonly noisyRounds: number;
}

export function columnOf(name: string, rounds: readonly Measured<number>[]): Column {
  return {
    name,
    spread: spreadOf(rounds.map(({ value }) => value)),
    noisyRounds: rounds.filter(({ noisy }) => noisy).length,
  };
}

/** How many times better our median is than theirs. */
export function timesBetter({ better, columns: [ours] }: Comparison, theirs: Column): number {
  const [our, their] = [ours.spread.median, theirs.spread.median];
  return better === "less" ? their / our : our / their;
}

export function comparisonRows(comparison: Comparison): readonly Row[] {
  const { what, unit, columns, goal, timesBetterGoals = {} } = comparison;
  const [ours] = columns;
  const measured = columns.map((column) => {
    const { median, min, max } = column.spread;
    const row: Row = { name: `${what}, ${column.name}`, value: median, unit, range: [min, max] };
    return {
      ...row,
      ...(column === ours && goal !== undefined ? { goal } : {}),
      ...(column.noisyRounds > 0 ? { noisyRounds: column.noisyRounds } : {}),
    };
  });
  const ratios = columns.flatMap((column): Row[] => {
    const atLeast = timesBetterGoals[column.name];
    if (atLeast === undefined) return [];
    const name = `${what}, times better than ${column.name}`;
    return [{ name, value: timesBetter(comparison, column), unit: "×", goal: { atLeast } }];
  });
  return [...measured, ...ratios];
}
