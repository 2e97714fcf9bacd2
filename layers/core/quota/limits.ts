/** The longest a function of any kind may run. Source: Lambda quotas, "Function timeout" (read 2026-11-20). */
export const CALL_DURATION_MS_MAX = 15 * 60 * 1_000;
