/** Time, passed in, so that the domain also runs in virtual time. */
export interface Clock {
  /** Milliseconds since the epoch. May jump; never use the difference of two as a proof of order between machines. */
  nowMs(): number;
  /** Resolves after `durationMs`, or at once when `signal` is aborted. Never rejects. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

export function nowEpochSeconds(clock: Clock): number {
  return Math.floor(clock.nowMs() / 1000);
}
