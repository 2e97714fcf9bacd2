/** Of a stream of server-sent events. Nobody in between may keep it, change it or wait for more of it. */
export const EVENT_STREAM_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
} as const;

/**
 * One server-sent event.
 *
 * @param json one line, as JSON is.
 * @param id what a client comes back with; left out, its last one stays.
 */
export function serverSentEvent(event: string, json: string, id?: string): string {
  return id === undefined ? `event: ${event}\ndata: ${json}\n\n` : `event: ${event}\nid: ${id}\ndata: ${json}\n\n`;
}
