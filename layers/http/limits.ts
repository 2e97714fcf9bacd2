/**
 * The largest body a call may bring. The MCP SDK's own servers stop at 4 MiB too, and in base64 it still fits the
 * 6 MB that Lambda takes in one synchronous event (Lambda quotas, read 2026-11-20).
 */
export const BODY_BYTES_MAX = 4 * 1024 * 1024;

/** Path and query together. RFC 9110, section 4.1, asks for at least 8000. */
export const URL_BYTES_MAX = 8 * 1024;

/** Request line and all headers together. */
export const HEADER_BYTES_MAX = 16 * 1024;

/** Below this a compressed reply is hardly smaller and only later. */
export const COMPRESS_BYTES_MIN = 1024;

/** How soon a caller may try again after a refusal that passes by itself. */
export const RETRY_AFTER_SECONDS = 1;

/** How long a browser may remember what a preflight allowed. Chromium remembers no longer than this. */
export const PREFLIGHT_MAX_AGE_SECONDS = 7200;

/** A listener to a log hears something as often as this: half of what API Gateway lets pass in silence (30 s, edge). */
export const LOG_HEARTBEAT_MS = 15_000;
/** How soon a browser comes back whose stream has ended. */
export const LOG_RETRY_MS = 1_000;
/** Kept of the door's time to end a stream in good order. */
export const LOG_STREAM_END_MARGIN_MS = 2_000;
/** Lines of history: so many are told where nothing else is asked for, as the MCP Debug Host does, and so many at most. */
export const LOG_TAIL_DEFAULT = 100;
export const LOG_TAIL_MAX = 5_000;
