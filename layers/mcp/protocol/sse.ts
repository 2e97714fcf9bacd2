/** One server-sent event with a JSON-RPC message (one line, as JSON is). */
export function messageEvent(json: string, id?: string): string {
  return id === undefined ? `event: message\ndata: ${json}\n\n` : `event: message\nid: ${id}\ndata: ${json}\n\n`;
}

/** Gives the client an id to come back with before there is anything to say (MCP 2025-11-25, transports). */
export function primingEvent(id: string, retryMs: number): string {
  return `id: ${id}\nretry: ${retryMs}\ndata: \n\n`;
}

/** A comment, so that nobody in between takes the stream for dead. */
export const KEEP_ALIVE = ": \n\n";

export const SSE_HEADERS = {
  "content-type": "text/event-stream",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
} as const;
