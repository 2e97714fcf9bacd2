/** Limits of questions. How they relate is held by `test/layers/core/question/limits.test.ts`. */

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** As the Frontend Router's own checks have them, in UTF-16 code units (`internal/validation`, read 2026-11-20). */
export const QUESTION_CHARACTERS_MAX = 10_000;
/** Of a text; of a form, as JSON. */
export const ANSWER_CHARACTERS_MAX = 50_000;
/** Of an answer as JSON that all who were asked are sent: it goes to each of them. */
export const ANSWER_TOLD_CHARACTERS_MAX = 4_000;
/** More than that nobody picks from. */
export const CHOICES_MAX = 100;
export const CHOICE_CHARACTERS_MAX = 500;
/** Nor fills in. */
export const FORM_FIELDS_MAX = 50;
export const FORM_FIELD_NAME_CHARACTERS_MAX = 64;
/** Question, choices and schema as JSON: with what else is told of them they fit into a message of 64 KiB. */
export const QUESTION_CONTENT_BYTES_MAX = 56 * 1024;

export const QUESTION_TIMEOUT_MS_MIN = SECOND_MS;
/** The Frontend Router's default. */
export const QUESTION_TIMEOUT_MS_DEFAULT = 300 * SECOND_MS;
/** A job that waits for the answer is open for a fortnight at most. */
export const QUESTION_TIMEOUT_MS_MAX = 7 * DAY_MS;
/** So long after its time a question can still be looked at, whatever became of it. */
export const QUESTION_KEPT_MS = 7 * DAY_MS;
/** Open questions of a tenant: each is looked at whenever the sweeper runs. */
export const QUESTIONS_OPEN_MAX = 1_000;
/** Those that are asked at the same moment may pass the limit. */
export const QUESTION_ENTRY_PAGES_MAX = 10;
export const QUESTION_ENTRIES_PAGE = 1_000;
export const QUESTIONS_LOOKED_AT_ONCE = 16;
/** A question of an entry that is over for so long is not made any more. */
export const QUESTION_ORPHAN_MS = 2 * MINUTE_MS;

/**
 * A message that ends a question no job waits for is sent when it is over so soon: by whoever asks, or by the sweeper, which
 * comes by more often than that. It waits in the queue of what people are told, where it must not count as late.
 */
export const QUESTION_DUE_AHEAD_MS = 80 * SECOND_MS;

/** Changes that met another change are judged again. */
export const QUESTION_CHANGE_ATTEMPTS_MAX = 8;
/** A message about the end of a question that changes all the time comes again after so long. */
export const QUESTION_CONTENDED_SECONDS = 1;

export const QUESTION_LIST_MAX = 100;
export const QUESTION_LIST_DEFAULT = 20;
/** Pages read for one page of a list: it may hold fewer than asked, and still not be the last. */
export const QUESTION_LIST_READS_MAX = 10;
