/** Of one text frame, either way, in UTF-8. Source: the Frontend Router's own limit; API Gateway would take 128 KB. */
export const FRAME_BYTES_MAX = 64 * 1024;
/** Of an answer, as text. Source: the Frontend Router's validation. */
export const ANSWER_CHARACTERS_MAX = 50_000;
/** Of a `request_id`. Source: the Frontend Router's validation. */
export const REQUEST_ID_CHARACTERS_MAX = 128;
/** Of a message's id that its sender has chosen. */
export const MESSAGE_ID_CHARACTERS_MAX = 128;
/** Of a token; the authenticator takes no longer one. */
export const CREDENTIAL_CHARACTERS_MAX = 8_192;
/** Channels that one connection joins, beside its own. */
export const CHANNELS_JOINED_MAX = 50;
/** Channels in one `after`: those that may be joined, and a connection's own. */
export const POSITIONS_MAX = CHANNELS_JOINED_MAX + 10;
/** Messages of one page of history, where the client asks for none and at most. */
export const HISTORY_LIMIT_DEFAULT = 50;
export const HISTORY_LIMIT_MAX = 100;
