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
