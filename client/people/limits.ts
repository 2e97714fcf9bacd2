/** Limits of the client. How they relate is held by `test/client/people/limits.test.ts`. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** Of one frame, in UTF-8: the server closes a connection that sends a longer one. */
export const FRAME_BYTES_MAX = 64 * 1024;
/** Channels in one `after`: the server takes no more. */
export const POSITIONS_MAX = 60;

/** From the first step of opening a socket to its `connect_ack`. */
export const CONNECT_TIMEOUT_MS = 15 * SECOND_MS;
/** The longest pause before the first new attempt; it doubles with each. Full jitter: any part of it is as likely. */
export const RETRY_PAUSE_MS_MIN = 500;
export const RETRY_PAUSE_MS_MAX = 30 * SECOND_MS;
/** A connection that lasted so long was a good one: pauses begin anew. */
export const STEADY_AFTER_MS = 5 * SECOND_MS;

/** A connection that says nothing for so long is asked whether it lives. The server's own pings are not seen by pages. */
export const SILENCE_MS_MAX = 25 * SECOND_MS;
export const PONG_TIMEOUT_MS = 10 * SECOND_MS;
/** Where something hints that the network has changed. */
export const PROBE_TIMEOUT_MS = 4 * SECOND_MS;

/** The next connection is opened so long before the end of this one, and up to as long again before that. */
export const HANDOVER_LEAD_MS = 2 * MINUTE_MS;
/** Of what is left of a short life, this share is the lead. */
export const HANDOVER_LEAD_SHARE = 0.1;
/** The longest that timers of browsers can be set to is 24.8 days; no connection lives so long. */
export const HANDOVER_MS_MAX = 24 * 60 * MINUTE_MS;

/** How often it is told how far somebody has read. */
export const ACK_INTERVAL_MS = SECOND_MS;

/** Answers and messages that nobody has acknowledged, and how many of them are on their way at once. */
export const UNSENT_MAX = 200;
export const IN_FLIGHT_MAX = 16;
/** Of both together in a second: the server takes 50 frames, and what else is said needs room too. */
export const SENDS_PER_SECOND_MAX = 40;
/** What was sent and not acknowledged is sent again: done twice it does no harm. */
export const UNSENT_RETRY_MS = 15 * SECOND_MS;

/** A `resume` that brought nothing on, or was not answered. */
export const RESUME_RETRY_MS = 2 * SECOND_MS;
export const RESUME_TIMEOUT_MS = 15 * SECOND_MS;
/** For a page of history, or who is there; the wait for a connection counts. */
export const ASK_TIMEOUT_MS = 20 * SECOND_MS;
