import { type Column, type Comparison, timesBetter } from "./comparison.ts";
import { type Measurements, rowsOf } from "./group.ts";
import { goalText, isMet, type Row } from "./row.ts";

/** The measurements for people: all beside each other first, then what the goals say of them. */
export function printed(about: string, measurements: Measurements): string {
  const { comparisons, rows } = measurements;
  const goals = rowsOf(measurements).filter(({ goal }) => goal !== undefined);
  const others = rows.filter(({ goal }) => goal === undefined);
  return [about, "", ...comparisonLines(comparisons), ...listed(others), ...listed(goals), ""].join("\n");
}

function comparisonLines(comparisons: readonly Comparison[]): readonly string[] {
  if (comparisons.length === 0) return [];
  const names = [...new Set(comparisons.flatMap(({ columns }) => columns.map(({ name }) => name)))];
  const lines = comparisons.map((comparison) => [
    `${comparison.what}, ${comparison.unit}`,
    ...names.map((name) => cell(comparison, name)),
  ]);
  return [...aligned([["", ...names], ...lines]), ""];
}

/** The median (the least–the greatest), and how many times better ours is. */
function cell(comparison: Comparison, name: string): string {
  const column = comparison.columns.find((each) => each.name === name);
  if (column === undefined) return "";
  const { median, min, max } = column.spread;
  const values = `${rounded(median)} (${rounded(min)}–${rounded(max)})${noise(column)}`;
  const [ours] = comparison.columns;
  return column === ours ? values : `${values} ${rounded(timesBetter(comparison, column))}×`;
}

function noise({ noisyRounds }: Pick<Column, "noisyRounds">): string {
  return noisyRounds === 0 ? "" : ` noisy:${noisyRounds}`;
}

function listed(rows: readonly Row[]): readonly string[] {
  if (rows.length === 0) return [];
  const lines = rows.map(({ name, value, unit, goal }) => [
    name,
    `${rounded(value)} ${unit}`,
    ...(goal === undefined ? [] : [goalText(goal), isMet(goal, value) ? "met" : "MISSED"]),
  ]);
  return [...aligned(lines), ""];
}

function aligned(lines: readonly (readonly string[])[]): readonly string[] {
  const columnCount = Math.max(...lines.map((line) => line.length));
  const widths = Array.from({ length: columnCount }, (_, index) =>
    Math.max(...lines.map((line) => line[index]?.length ?? 0)),
  );
  return lines.map((line) => `  ${line.map((text, index) => text.padEnd(widths[index] ?? 0)).join("  ")}`.trimEnd());
}

/** Three digits say more than enough of a measurement. */
export function rounded(value: number): string {
  if (Math.abs(value) >= 100) return String(Math.round(value));
  return String(Number(value.toPrecision(3)));
}
