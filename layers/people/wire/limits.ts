import { JOINED_MAX } from "../../core/connection/limits.ts";

/** Of one text frame, either way, in UTF-8. Source: the Frontend Router's own limit; API Gateway would take 128 KB. */
export const FRAME_BYTES_MAX = 64 * 1024;
/** Of a `request_id`. Source: the Frontend Router's validation. */
export const REQUEST_ID_CHARACTERS_MAX = 128;
/** Of a message's id that its sender has chosen. */
export const MESSAGE_ID_CHARACTERS_MAX = 128;
/** Of a token; the authenticator takes no longer one. */
export const CREDENTIAL_CHARACTERS_MAX = 8_192;
/** Channels in one `after`: those that a connection may join, and its own. */
export const POSITIONS_MAX = JOINED_MAX + 10;
/** Messages of one page of history, where the client asks for none and at most. */
export const HISTORY_LIMIT_DEFAULT = 50;
export const HISTORY_LIMIT_MAX = 100;
/**
 * Of one text frame of ours, in UTF-8: what holds several things is cut to it. Source: API Gateway quotas, "WebSocket message
 * payload size" (read 2026-11-20): 128 KB.
 */
export const TOLD_BYTES_MAX = 120 * 1024;
