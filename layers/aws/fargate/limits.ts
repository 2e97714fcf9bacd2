/** Limits of the runner on Fargate. How they relate is held by `test/layers/aws/fargate/limits.test.ts`. */

/** Links to an order and its workspace. A task reads both when it starts, some seconds to a few minutes after its order. */
export const LINK_SECONDS: number = 30 * 60;

/** Asked again no sooner where AWS says so often: RunTask has 20 calls a second for an account. */
export const RATE_RETRY_AFTER_SECONDS = 2;
/** Where the account's quota of processors is used up, or AWS has none to spare: it takes somebody's end. */
export const CAPACITY_RETRY_AFTER_SECONDS = 60;

/** Runs that are looked for at a time where nobody has kept their place. */
export const SEARCHES_AT_ONCE = 4;
/** Tasks under one name: a run has one, and a second where AWS forgot the first's token after a day. */
export const TASKS_FOUND_MAX = 10;

/** Between two looks for new lines. GetLogEvents may be asked ten times a second in all of an account. */
export const OUTPUT_POLL_MS = 1_000;
/** After its end, what a run printed last is on its way for some seconds. */
export const OUTPUT_SETTLED_MS = 10_000;
/** Empty pages in a row that CloudWatch may give though there are more. */
export const EMPTY_PAGES_MAX = 5;
/** Source: CloudWatch Logs API reference, GetLogEvents: `limit` (read 2026-11-21). */
export const OUTPUT_LINES_MAX = 10_000;

/** Of a workspace, unzipped, when somebody wants to know what it is: some seconds of a function's time. */
export const ARCHIVE_READ_BYTES_MAX: number = 256 * 1024 * 1024;
