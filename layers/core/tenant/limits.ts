/** Limits of tenants. How they relate is held by `test/layers/core/tenant/limits.test.ts`. */

/**
 * How long a deleted tenant can be brought back, and its data lies untouched: from then on it is erased. Longer than any
 * record lives that can't be listed, so that those are over by then.
 */
export const ERASURE_GRACE_MS = 30 * 24 * 60 * 60 * 1_000;

export const TENANT_NAME_CHARACTERS_MAX = 100;
export const MEMBER_NAME_CHARACTERS_MAX = 100;
/** OpenID Connect Core 1.0, section 2, `sub`: at most 255 ASCII characters. */
export const SUBJECT_CHARACTERS_MAX = 255;
export const SUSPEND_REASON_CHARACTERS_MAX = 200;
/** A tenant's record holds its members, whatever its limit says: an item has 400 KB. */
export const MEMBERS_MAX = 400;
/** Those who were removed are remembered, so that a token's own claims don't let them in. Past this the first are forgotten. */
export const REMOVED_MEMBERS_MAX = 250;
/** Toolkits or regions that a tenant may name. */
export const NAMES_MAX = 64;

export const API_KEY_NAME_CHARACTERS_MAX = 100;
/** How long a key that was replaced still opens at most. */
export const API_KEY_OVERLAP_SECONDS_MAX = 7 * 24 * 60 * 60;
/** And where nobody says how long. */
export const API_KEY_OVERLAP_SECONDS = 24 * 60 * 60;
/** A key that did not change is read again only so seldom: that it has, the tenant's policy tells. */
export const API_KEY_FRESH_MS = 15 * 60_000;
export const API_KEY_STALE_MS_MAX = 60 * 60_000;
/** Keys known to a process, those that do not exist included. */
export const API_KEYS_KNOWN_MAX = 150_000;
/**
 * So many refusals a second may be read for; past that a process reads for no key that has not opened here before, so that
 * whoever tries keys that nobody made neither pays the store's reads out of our pocket nor takes them from others.
 */
export const API_KEY_REFUSALS_PER_SECOND_MAX = 20;
/** So long a credential that was refused is refused without another read. */
export const API_KEY_REFUSED_MS = 5_000;
/** A key's last use is told to the hour, for a write an hour. */
export const API_KEY_USE_GRAIN_MS = 60 * 60 * 1_000;

/** Each round at least one writer of the record succeeds; a random pause up to this lets processes drift apart. */
export const TENANT_WRITE_ATTEMPTS_MAX = 32;
export const TENANT_WRITE_PAUSE_MS_MAX = 50;
export const TENANT_PAGE_MAX = 100;

/** So old a policy may be before it is read again, while calls go on with the old one. */
export const POLICY_FRESH_MS = 5_000;
/** So old a policy may be at all: past it a call waits for a new one. Under the 10 s in which a revocation holds everywhere. */
export const POLICY_STALE_MS_MAX = 8_000;
export const POLICIES_MAX = 4_096;

/** Tenants that one run of the erasure looks at. */
export const ERASURES_AT_ONCE = 100;
/** Records or blobs between two notes of how far an erasure is: a process that ends leaves at most these uncounted. */
export const ERASURE_STEP = 500;
/** Deletions on their way at once. */
export const DELETIONS_AT_ONCE = 25;

/** Keys that took one another's place are followed so far from the one that work was asked for with. */
export const KEY_SUCCESSORS_MAX = 16;
