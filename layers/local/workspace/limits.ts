/** Sent between two words about how far it is. */
export const SEND_PIECE_BYTES: number = 256 * 1024;
/** A line on which nothing moves for so long is given up. */
export const SEND_SILENCE_MAX_MS = 60_000;
/** For an answer of the server: one on a slow and busy disk unpacks the most files that there may be in a minute. */
export const COMMAND_REPLY_MS_MAX: number = 4 * 60_000;
/** Files that the disk is asked to hold at a time. Node does so many things with files at once, and no more. */
export const SYNCS_AT_ONCE = 4;
