/**
 * Limits of user sessions. Those that clients rely on come from Hyperpage's sessions API (read 2026-11-20).
 * How they relate is held by `test/layers/core/user-session/limits.test.ts`.
 */

/** A user session ends this long after its last use. Hyperpage's own TTL. */
export const USER_SESSION_IDLE_SECONDS = 24 * 60 * 60;
/**
 * Use that changes nothing (the browser hook posts `lastActivity` at every click, key and scroll) is written at most
 * this often for one session, however many processes see it.
 */
export const ACTIVITY_WRITE_INTERVAL_MS = 5_000;
/**
 * A read prolongs the session only where its end would move by at least this much, so that few reads write.
 * Whoever only reads may lose this much of the idle time. The browser hook reads every five minutes.
 */
export const PROLONGING_READ_SECONDS = 5 * 60;

/** The session as JSON in UTF-8, as a client reads it. */
export const USER_SESSION_BYTES_MAX = 32 * 1024;
/** Objects and arrays within a session, the session itself included. */
export const USER_SESSION_DEPTH_MAX = 16;
/** What is wrong with a refused session, told at most this often and at this length. */
export const ISSUES_MAX = 10;
export const ISSUE_CHARACTERS_MAX = 200;
export const USER_SESSION_ID_CHARACTERS_MAX = 128;
/** Random bytes of a new id: 144 bits, 24 characters. */
export const USER_SESSION_ID_BYTES = 18;
/** What is kept of a caller's User-Agent; browsers send 70 to 200 characters. */
export const USER_AGENT_CHARACTERS_MAX = 256;
/** An IPv6 address with an IPv4 tail, written out (INET6_ADDRSTRLEN less its zero byte). */
export const IP_ADDRESS_CHARACTERS_MAX = 45;

/** A tenant's list of sessions is read in pages of so many, and so many of those are looked up at one time. */
export const LISTED_PAGE_ITEMS = 1_000;
export const LISTED_LOOKUPS_PARALLEL_MAX = 16;
/** More sessions than this in all are counted as if there were no end of them. */
export const LISTED_PAGES_MAX = 10_000;

/** How old a copy may be that is shown while the store fails: a browser in use has read within this time. */
export const USER_SESSION_CACHE_MS = 5 * 60 * 1_000;

/** Re-applying a change to what another writer left. Each round at least one writer succeeds. */
export const WRITE_ATTEMPTS_MAX = 64;
/** The pause before another attempt is a random part of a bound that doubles up to this. */
export const WRITE_PAUSE_MS_MAX = 32;
