/** A tool's own: as long as one called over MCP may take. Less than the door gives. */
export const TOOL_TIMEOUT_MS = 60_000;
/** In one batch at a time: each start has a program launched. */
export const BATCH_AT_ONCE = 8;
