/** A tool that does not say otherwise is ended after this: the default request timeout of the official SDK clients. */
export const TOOL_TIMEOUT_DEFAULT_MS = 60_000;

/** One run of a job's tool that does not say otherwise is ended after this; a job that takes longer is made of several. */
export const JOB_TOOL_TIMEOUT_DEFAULT_MS = 10 * 60_000;

/**
 * A caller without tasks waits for a job so long, and then gets its id: less than {@link TOOL_TIMEOUT_DEFAULT_MS}, after
 * which its client would give up.
 */
export const JOB_AWAITED_MS = 50_000;

/** Kept of the time of a call that waits for a job, for saying where the job can be found. */
export const JOB_HANDLE_MARGIN_MS = 1_000;

/** A caller that waits for a job that sleeps is told so at least so often: several times within its client's 60 s. */
export const JOB_TOLD_EVERY_MS = 10_000;

/** How often a call that asks for a job is looked after, whether somebody else has answered: it is a read of the table. */
export const JOB_ASKING_LOOK_MS = 1_000;

/** How often a job's tool that tells nothing of itself is looked after, whether it is to be cancelled: people wait for that. */
export const JOB_CANCEL_LOOK_MS = 2_000;

/** A note of a job's tool, in UTF-8. An item holds 400 KB. */
export const JOB_NOTE_BYTES_MAX = 256 * 1024;
export const JOB_NOTE_NAME_CHARACTERS_MAX = 128;

/** How often clients are told to look after a task. A change is seen within a second, as progress is written. */
export const TASK_POLL_INTERVAL_MS = 1_000;

/** How often deadlines, cancellations and callers that left are looked for while calls run. */
export const WATCH_INTERVAL_MS = 50;

/** A reply, as JSON. Under the 6 MB of a buffered Lambda reply (Lambda quotas), and what a request may hold. */
export const REPLY_BYTES_MAX = 4 * 1024 * 1024;

/**
 * A text of a legacy call up to this lies in the call's own item, a larger one in a blob. An item holds 400 KB, and a
 * call its request, state, questions, reply and {@link QUESTIONS_MAX} answers.
 */
export const INLINE_BYTES_MAX = 16 * 1024;

export const LIST_PAGE_MAX = 100;

/** MCP 2026-07-28, completion, "Response": at most 100 values. */
export const COMPLETION_VALUES_MAX = 100;
export const COMPLETION_TIMEOUT_MS = 5_000;

/** Lists change only when the toolkits do, and then listeners are told. */
export const LIST_TTL_MS = 300_000;

/** A stream without traffic is cut by API Gateway after 30 s (edge) or 5 min (regional); half of the shorter. */
export const KEEP_ALIVE_MS = 15_000;

/** Progress and log messages that a caller has not read yet are dropped past this; replies and questions never are. */
export const STREAM_WAITING_CHARACTERS_MAX = 1024 * 1024;

/** Kept of the door's time to end a stream in good order. */
export const STREAM_END_MARGIN_MS = 2_000;

/** How long signed request state is accepted: a person may take a while to answer. */
export const REQUEST_STATE_TTL_MS = 60 * 60_000;
export const REQUEST_STATE_BYTES_MAX = 64 * 1024;

/** Rounds of questions within one call. */
export const ROUNDS_MAX = 16;
export const QUESTIONS_MAX = 16;

export const SUBSCRIPTIONS_MAX = 100;
/** Each is a read of the table whenever its listener looks. */
export const TASKS_LISTENED_MAX = 20;
/** Of one client's requests at once each loses to another at most as often as there are others. */
export const SUBSCRIBE_ATTEMPTS_MAX = 20;
export const BATCH_MAX = 50;
/** The replies to one batch, together. What no longer fits is refused on its own. */
export const BATCH_BYTES_MAX = 4 * REPLY_BYTES_MAX;

/** A legacy session ends this long after its last request. */
export const MCP_SESSION_TTL_SECONDS = 24 * 60 * 60;
/** The end is moved at most this often, so that most requests write nothing. */
export const MCP_SESSION_TOUCH_SECONDS = 60 * 60;

/** How long a parked legacy call waits for its answers, and a finished one for its caller to come back. */
export const PARKED_CALL_TTL_SECONDS = 60 * 60;
/** The right to run a legacy call, renewed while it runs; a dead process's call is taken over after it. */
export const CALL_LEASE_MS = 4_000;
export const CALL_LEASE_RENEW_MS = 1_500;
/** How soon a legacy client is told to come back for its stream. */
export const RETRY_MS = 300;
/** A legacy call that takes longer than this gets a stream that can be resumed. */
export const STREAM_AFTER_MS = 500;

/** How long a change stays in the feed for those who read it late. */
export const FEED_TTL_SECONDS = 300;
/** Two processes' clocks may differ by this much before a change is missed. */
export const FEED_OVERLAP_MS = 2_000;
