/** How long a start waits for its secrets. Lambda gives an environment ten seconds (Lambda quotas, read 2026-11-20). */
export const START_WAIT_MS_MAX = 3_000;
