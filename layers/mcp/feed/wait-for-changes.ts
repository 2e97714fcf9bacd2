import type { CallContext } from "../../core/http/http-message.ts";
import { KEEP_ALIVE_MS, STREAM_END_MARGIN_MS } from "../limits.ts";
import type { McpServer } from "../mcp-server.ts";
import type { ChangeReader, PlacedChange } from "./change-feed.ts";

/**
 * Yields the feed's changes as they come, and `quiet` when there was none for so long that a sign of life is due.
 * Ends when the caller is gone, before the door would cut it, and when the process is about to stop.
 */
export async function* waitForChanges(
  server: McpServer,
  reader: ChangeReader,
  context: CallContext,
): AsyncGenerator<readonly PlacedChange[] | "quiet"> {
  const { clock, closing, pollIntervalMs } = server;
  let saidAtMs = clock.nowMs();
  const isOver = () =>
    context.signal.aborted ||
    closing?.aborted === true ||
    clock.nowMs() >= context.deadlineEpochMs - STREAM_END_MARGIN_MS;
  while (!isOver()) {
    const changes = await reader.read();
    if (changes.length > 0) yield changes;
    else if (clock.nowMs() - saidAtMs >= KEEP_ALIVE_MS) yield "quiet";
    else {
      await clock.sleep(pollIntervalMs, context.signal);
      continue;
    }
    saidAtMs = clock.nowMs();
  }
}
