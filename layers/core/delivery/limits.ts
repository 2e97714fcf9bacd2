/** Limits of delivery. How they relate is held by `test/layers/core/delivery/limits.test.ts`. */

const SECOND_MS = 1_000;

/** Queue messages about one channel that are sent at a time. */
export const LANE_SENDS_AT_ONCE = 16;

/** A worker that is silent so long has lost its lane. */
export const LANE_LEASE_MS = 15 * SECOND_MS;
/** A lease that has less left is extended before the next push, which takes no longer. */
export const LANE_LEASE_LEFT_MS_MIN = 10 * SECOND_MS;
/** What is written of a lane stays so long after its last message. */
export const LANE_KEPT_MS = 60 * 60 * SECOND_MS;
/** Where nothing is written of a lane, it begins with what was published so lately: a queue message may be late or lost. */
export const LANE_RECENT_MS = 60 * SECOND_MS;
/** As far before the message that it was told of it looks for such. */
export const LANE_RECENT_MESSAGES_MAX = 100;
/** Claims that met another change are judged again. */
export const LANE_ATTEMPTS_MAX = 8;
/** A message about a lane that changes all the time comes again after so long. */
export const LANE_CONTENDED_SECONDS = 1;

/** Messages of a channel that are pushed together, and how long their frames may be together: one socket's buffer takes more. */
export const LANE_BATCH_MESSAGES_MAX = 100;
export const LANE_BATCH_CHARACTERS_MAX = 256 * 1024;
/** Texts times connections that are pushed together, or one text to all of a part. */
export const LANE_BATCH_DELIVERIES_MAX = 25_000;
/** How many connections a part is taken to have before it was read. */
export const LANE_SIZE_ASSUMED = 1_000;
/** Texts times connections of one run. What is left over goes back to the queue, so that others have their turn. */
export const LANE_DELIVERIES_MAX = 100_000;
/** Reads of the log in one run. */
export const LANE_BATCHES_MAX = 100;
/** A run whose invocation has less left begins nothing. */
export const LANE_STOP_MARGIN_MS = 12 * SECOND_MS;

/** Whether a key is still good is asked again once the answer is so old, and not believed once it is older than the second. */
export const KEY_STANDING_FRESH_MS = 5 * SECOND_MS;
export const KEY_STANDING_STALE_MS_MAX = 8 * SECOND_MS;
export const KEY_STANDINGS_MAX = 10_000;

/** With which a connection is closed whose holder may not be there any more. Source: RFC 6455, section 7.4.1. */
export const BARRED_CLOSE_CODE = 1008;
export const CUTS_AT_ONCE = 8;
