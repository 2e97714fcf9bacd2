import type { BakeOutput } from "../../core/recipe/baker.ts";
import type { Step } from "./recipe.ts";

/** What a kitchen is asked: one bake at a time. */
export interface Order {
  readonly input: string;
  readonly steps: readonly Step[];
  /** From now on; a kitchen that nobody ends by then ends itself. */
  readonly timeoutMs: number;
}

/** Said once by a kitchen that can take orders. */
export interface Open {
  readonly kind: "open";
}

export interface Afterwards {
  /** It ends after this answer, and takes no other order. */
  readonly closing: boolean;
  /** What the process holds resident after the bake. */
  readonly residentBytes: number;
}

export interface Served extends BakeOutput, Afterwards {
  readonly kind: "served";
}

/** An operation said no to its input, or broke on it. */
export interface Refused extends Afterwards {
  readonly kind: "refused";
  readonly operation: string;
  readonly message: string;
}

export type Answer = Served | Refused;
