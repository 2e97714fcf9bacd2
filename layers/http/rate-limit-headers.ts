import type { RateAnswer } from "../core/rate/rate-answer.ts";

/** Source: RFC 9651, section 3.3.1: an integer has 15 digits at most. */
const INTEGER_MAX = 999_999_999_999_999;

/**
 * What a caller may still ask, as structured fields. Source: draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4:
 * the quota `q` within a window of `w` seconds; `r` left of it, and more in `t` seconds. `Retry-After` names no earlier
 * moment than `t` (section 6).
 */
export function rateLimitHeaders(answer: RateAnswer): Record<string, string> {
  const { perSecond, burst, perMonth, remaining, resetSeconds } = answer;
  const policy = `"burst";q=${burst};w=${Math.ceil(burst / perSecond)}`;
  if (perMonth === undefined) {
    return { "ratelimit-policy": policy, ratelimit: `"burst";r=${remaining};t=${resetSeconds}` };
  }
  return {
    "ratelimit-policy": `${policy}, "month";q=${Math.min(perMonth, INTEGER_MAX)}`,
    ratelimit: `"month";r=${remaining};t=${resetSeconds}`,
  };
}
