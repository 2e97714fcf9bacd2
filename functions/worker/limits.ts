import { JOB_END_ATTEMPTS, JOB_END_PAUSE_MS, JOB_STOP_GRACE_MS } from "../../layers/core/job/limits.ts";

/** What a write of the end takes at most: a client's time for one attempt, three of them, and a second to spare. */
const END_WRITE_MS_MAX = 10_000;

/**
 * How long before a worker is ended its job is told to stop: for the handler to do so, and for what it left to be written
 * even where the table does not answer at once.
 */
export const STOP_MARGIN_MS = JOB_STOP_GRACE_MS + JOB_END_ATTEMPTS * (END_WRITE_MS_MAX + JOB_END_PAUSE_MS);

/** Nothing waits for a client in a worker, so how often it looks for one does not matter. */
export const WAITING_STREAMS = { pollIntervalMs: 1_000, holdMs: 0 } as const;
