/** Limits of logs on the disk. How they relate is held by `test/layers/local/log/limits.test.ts`. */

/** Of one file of a log. The oldest file goes as a whole, so a log that is full has between this much less than its bound and that. */
export const SEGMENT_BYTES_MAX = 1_000_000;
/** Read for a listener at a time. */
export const FOLLOW_BYTES_MAX = 256 * 1024;
/** How often a listener looks by itself where it is told of changes, in case a word gets lost, */
export const WATCHED_LOOK_MS = 1_000;
/** and where nobody tells it: the folder is not there yet, or the machine has no watches left. */
export const UNWATCHED_LOOK_MS = 40;
/** Read from the end of a file to find the time of its last line. More than the longest line has. */
export const LAST_LINE_BYTES_MAX = 64 * 1024;
