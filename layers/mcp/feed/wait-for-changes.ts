import type { CallContext } from "../../core/http/http-message.ts";
import { KEEP_ALIVE_MS, STREAM_END_MARGIN_MS } from "../limits.ts";
import type { McpServer } from "../mcp-server.ts";
import type { ChangeReader, PlacedChange } from "./change-feed.ts";

/**
 * Yields the feed's changes as they come, and `quiet` each time a sign of life is due: whether the listener tells any of
 * those changes is its own affair.
 * Ends when the caller is gone, before the door would cut it, and when the process is about to stop.
 */
export async function* waitForChanges(
  server: McpServer,
  reader: ChangeReader,
  context: CallContext,
): AsyncGenerator<readonly PlacedChange[] | "quiet"> {
  const { clock, closing, pollIntervalMs } = server;
  let quietAtMs = clock.nowMs();
  const isOver = () =>
    context.signal.aborted ||
    closing?.aborted === true ||
    clock.nowMs() >= context.deadlineEpochMs - STREAM_END_MARGIN_MS;
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
