import type { Clock } from "../core/ports/clock.ts";

export type CutShort = "timeout" | "cancelled";

/** The time that a bake has, cut short by its caller or at its end. */
export interface TimeLeft {
  /** Aborted when there is no more. */
  readonly signal: AbortSignal;
  /** Why there is no more. */
  readonly why: CutShort;
  /** As if the caller had left. */
  cancel(): void;
  /** Must be called when the time is no longer needed. */
  forget(): void;
}

export function timeLeft(clock: Clock, timeoutMs: number, caller: AbortSignal): TimeLeft {
  const end = new AbortController();
  const forgotten = new AbortController();
  let why: CutShort = "timeout";
  const cancel = () => {
    why = "cancelled";
    end.abort();
  };
  if (caller.aborted) cancel();
  caller.addEventListener("abort", cancel, { once: true });
  void clock.sleep(timeoutMs, forgotten.signal).then(() => end.abort());
  return {
    signal: end.signal,
    get why() {
      return why;
    },
    cancel,
    forget() {
      caller.removeEventListener("abort", cancel);
      forgotten.abort();
    },
  };
}
