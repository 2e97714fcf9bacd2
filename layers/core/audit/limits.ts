/** Limits of the audit log. How they relate is held by `test/layers/core/audit/limits.test.ts`. */

/** What one field of an entry shows of a text. */
export const AUDIT_TEXT_CHARACTERS_MAX = 255;
/** Of a list (toolkits, regions, scopes) or of a set of limits an entry shows so many. */
export const AUDIT_LIST_MAX = 64;
export const AUDIT_NAME_CHARACTERS_MAX = 64;

/** Each round at least one writer appends; a pause between them lets writers drift apart. */
export const APPEND_ATTEMPTS_MAX = 100;
export const APPEND_PAUSE_MS_MAX = 64;
/** Tenants whose chain's end a process remembers, to append without reading first. */
export const TAILS_MAX = 1_024;

export const AUDIT_PAGE_MAX = 100;
/** Entries read for one page: a rare actor's page may hold fewer than asked, or none, and still not be the last. */
export const AUDIT_SCAN_MAX = 1_000;
/** How far after a page an entry is looked for that closes a change of the page. */
export const CLOSING_SCAN_MAX = 1_000;
/** Halvings that find a time among all numbers an entry can have. */
export const HALVINGS_MAX = 53;
/** How far the head may lie behind the last entry: writers that ended between the two, one after another. */
export const HEAD_LAG_MAX = 64;
/** Pages of {@link VERIFY_PAGE_ENTRIES} that one verification reads: ten million entries. */
export const VERIFY_PAGES_MAX = 10_000;
export const VERIFY_PAGE_ENTRIES = 1_000;

/** Refusals of one actor and action are counted together for so long. */
export const REFUSAL_WINDOW_MS = 60_000;
/** Pairs of actor and action counted at once for a tenant; past it the tenant's other refusals are counted as one. */
export const REFUSALS_PER_TENANT_MAX = 32;
/** Pairs counted at once in a process; past it the oldest is written down early. */
export const REFUSALS_MAX = 4_096;
