const TOKENS_MAX = 500;
const RETRY_TOKENS = 14;
/** What a call gives back that needed no retry. */
const CALL_TOKENS = 1;

/**
 * Keeps a client from asking a service three times as much because it fails: after 35 retries that came to nothing it asks
 * once for each call, until calls are answered again. The numbers are those of the AWS SDKs (standard retry mode of
 * `@smithy/core` 3.41, read 2026-11-21).
 */
export class RetryBudget {
  #tokens = TOKENS_MAX;

  /** Whether there is one more retry; it is spent then. */
  take(): boolean {
    if (this.#tokens < RETRY_TOKENS) return false;
    this.#tokens -= RETRY_TOKENS;
    return true;
  }

  /** A call was answered after so many retries, which it gives back. */
  answered(retries: number): void {
    this.#tokens = Math.min(TOKENS_MAX, this.#tokens + Math.max(retries * RETRY_TOKENS, CALL_TOKENS));
  }
}
