/**
 * A moment to measure from, by a clock that nobody sets. Not `performance.now()`: at its first use Node loads all that
 * measures, which takes a cold function 2 ms.
 */
export function steadyMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Since a moment of {@link steadyMs}, to the microsecond: as lines of the log tell how long a call took. */
export function elapsedMs(sinceMs: number): number {
  return Math.round((steadyMs() - sinceMs) * 1_000) / 1_000;
}
