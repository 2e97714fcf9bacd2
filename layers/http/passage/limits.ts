/** Until a project begins to answer. As long as an ALB waits for a target by default (its attributes, read 2026-11-21). */
export const REPLY_TIMEOUT_MS = 60_000;
/** Of a project's reply, the same as the door takes of its callers. */
export const REPLY_HEADER_BYTES_MAX: number = 64 * 1024;
