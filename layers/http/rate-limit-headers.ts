import type { RateAnswer } from "../core/rate/rate-answer.ts";

/**
 * What a caller may still ask, as structured fields. Source: draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4:
 * the quota `q` a window of `w` seconds, `r` left of it, whole again in `t` seconds.
 */
export function rateLimitHeaders({ perSecond, burst, remaining, resetSeconds }: RateAnswer): Record<string, string> {
  return {
    "ratelimit-policy": `"burst";q=${burst};w=${Math.ceil(burst / perSecond)}`,
    ratelimit: `"burst";r=${remaining};t=${resetSeconds}`,
  };
}
