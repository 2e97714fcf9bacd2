/**
 * So old what is known of a run's address may be. A run that was stopped is gone from its record at once. One that ended by
 * itself is found out by the next look, or when nobody, or somebody else, is found at its address.
 */
export const ADDRESS_KEPT_MS = 5_000;
/**
 * And so old before it is looked at again where nobody listens there, or where there was none yet: callers who wait for a
 * program ask many times a second, and DescribeTasks has 20 calls a second for an account.
 */
export const ADDRESS_DOUBTED_MS = 1_000;
/** Runs whose addresses one environment knows. */
export const ADDRESSES_MAX = 1_000;

/** So much sooner than its own time is over, this function has the one in the network end: what it says then still arrives. */
export const CARRIED_END_MARGIN_MS = 500;
