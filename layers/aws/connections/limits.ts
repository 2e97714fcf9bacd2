/** Limits of what is sent to connections that API Gateway holds. Held together by `test/layers/aws/connections/limits.test.ts`. */

/**
 * A text to a connection, which the service cuts into frames of 32 KB. Source: API Gateway quotas, "WebSocket message payload
 * size" (read 2026-11-20).
 */
export const CONNECTION_TEXT_BYTES_MAX = 128 * 1024;

/** Texts on their way at a time, each on a connection of its own that is kept. */
export const POSTS_AT_ONCE = 64;
/** Of one text, first try included. The service answers in some ten milliseconds. */
export const POST_ATTEMPTS_MAX = 3;
export const POST_TIMEOUT_MS = 2_000;
/** Before the second attempt at most, and twice that before the third. */
export const POST_RETRY_WAIT_MS = 50;

/** One send begins no more texts after so long; then whoever lacks some is told so, for so long. A lane's lease bounds both. */
export const SEND_MS_MAX = 5_000;
export const TELL_BEHIND_MS_MAX = 1_500;
