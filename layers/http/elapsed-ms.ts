/** Since a moment of `performance.now()`, to the microsecond: as lines of the log tell how long a call took. */
export function elapsedMs(sinceMs: number): number {
  return Math.round((performance.now() - sinceMs) * 1_000) / 1_000;
}
