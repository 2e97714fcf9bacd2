/** Limits of metering. How they relate is held by `test/layers/core/usage/limits.test.ts`. */

/** What a killed process loses at most: what it has counted since it last sent. */
export const FLUSH_INTERVAL_MS = 1_000;
/** Counters, one a tenant and hour, that a process holds: some 300 bytes each. */
export const COUNTERS_MAX = 20_000;
/** Messages on their way at once while a process sends. */
export const SENDS_AT_ONCE_MAX = 16;
/** A queue that fails so often within one flush is left alone until the next. */
export const FLUSH_FAULTS_MAX = 3;
/** Hours in one message: a few kilobytes, which SQS bills as one. Source: SQS pricing (read 2026-11-21), per 64 KB. */
export const HOURS_PER_MESSAGE_MAX = 48;
/** How often a process that ends tries to send what is left. */
export const CLOSING_FLUSHES_MAX = 3;
export const CLOSING_PAUSE_MS = 250;
