/** The least that a process takes from a tenant's bucket at once, as a share of the burst. */
export const BATCH_BURST_SHARE_MIN = 0.05;
/** The most, so that a few processes can share what there is. */
export const BATCH_BURST_SHARE_MAX = 0.5;
/** A process looks back so far to see how much it needs, */
export const NEED_WINDOW_MS = 1_000;
/** and takes ahead what it needs in so many such windows. */
export const WINDOWS_AHEAD = 2;
/** What was not used within this time is not used at all: a tenant's burst does not add up in idle processes. */
export const LEASE_LIFETIME_MS = 10_000;
/** More is fetched ahead of need when this share of a batch is left. */
export const REFILL_SHARE = 0.25;
/** How long a process takes an empty bucket for empty, so that a caller who goes on costs no more operations than four a second. */
export const EMPTY_TRUST_MS = 250;
/** Two processes may take from one bucket in the same moment, so one tries again. */
export const LEASE_ATTEMPTS_MAX = 8;
/** Tenants whose leases a process holds; the one known longest is forgotten first, with what it held. */
export const LEASED_TENANTS_MAX = 10_000;
/** An unused bucket is full again long before, so that nothing is lost with it. */
export const BUCKET_IDLE_SECONDS = 3_600;
