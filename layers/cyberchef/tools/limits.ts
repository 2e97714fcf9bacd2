/**
 * Limits of the CyberChef tools. How they relate is held by `test/layers/cyberchef/tools/limits.test.ts`.
 * "Upstream" is CyberChef-MCP 1.9, whose clients these tools keep (read 2026-11-20).
 */

/** An input, as UTF-8. Upstream takes 100 MB; a request here holds 4 MiB in all, envelope and recipe included. */
export const INPUT_BYTES_MAX = 4 * 1024 * 1024 - 64 * 1024;
/** An answer, as UTF-8; the reply around it must stay under 4 MiB, and JSON escapes line ends and quotes. */
export const ANSWER_BYTES_MAX = 3 * 1024 * 1024;
/** Steps of one bake. Source: upstream, RECIPE_MAX_OPERATIONS. */
export const BAKE_STEPS_MAX = 100;
/** One bake's run. Source: upstream, OPERATION_TIMEOUT. */
export const BAKE_TIMEOUT_MS_MAX = 30_000;
/** Kept of a call's time to answer in, once its bake has been given up. */
export const ANSWER_MARGIN_MS = 250;

/** Calls of one tenant at work in one process. Source: upstream, MAX_CONCURRENT_OPS. */
export const RUNNING_CALLS_MAX = 10;
/** Calls of one tenant's batches waiting for a place among those. */
export const WAITING_CALLS_MAX = 1_000;
/** Calls of one batch. Source: upstream, BATCH_MAX_SIZE. */
export const BATCH_CALLS_MAX = 100;
/** Calls of one batch under way at a time, so that a batch leaves places to other calls. */
export const BATCH_PARALLEL_MAX = 4;
/** Inputs that one test of a recipe bakes. */
export const TEST_INPUTS_MAX = 100;
/** Operations described at a time. */
export const DESCRIBED_OPERATIONS_MAX = 20;
/** Operations that a search answers with. */
export const SEARCH_RESULTS_MAX = 20;
export const QUERY_CHARACTERS_MAX = 200;

/** Bakes of one tenant kept by one process. Source of the count: upstream, CACHE_MAX_ITEMS. */
export const CACHED_BAKES_MAX = 1_000;
export const CACHED_BAKES_BYTES_MAX = 16 * 1024 * 1024;
/** A larger output is baked anew rather than crowd out others. */
export const CACHED_BAKE_BYTES_MAX = 256 * 1024;
/** A result never changes; this is how long one that nobody asks for is kept. */
export const CACHED_BAKE_TTL_MS = 60 * 60 * 1_000;
/** How long a tenant's results stay findable after they were last cleared, at the least as long as one is kept. */
export const CACHE_GENERATION_TTL_MS = 30 * 24 * 60 * 60 * 1_000;

/** Tenants whose calls a process remembers. */
export const METERED_TENANTS_MAX = 256;
/** Calls remembered of each, the newest. */
export const CALL_RECORDS_MAX = 256;

/** A recipe to import. Above what an item of the table may hold (400 KB), so that indented text still fits. */
export const IMPORT_CHARACTERS_MAX = 1_000_000;
