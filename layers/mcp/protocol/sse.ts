import { serverSentEvent } from "../../core/http/event-stream.ts";

/** One server-sent event with a JSON-RPC message (one line, as JSON is). */
export function messageEvent(json: string, id?: string): string {
  return serverSentEvent("message", json, id);
}

/** Gives the client an id to come back with before there is anything to say (MCP 2025-11-25, transports). */
export function primingEvent(id: string, retryMs: number): string {
  return `id: ${id}\nretry: ${retryMs}\ndata: \n\n`;
}

/** A comment, so that nobody in between takes the stream for dead. */
export const KEEP_ALIVE = ": \n\n";
