/** Limits of metering. How they relate is held by `test/layers/core/usage/limits.test.ts`. */

/** What a killed process loses at most: what it has counted since it last sent. */
export const FLUSH_INTERVAL_MS = 1_000;
/** How long a call waits at its end for the queue: many times what it takes. */
export const CALL_END_WAIT_MS_MAX = 500;
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

/**
 * So late a reading may come, counted from the end of its hour: later ones end among the dead letters. SQS keeps no
 * message longer than 14 days (SQS quotas, read 2026-11-21). The embedded queue keeps them for ever, so a machine that
 * was off for a month has to have them looked at.
 */
export const READING_LATE_MS_MAX = 20 * 24 * 3_600_000;
/** So far ahead of the consumer's clock an hour may lie. */
export const READING_EARLY_MS_MAX = 10 * 60_000;
/**
 * How long the readings are kept that an hour is summed up from, counted from the hour's end, so that all of an hour go
 * at once. Longer than the latest reading and its mark together.
 */
export const READINGS_KEPT_MS = 45 * 24 * 3_600_000;
/** How long sums by the hour are kept; those by the day and by the month stay as long as the tenant. */
export const HOURS_KEPT_MS = 400 * 24 * 3_600_000;
/** A mark that nobody rolled up for so long is over. */
export const MARK_KEPT_MS = 21 * 24 * 3_600_000;

/** Marks that a consumer remembers to have made. */
export const MARKS_REMEMBERED_MAX = 20_000;
/** Marks read at once, and tenants rolled up side by side. */
export const MARKS_PAGE = 200;
export const ROLL_UPS_AT_ONCE = 8;
/** Pages of marks in one run, a hundred thousand marks. */
export const MARK_PAGES_MAX = 500;
/** Pages of a thousand items: a hundred thousand counters of one tenant in one hour and region. */
export const SUM_PAGES_MAX = 100;
export const SUM_PAGE = 1_000;

/** What the monthly quota is held against is no older, but for a store that does not answer. */
export const MONTH_CALLS_FRESH_MS = 60_000;
export const MONTH_CALLS_REMEMBERED_MAX = 20_000;
