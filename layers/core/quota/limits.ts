/** The longest a function of any kind may run. Source: Lambda quotas, "Function timeout" (read 2026-11-20). */
export const CALL_DURATION_MS_MAX = 15 * 60 * 1_000;
/** A repair that meets another change of the count is judged again; each time somebody's write came through. */
export const REPAIR_ATTEMPTS_MAX = 16;
/** Tenants whose counts are compared with what there is at a time. */
export const TENANTS_RECONCILED_AT_ONCE = 8;
