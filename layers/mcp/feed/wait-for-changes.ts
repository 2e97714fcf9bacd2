import type { CallContext } from "../../core/http/http-message.ts";
import { KEEP_ALIVE_MS, STREAM_END_MARGIN_MS } from "../limits.ts";
import type { McpServer } from "../mcp-server.ts";

/** What has changed since it was last read. */
export interface Changing<T> {
  read(): Promise<readonly T[]>;
}

/**
 * Yields changes as they come, and `quiet` each time a sign of life is due: whether the listener tells any of
 * those changes is its own affair.
 * Ends when the caller is gone, before the door would cut it, after the server's `listenMs`, and when the process is about
 * to stop. A client that comes back for another within {@link FEED_OVERLAP_MS} misses nothing.
 */
export async function* waitForChanges<T>(
  server: McpServer,
  reader: Changing<T>,
  context: CallContext,
): AsyncGenerator<readonly T[] | "quiet"> {
  const { clock, closing, pollIntervalMs, listenMs = Number.POSITIVE_INFINITY } = server;
  let quietAtMs = clock.nowMs();
  const endMs = Math.min(quietAtMs + listenMs, context.deadlineEpochMs - STREAM_END_MARGIN_MS);
  const isOver = () => context.signal.aborted || closing?.aborted === true || clock.nowMs() >= endMs;
  while (!isOver()) {
    const changes = await reader.read();
    if (changes.length > 0) yield changes;
    if (clock.nowMs() - quietAtMs >= KEEP_ALIVE_MS) {
      quietAtMs = clock.nowMs();
      yield "quiet";
    }
    if (changes.length === 0) await clock.sleep(pollIntervalMs, context.signal);
  }
}
