import { type Measured, quietly } from "./quiet.ts";

/** Says what is being measured now. */
export type Progress = (doing: string) => void;

export interface Rounds<S, M> {
  readonly subjects: readonly S[];
  readonly count: number;
  readonly nameOf: (subject: S) => string;
  readonly measure: (subject: S) => Promise<M>;
  /** Processes that take part in measuring any of them. */
  readonly pids: readonly number[];
  readonly progress: Progress;
}

/**
 * Measures all subjects in each round, in the opposite order every other round, so that whatever changes on the machine
 * meanwhile changes for all of them.
 */
export async function inRounds<S, M>(rounds: Rounds<S, M>): Promise<ReadonlyMap<S, readonly Measured<M>[]>> {
  const { subjects, count, nameOf, measure, pids, progress } = rounds;
  const measured = new Map<S, Measured<M>[]>(subjects.map((subject) => [subject, []]));
  for (let round = 1; round <= count; round++) {
    for (const subject of round % 2 === 1 ? subjects : subjects.toReversed()) {
      progress(`round ${round} of ${count}, ${nameOf(subject)}`);
      measured.get(subject)?.push(await quietly(pids, () => measure(subject)));
    }
  }
  return measured;
}
