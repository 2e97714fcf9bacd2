/**
 * How long a start waits for what its first call would wait for otherwise: secrets, a store's client, tools. Lambda gives an
 * environment ten seconds (Lambda quotas, read 2026-11-20).
 */
export const START_WAIT_MS_MAX = 3_000;
