/** What a load balancer is told beside its routes. The one that stands before functions on one machine goes by the same. */

/** What it answers where no route takes a path. */
export const UNROUTED = {
  status: 404,
  contentType: "application/json",
  body: '{"error":{"code":"path_unknown"}}',
} as const;

/** For the reply to be written. */
const REPLY_MARGIN_MS = 5_000;

/** A connection may be quiet for as long as a function may think, and a little longer. */
export function idleTimeoutMs(functionTimeoutsMs: readonly number[]): number {
  return Math.max(...functionTimeoutsMs) + REPLY_MARGIN_MS;
}
