import { ARCHIVE_BYTES_MAX } from "../../core/workspace/limits.ts";

/** Sent between two words about how far it is. */
export const SEND_PIECE_BYTES: number = 256 * 1024;
/** A line on which nothing moves for so long is given up. */
export const SEND_SILENCE_MAX_MS = 60_000;
/** Of what a folder is packed into, in the memory of the command: one that is longer is refused before it is sent. */
export const PACKED_BYTES_MAX: number = ARCHIVE_BYTES_MAX;
