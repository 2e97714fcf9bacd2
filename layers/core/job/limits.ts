/** Limits of jobs. How they relate is held by `test/layers/core/job/limits.test.ts`. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** Names of kinds are ours, and short. */
export const JOB_KIND_CHARACTERS_MAX = 64;
export const JOB_TITLE_CHARACTERS_MAX = 200;
/** As Stripe's and the draft of the Idempotency-Key header have it. */
export const IDEMPOTENCY_KEY_CHARACTERS_MAX = 255;
/** No more than a request may bring: `BODY_BYTES_MAX` of the doors. */
export const JOB_INPUT_BYTES_MAX = 4 * 1024 * 1024;
/** An input up to here lies in the job itself, which each heartbeat writes anew: DynamoDB charges for the whole item. */
export const JOB_INPUT_INLINE_BYTES_MAX = 16 * 1024;
/** A result up to here lies in the job itself. */
export const JOB_RESULT_INLINE_BYTES_MAX = 64 * 1024;
/** A result is read and sent as one piece. */
export const JOB_RESULT_BYTES_MAX = 16 * 1024 * 1024;
/** All that a job asks in its life, and all that it is answered. With the rest they fit into an item of 400 KB. */
export const JOB_QUESTIONS_BYTES_MAX = 64 * 1024;
export const JOB_ANSWERS_BYTES_MAX = 64 * 1024;
export const JOB_QUESTIONS_MAX = 100;
export const JOB_PROGRESS_MESSAGE_CHARACTERS_MAX = 500;
export const JOB_FAILURE_CODE_CHARACTERS_MAX = 64;
export const JOB_FAILURE_MESSAGE_CHARACTERS_MAX = 1_000;
export const JOB_FAILURES_KEPT = 5;

export const JOB_ATTEMPTS = 3;
export const JOB_ATTEMPTS_MAX = 10;
/** The first retry waits up to a second, each after it up to twice as long. */
export const JOB_BACKOFF_MS = SECOND_MS;
/** No longer than a queue delays a message. */
export const JOB_BACKOFF_MS_MAX = 10 * MINUTE_MS;

export const JOB_DELAY_MS_MAX = 7 * DAY_MS;
/** So long after it is ready a job that has not ended fails: everything ends. */
export const JOB_OPEN_MS_MAX = 14 * DAY_MS;
/** So long a job waits for answers. */
export const JOB_WAIT_MS_MAX = DAY_MS;
/** So long a job that has ended can be looked at. */
export const JOB_KEPT_MS = 7 * DAY_MS;
/** A request that comes again within this finds the job that it made. Shorter than any job is kept. */
export const JOB_REQUEST_KEPT_MS = 6 * DAY_MS;
/** Blobs are over by rules that count whole days from their writing: an input after the longest life of its job. */
export const JOB_INPUT_BLOB_DAYS = 30;
export const JOB_RESULT_BLOB_DAYS = 8;

/** What two clocks of one fleet differ by at most. Nothing breaks where it is more: work is done twice, and counts once. */
export const CLOCK_DIFFERENCE_MS_MAX = 10 * SECOND_MS;
/** A worker that is silent so long has lost its job. */
export const JOB_LEASE_MS = 30 * SECOND_MS;
/** Two may fail before the lease is over. A cancellation is seen within it. */
export const JOB_HEARTBEAT_MS = 10 * SECOND_MS;
/** A heartbeat that failed is tried again. */
export const JOB_HEARTBEAT_RETRY_MS = 2 * SECOND_MS;
/** Progress is written at once, but no more often. */
export const JOB_PROGRESS_EVERY_MS = SECOND_MS;
/** A handler that was told to stop has so long to do so; then its job ends without it. */
export const JOB_STOP_GRACE_MS = 5 * SECOND_MS;
/** Writes of an end that the table did not answer. */
export const JOB_END_ATTEMPTS = 3;
export const JOB_END_PAUSE_MS = SECOND_MS;
/** A message whose job has a worker comes back when that one's lease is over; after so many deliveries the sweeper does it. */
export const JOB_DELIVERIES_MAX = 5;

/** Changes of a job that met another change are judged again. */
export const JOB_CHANGE_ATTEMPTS_MAX = 8;

/** Items read for one page of a list, whatever is asked for: a page may hold fewer than asked, and still not be the last. */
export const JOB_LIST_READS_MAX = 10;
export const JOB_LIST_MAX = 100;
export const JOB_LIST_DEFAULT = 20;

/** Who waits for a change looks first so often, and then ever less often. */
export const JOB_WATCH_MS = 50;
export const JOB_WATCH_MS_MAX = 1_000;
export const JOB_WATCH_GROWTH = 1.5;

/** The longest that a queue holds a message back. Source: SQS quotas, "Message timer" (read 2026-11-20). */
export const QUEUE_DELAY_MS_MAX = 15 * MINUTE_MS;
/** The sweeper runs so often. */
export const SWEEP_EVERY_MS = MINUTE_MS;
/** A job whose message may be lost is sent again after so long, and each time after twice as long while nobody claims it. */
export const RESEND_MS = MINUTE_MS;
export const RESEND_MS_MAX = 15 * MINUTE_MS;
/** A job that waits for answers is looked at so often: the message that follows its last answer may be lost. */
export const WAITING_LOOK_MS = 5 * MINUTE_MS;
/** An entry whose job is not there after so long was left by a process that died: whoever comes late finds its place void. */
export const ORPHAN_MS = 2 * MINUTE_MS;
export const SWEEP_MARKS_PAGE = 100;
export const SWEEP_MARK_PAGES_MAX = 1_000;
export const SWEEP_TENANTS_AT_ONCE = 8;
export const SWEEP_ENTRIES_AT_ONCE = 16;
export const ENTRIES_PAGE = 1_000;
export const ENTRY_PAGES_MAX = 100;

/** A process that submits marks its tenant once in so long. */
export const JOB_MARK_FRESH_MS = 5 * MINUTE_MS;
/** A mark that leads to nothing is taken away once it is so old: no process counts on it any more. */
export const JOB_MARK_KEPT_MS = 15 * MINUTE_MS;
/** Tenants remembered as marked. */
export const JOB_MARKS_REMEMBERED_MAX = 10_000;

export const SCHEDULES_MAX = 100;
/** An occurrence is submitted so long before its time, with a delay. */
export const SCHEDULE_AHEAD_MS = 2 * SWEEP_EVERY_MS;
/** An occurrence that was missed is made up for within this. Shorter than its request is remembered. */
export const SCHEDULE_MAKE_UP_MS_MAX = 5 * DAY_MS;
/** A schedule of one moment may lie so far ahead. */
export const SCHEDULE_AT_MS_MAX = 366 * DAY_MS;
/** A time that a cron expression names comes within this or never: a 29 February may be eight years away. */
export const CRON_SPAN_MS_MAX = 9 * 366 * DAY_MS;
export const CRON_CHARACTERS_MAX = 200;
