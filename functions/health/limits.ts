/** A store that takes longer than this is as good as gone. Health checks wait 4 s (Route 53, read 2026-11-20). */
export const PROBE_TIMEOUT_MS = 1_000;

/** How long a start waits for its first probe. Lambda gives an environment ten seconds (Lambda quotas, read 2026-11-20). */
export const START_WAIT_MS_MAX = 3_000;
