import { USER_SESSION_BYTES_MAX } from "../../layers/core/user-session/limits.ts";

/** Room for the largest session, written with escapes. */
export const SESSIONS_BODY_BYTES_MAX = 4 * USER_SESSION_BYTES_MAX;

/** How soon to try again after a store did not answer. */
export const RETRY_AFTER_SECONDS = 2;
