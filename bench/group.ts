import { type Comparison, comparisonRows } from "./comparison.ts";
import type { Progress } from "./measure/rounds.ts";
import type { Row } from "./row.ts";

/** What is measured in one go. */
export interface Group {
  readonly about: string;
  measure(settings: Settings): Promise<Measurements>;
}

export interface Settings {
  /** Shorter windows and fewer rounds: to see that all of it works. */
  readonly quick: boolean;
  readonly progress: Progress;
}

export interface Measurements {
  readonly comparisons: readonly Comparison[];
  readonly rows: readonly Row[];
}

export function rowsOf({ comparisons, rows }: Measurements): readonly Row[] {
  return [...comparisons.flatMap(comparisonRows), ...rows];
}
