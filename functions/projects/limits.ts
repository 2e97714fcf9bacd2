/** A tool's own: as long as one called over MCP may take. Less than the door gives. */
export const TOOL_TIMEOUT_MS = 60_000;
/** How long a start waits for its secrets. Lambda gives an environment ten seconds (Lambda quotas, read 2026-11-20). */
export const START_WAIT_MS_MAX = 3_000;
/** In one batch at a time: each start has a program launched. */
export const BATCH_AT_ONCE = 8;
