/** A process looks back so far to see how much it needs, */
export const NEED_WINDOW_MS = 1_000;
/** and takes as much ahead where the bucket is less than half full, so that nobody holds what others want. */
export const SCARCE_WINDOWS_AHEAD = 1;
/** Where there is plenty it takes more at once, so that it comes back seldom, */
export const PLENTY_WINDOWS_AHEAD = 10;
/** and not less than this share of the burst. */
export const PLENTY_BURST_SHARE_MIN = 0.05;
export const PLENTY_FILL_SHARE_MIN = 0.5;
/** The most that a process holds, as a share of the burst: the batch in the stated bound. */
export const HELD_BURST_SHARE_MAX = 0.6;
/** More is taken ahead of need when this share of the last lease is left. */
export const REFILL_SHARE = 0.1;
/** What was not used within this time is not used at all: a tenant's burst does not add up in idle processes. */
export const LEASE_LIFETIME_MS = 10_000;
/** How long a process takes an empty bucket for empty at most. No longer than the shortest time that a refusal can name. */
export const EMPTY_TRUST_MS_MAX = 1_000;
/** Two processes may want the last tokens in the same moment, so one tries again. */
export const LEASE_ATTEMPTS_MAX = 8;
/** Callers that wait for one lease may be more than it has tokens. */
export const LEASE_ROUNDS_MAX = 4;
/** A call waits so long for the table and is then judged without it. */
export const LEASE_WAIT_MS_MAX = 500;
/** How long the table is let be after it failed or kept a call waiting. */
export const FAULT_TRUST_MS = 1_000;
/** Without the table a process lets through what it would be due as one of so many. */
export const ASSUMED_PROCESSES = 10;
/** Tenants whose leases a process holds; the one that took longest ago is forgotten first. */
export const LEASED_TENANTS_MAX = 10_000;
/** A bucket that has been full for so long is forgotten: absent, it is full again. Longer than any two clocks differ. */
export const BUCKET_FULL_SECONDS_KEPT = 3_600;
/** What is left at the end is given back to so many buckets at a time, and within so long. */
export const RETURNS_AT_ONCE = 16;
export const RETURN_ATTEMPTS_MAX = 2;
export const RETURN_MS_MAX = 1_000;
