/** Longer ones are refused before anything is looked at. What providers issue is one or two kilobytes. */
export const TOKEN_CHARACTERS_MAX = 8 * 1024;
/** How far an issuer's clock may be from ours. */
export const CLOCK_SKEW_SECONDS = 30;
/** Tokens that a process has verified and knows by their hash. */
export const TOKENS_KNOWN_MAX = 50_000;

/** An issuer's keys are fetched anew when they are older, while calls go on with the old ones, */
export const KEYS_FRESH_MS = 10 * 60_000;
/** or when a token names one that is not among them: no oftener than this, whatever callers send. */
export const KEYS_FETCH_INTERVAL_MS = 30_000;
/** Without an answer from the issuer the keys last known hold for so long. */
export const KEYS_STALE_MS_MAX = 24 * 60 * 60_000;
export const KEYS_FETCH_TIMEOUT_MS = 3_000;
export const KEYS_BYTES_MAX = 256 * 1024;

/** How old what is known of where a newcomer belongs may be. */
export const HOME_FRESH_MS = 5_000;
export const HOME_STALE_MS_MAX = 8_000;
export const HOMES_KNOWN_MAX = 10_000;
