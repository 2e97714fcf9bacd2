/** Limits of the program that looks after a run in its task. How they relate is held by `test/layers/node/supervisor/limits.test.ts`. */

/** Between two looks at a run's processes. */
export const LOOK_INTERVAL_MS = 500;
/** The task has its network a moment before or after it starts; a link is good for half an hour. */
export const FETCH_ATTEMPTS_MAX = 5;
export const FETCH_WAIT_MS = 1_000;
export const ORDER_TIMEOUT_MS = 10_000;
/** Some GB from S3 of the same region. */
export const WORKSPACE_TIMEOUT_MS = 300_000;
/** An order has 6 KiB and two links. */
export const ORDER_TEXT_BYTES_MAX = 64 * 1024;

/**
 * What is passed on of a run's output at once and then each second: CloudWatch takes half a dollar for a GB. A program that
 * prints more is not held up; what it printed beyond is missing from its log, and the numbers of the lines show it.
 */
export const OUTPUT_BURST_BYTES: number = 10 * 1024 * 1024;
export const OUTPUT_BYTES_A_SECOND: number = 64 * 1024;
/** A line without an end is given out after so long a silence: it may be a question. */
export const PARTIAL_LINE_MS = 1_000;
/**
 * After the program has ended, others that it left behind may hold its pipes: for how long they may go on, and after how long
 * a silence all is read that had been printed.
 */
export const PIPES_END_MS = 1_000;
/** What comes beyond it was not left there: two pipes hold a MiB each at most (pipe(7), `pipe-max-size`). */
export const PIPES_LEFT_BYTES_MAX: number = 4 * 1024 * 1024;
