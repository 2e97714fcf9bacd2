/** Limits of logs in CloudWatch. */

/** Source: CloudWatch Logs API reference, GetLogEvents: `limit` (read 2026-11-21). */
export const EVENTS_PAGE_MAX = 10_000;
/** Pages of one run, each of up to a megabyte. What is further away is not looked for. */
export const PAGES_MAX = 200;
/** So much later than the runner an agent may have stamped a line: what is sought by time is sought so much earlier. */
export const STAMP_LATE_MS_MAX = 60_000;
/** How often a listener asks for more. With the quota of requests, some fifty listeners a region at once. */
export const FOLLOW_POLL_MS = 2_000;
/** A listener stays with a run for so long after the next one has begun: lines come some seconds after they were printed. */
export const RUN_SETTLED_MS = 10_000;
