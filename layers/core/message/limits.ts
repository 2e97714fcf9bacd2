/** Limits of messages. How they relate is held by `test/layers/core/message/limits.test.ts`. */

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 60 * MINUTE_SECONDS;
const DAY_SECONDS = 24 * HOUR_SECONDS;

export const CHANNEL_NAME_CHARACTERS_MAX = 64;
/** API Gateway's have 13 to 16, ours 40. */
export const CONNECTION_ID_CHARACTERS_MAX = 64;
/** Channels that people name, of one tenant. Their names lie in one item: some 90 KB of them. */
export const CHANNELS_MAX = 1_000;
export const CHANNEL_LIST_MAX = 100;
/** Queries of one page of the list, and how many records each reads after the first: those of removed channels lie between. */
export const CHANNEL_LIST_QUERIES_MAX = 5;
export const CHANNEL_LIST_QUERIED = 1_000;
/** Makings and removals of one channel that met another are judged again. */
export const CHANNEL_ATTEMPTS_MAX = 8;

/** Of a message's body as JSON, in UTF-8: what the upstream's clients may send in one frame. */
export const MESSAGE_BODY_BYTES_MAX = 64 * 1024;

/** So long a message can be read, where its channel is not set up otherwise. */
export const RETENTION_SECONDS = 7 * DAY_SECONDS;
export const RETENTION_SECONDS_MIN = HOUR_SECONDS;
export const RETENTION_SECONDS_MAX = 90 * DAY_SECONDS;
/** No shorter than a connection lives: nobody else reads its own channel. */
export const CONNECTION_RETENTION_SECONDS = 2 * HOUR_SECONDS;
/** A retention that was shortened by less may hold a message that much longer than it says. */
export const RETENTION_SHORTENED_SECONDS = HOUR_SECONDS;

/** Messages that are stored together, and how long their text is then; one alone may be longer. */
export const GROUP_MESSAGES_MAX = 100;
export const GROUP_CHARACTERS_MAX = 64 * 1024;
/** Of the messages of one channel that wait in a process to be stored, their texts together: past it appends are refused. */
export const WAITING_CHARACTERS_MAX = 16 * 1024 * 1024;

/** Each round at least one of those who append comes through; a pause between rounds lets them drift apart. */
export const APPEND_ATTEMPTS_MAX = 100;
export const APPEND_PAUSE_MS_MAX = 64;
/** Writes of one group that the table did not answer, until those who wait are told. */
export const STORE_ATTEMPTS_MAX = 3;
export const STORE_PAUSE_MS = 100;

/** The numbers of a log come in sections of so many. */
export const LOG_SECTION_NUMBERS = 1_000_000_000;
/** Nobody stands still so long between what they have learnt of the end of a log and their write there. */
export const APPEND_STILL_SECONDS_MAX = 6 * HOUR_SECONDS;
/** What is written after an item that will be gone sooner might come after somebody who finds the log empty. */
export const GROUP_SURE_SECONDS = APPEND_STILL_SECONDS_MAX;
/** An item stays so much longer than its messages can be read. */
export const GROUP_KEPT_BEYOND_SECONDS = DAY_SECONDS;
/** A section that was begun so lately, and has nothing in it, never had. */
export const SECTION_FRESH_SECONDS = 12 * HOUR_SECONDS;
/** Shorter than any item is kept, whatever was learnt of the end. */
export const LOG_END_FRESH_MS = 10 * MINUTE_SECONDS * 1_000;
export const LOG_ENDS_REMEMBERED_MAX = 10_000;
/** Beginnings of a section that met another. */
export const SECTION_ATTEMPTS_MAX = 8;

export const READ_LIMIT_MAX = 500;
/** Items that a read asks for first, and so many times more each time they did not suffice. */
export const READ_GROUPS_FIRST = 4;
export const READ_GROUPS_GROWTH = 4;
/** Queries of one read: a page may hold fewer messages than asked, and still not be the last. */
export const READ_QUERIES_MAX = 10;
/** Items at the end of a log in which a message that may have been stored before is looked for. */
export const RECENT_GROUPS_MAX = 50;
/** Messages that a process remembers to have published, by their ids: some 300 bytes each. */
export const PUBLISHED_REMEMBERED_MAX = 20_000;

/** A receipt tells nothing once all the messages are over that it could tell of. */
export const RECEIPT_KEPT_SECONDS = RETENTION_SECONDS_MAX;
export const RECEIPT_LIST_MAX = 200;

/** The record of a removed channel stays longer than its messages and the receipts of them: a name that is used again goes on in its numbers. */
export const REMOVED_CHANNEL_KEPT_SECONDS = RETENTION_SECONDS_MAX + RECEIPT_KEPT_SECONDS + DAY_SECONDS;
