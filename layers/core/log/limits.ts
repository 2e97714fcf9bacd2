/** Limits of projects' logs. How they relate is held by `test/layers/core/log/limits.test.ts`. */

/** Of one line; what is longer is cut. As many as the bytes that a runner makes one line of. */
export const LINE_CHARACTERS_MAX = 16_384;
/** Kept of one project, on the disk. Source: the MCP Debug Host, which turns its files over at 10 MB. */
export const RING_BYTES_MAX = 10_000_000;
/** Source: the MCP Debug Host, which keeps three days. */
export const KEPT_MS = 3 * 24 * 3_600_000;
/** Lines in one page. */
export const PAGE_LINES_MAX = 10_000;
/** Lines that a listener is told at once. */
export const FOLLOW_LINES_MAX = 500;

/** Of a query. A longer one is no longer typed, and each word of it costs a look through every line. */
export const QUERY_CHARACTERS_MAX = 1_000;
export const QUERY_TERMS_MAX = 32;

/** Buckets of time that what was found is counted in: as many bars as a chart shows well. */
export const FACET_BUCKETS_MAX = 60;

/** Who listens to logs at once, in one process: a place costs a connection, and a look at the log for each of its changes. */
export const LISTENERS_PER_TENANT_MAX = 50;
export const LISTENERS_MAX = 500;

/** Runs of one project whose lines are looked through, where each has a place of its own: one request for each. */
export const NOTED_RUNS_MAX = 100;
