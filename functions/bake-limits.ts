/** Processes that bake. An environment has one call at a time, whose batch may bake side by side. */
export const BAKE_PROCESSES_MAX = 2;
/** Of each. Two of them and the function's own process stay under the function's memory. */
export const BAKE_MEMORY_BYTES_MAX = 512 * 1024 * 1024;
export const BAKE_QUEUE_MAX = 1_000;

/** What one environment remembers of bakes. */
export const CACHE_ENTRIES_MAX = 20_000;
export const CACHE_BYTES_MAX = 32 * 1024 * 1024;
