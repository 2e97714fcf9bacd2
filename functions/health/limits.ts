/** A store that takes longer than this is as good as gone. Health checks wait 4 s (Route 53, read 2026-11-20). */
export const PROBE_TIMEOUT_MS = 1_000;
