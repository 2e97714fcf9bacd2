import { RETRY_PAUSE_MS_MAX, RETRY_PAUSE_MS_MIN } from "./limits.ts";

/**
 * How long to wait before the next attempt: any part of a span that doubles, so that those who were cut off together do
 * not come back together ("full jitter"); and no shorter than the server has asked for.
 *
 * @param attempts those that failed since the last good connection.
 * @param share from 0 up to 1.
 */
export function retryPauseMs(
  { attempts, retryAfterMs = 0 }: { readonly attempts: number; readonly retryAfterMs?: number | undefined },
  share: number,
): number {
  const spanMs = Math.min(RETRY_PAUSE_MS_MAX, RETRY_PAUSE_MS_MIN * 2 ** Math.min(attempts, 20));
  return retryAfterMs + Math.floor(share * spanMs);
}
