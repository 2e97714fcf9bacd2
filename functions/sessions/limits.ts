import { USER_SESSION_BYTES_MAX } from "../../layers/core/user-session/limits.ts";

/** Room for the largest session, written with escapes. */
export const SESSIONS_BODY_BYTES_MAX = 4 * USER_SESSION_BYTES_MAX;

/** How soon to try again after a store did not answer. */
export const RETRY_AFTER_SECONDS = 2;

/** What one environment remembers of sessions. */
export const CACHE_ENTRIES_MAX = 5_000;
export const CACHE_BYTES_MAX = 16 * 1024 * 1024;
