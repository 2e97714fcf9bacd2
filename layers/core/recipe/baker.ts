import type { Result } from "../result.ts";

/** One step of a bake: an operation by its name and its arguments in the operation's own order. */
export interface BakeStep {
  readonly operation: string;
  /** By position, or by argument name; what is left out takes the operation's default. */
  readonly args?: readonly unknown[] | Readonly<Record<string, unknown>>;
}

export interface BakeRequest {
  readonly input: string;
  readonly steps: readonly BakeStep[];
  /** From the call's deadline and the operations' own limit, whichever is sooner. */
  readonly timeoutMs: number;
}

/**
 * The last dish as text. Bytes that are UTF-8 are a `string`; others are `bytes`, one character (U+0000 to U+00FF) each.
 * Files are `json`: the name, the size, and the content as `text` or, where it is none, as `base64`.
 */
export interface BakeOutput {
  readonly output: string;
  readonly type: "string" | "number" | "html" | "json" | "bytes";
}

export type BakeProblem =
  | { readonly reason: "operation_unknown"; readonly operation: string; readonly suggestions: readonly string[] }
  /** It would reach the network or needs a browser. */
  | { readonly reason: "operation_unsupported"; readonly operation: string; readonly why: string }
  | { readonly reason: "argument_invalid"; readonly operation: string; readonly argument: string; readonly why: string }
  /** The operation said no to this input. */
  | { readonly reason: "operation_failed"; readonly operation: string; readonly message: string }
  | { readonly reason: "timeout"; readonly timeoutMs: number }
  | { readonly reason: "out_of_memory"; readonly bytesMax: number }
  | { readonly reason: "busy"; readonly retryAfterSeconds: number }
  | { readonly reason: "cancelled" };

/** Runs recipes of CyberChef operations away from the caller's thread. One bake never harms another. */
export interface Baker {
  bake(request: BakeRequest, signal: AbortSignal): Promise<Result<BakeOutput, BakeProblem>>;
  /** How it stands now, for all tenants together. */
  stats(): BakerStats;
  close(): Promise<void>;
}

export interface BakerStats {
  /** Workers alive, and those of them at work. */
  readonly threads: number;
  readonly busy: number;
  /** Bakes that wait for one. */
  readonly waiting: number;
}
