/** One measured value, as it goes to `results.json`. */
export interface Row {
  /** Unique within its group. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The least and the greatest of the rounds, where there were several. */
  readonly range?: readonly [min: number, max: number];
  readonly goal?: Goal;
  /** Rounds in which other processes of the machine took CPU time, try after try. */
  readonly noisyRounds?: number;
}

export type Goal = { readonly atMost: number } | { readonly atLeast: number };

export function isMet(goal: Goal, value: number): boolean {
  return "atMost" in goal ? value <= goal.atMost : value >= goal.atLeast;
}

export function goalText(goal: Goal): string {
  return "atMost" in goal ? `≤ ${goal.atMost}` : `≥ ${goal.atLeast}`;
}
