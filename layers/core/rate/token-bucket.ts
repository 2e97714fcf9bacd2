/** What a tenant may spend: so many tokens a second, and so many at once after a quiet time. Both at least 1. */
export interface BucketShape {
  readonly perSecond: number;
  readonly burst: number;
}

/** In thousandths of a token, so that every millisecond adds a whole number of them. */
export interface Bucket {
  readonly milliTokens: number;
  /** Until when tokens were added. Never goes back, so no time is paid out twice, whosever clock is ahead. */
  readonly filledAtEpochMs: number;
}

export const MILLI = 1_000;

/** Before the first call a bucket is full. */
export function filledBucket(
  stored: Bucket | undefined,
  { perSecond, burst }: BucketShape,
  nowEpochMs: number,
): Bucket {
  if (stored === undefined) return { milliTokens: burst * MILLI, filledAtEpochMs: nowEpochMs };
  const elapsedMs = Math.max(0, nowEpochMs - stored.filledAtEpochMs);
  return {
    milliTokens: Math.min(burst * MILLI, stored.milliTokens + elapsedMs * perSecond),
    filledAtEpochMs: stored.filledAtEpochMs + elapsedMs,
  };
}

/** How long until the bucket holds so many whole tokens. */
export function fillTimeMs({ milliTokens }: Bucket, { perSecond }: BucketShape, tokens: number): number {
  return Math.max(0, Math.ceil((tokens * MILLI - milliTokens) / perSecond));
}
