/** How long a start waits for the store's client. Lambda gives an environment ten seconds (Lambda quotas, read 2026-11-20). */
export const START_WAIT_MS_MAX = 3_000;

/** Records and blobs that one run deletes at most: what fits into its time, at some milliseconds for each few. */
export const ERASE_DELETIONS_MAX = 200_000;
