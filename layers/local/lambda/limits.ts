/** How Lambda and its front door bound a call. Sources: Lambda quotas and API Gateway quotas (both read 2026-11-20). */

/** From the start of a process to its first request for an event, where it is not kept warm. */
export const INIT_TIMEOUT_MS = 10_000;

/** An event, and a whole reply. */
export const EVENT_BYTES_MAX = 6 * 1024 * 1024;
export const WHOLE_REPLY_BYTES_MAX = 6 * 1024 * 1024;
export const STREAMED_REPLY_BYTES_MAX = 200 * 1024 * 1024;

/** What stands before the body of a streamed reply: its status and its headers. */
export const STREAM_HEAD_BYTES_MAX = 64 * 1024;

/** How long a REST API waits for a whole reply. */
export const WHOLE_REPLY_TIMEOUT_MS = 29_000;

/** The part of a function's memory that its JavaScript may fill; the rest is left for buffers, code and stacks. */
export const HEAP_SHARE = 0.9;

/** How often the memory of a busy environment is looked at. */
export const MEMORY_LOOK_INTERVAL_MS = 250;

/** How long an environment that nobody calls is kept. Lambda keeps them longer; here they hold a machine's memory. */
export const IDLE_ENVIRONMENT_KEPT_MS = 60_000;

/** Environments of one function. A stream keeps one to its end, also when its reader is long gone. */
export const ENVIRONMENTS_MAX = 64;
