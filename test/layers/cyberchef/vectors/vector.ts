import type { BakeStep } from "../../../../layers/core/recipe/baker.ts";
import type { Input } from "../baker-under-test.ts";

/** What an operation must make of an input, according to somebody else. */
export interface Vector {
  /** The document and section the value stands in. */
  readonly source: string;
  readonly input: Input;
  readonly steps: readonly BakeStep[];
  readonly expected: string;
}

type Row = readonly [operation: string, args: NonNullable<BakeStep["args"]>, input: Input, expected: string];

/** Vectors of one source. Bytes are given and expected as hex. */
export function from(source: string, rows: readonly Row[]): readonly Vector[] {
  return rows.map(([operation, args, input, expected]) => ({ source, input, steps: [{ operation, args }], expected }));
}

/** The step that shows bytes as hex. */
export const AS_HEX: BakeStep = { operation: "To Hex", args: { delimiter: "None" } };

export function bytesFrom(source: string, rows: readonly Row[]): readonly Vector[] {
  return from(source, rows).map((vector) => ({ ...vector, steps: [...vector.steps, AS_HEX] }));
}
