/** Sent between two words about how far it is. */
export const SEND_PIECE_BYTES: number = 256 * 1024;
/** A line on which nothing moves for so long is given up. */
export const SEND_SILENCE_MAX_MS = 60_000;
/** For an answer of the server: it reads all of an archive before it accepts it. */
export const COMMAND_REPLY_MS_MAX = 60_000;
