/** Within one network a connection is there at once or not at all: a task that has gone does not so much as refuse. */
export const CONNECT_TIMEOUT_MS = 3_000;

/**
 * Of a reply with its frames: a little less than Lambda streams, 200 MB, whichever of the two meanings of that it has (Lambda
 * quotas, read 2026-11-21).
 */
export const CARRIED_REPLY_BYTES_MAX = 199_000_000;
