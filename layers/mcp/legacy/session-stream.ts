import type { HttpReply } from "../../core/http/http-message.ts";
import { nowEpochSeconds } from "../../core/ports/clock.ts";
import { mcpListenerKey } from "../../core/store/keys.ts";
import type { Change } from "../feed/change-feed.ts";
import { waitForChanges } from "../feed/wait-for-changes.ts";
import { MCP_SESSION_TTL_SECONDS } from "../limits.ts";
import { methodOf } from "../modern/listen.ts";
import { notificationJson } from "../protocol/json-rpc.ts";
import { streamReply } from "../protocol/replies.ts";
import { KEEP_ALIVE, messageEvent } from "../protocol/sse.ts";
import { since } from "../protocol/versions.ts";
import { feedEventId } from "./event-id.ts";
import type { LegacyExchange } from "./legacy-call.ts";
import { findSession, type StoredSession } from "./mcp-session.ts";

type SessionExchange = LegacyExchange & { readonly session: StoredSession };

/**
 * The session's own stream: changes of lists, and of the resources it subscribed to. A message goes to one stream only
 * (MCP 2025-11-25, transports, "Multiple Connections"), so the last stream to be opened is the one that is told.
 *
 * @param after the feed's position that the client has seen.
 */
export function openSessionStream(exchange: SessionExchange, after: string | undefined): HttpReply {
  return streamReply(sessionEvents(exchange, after), { operation: "listen", outcome: "ok" });
}

async function* sessionEvents(exchange: SessionExchange, after: string | undefined): AsyncGenerator<string> {
  const { server, context, session } = exchange;
  const { tenantId } = context.principal;
  const listener = mcpListenerKey(tenantId, session.id);
  const token = server.chance.token(9);
  await server.table.put({
    ...listener,
    token,
    expiresAtEpochSeconds: nowEpochSeconds(server.clock) + MCP_SESSION_TTL_SECONDS,
  });
  yield since(session.version, "2025-11-25") ? `retry: ${RECONNECT_MS}\n\n` : KEEP_ALIVE;
  for await (const batch of waitForChanges(server, server.feed.reader(tenantId, after), context)) {
    if ((await server.table.get(listener))?.token !== token) return;
    if (batch === "quiet") yield KEEP_ALIVE;
    else yield* eventsOf(exchange, batch);
  }
}

/** A session's stream is reopened without hurry: what changed meanwhile is still in the feed. */
const RECONNECT_MS = 1_000;

async function* eventsOf(
  { server, context, session }: SessionExchange,
  batch: readonly { readonly position: string; readonly change: Change }[],
): AsyncGenerator<string> {
  const subscriptions = await subscriptionsNow();
  for (const { position, change } of batch) {
    if (typeof change !== "string" && !subscriptions.includes(change.uri)) continue;
    const params = typeof change === "string" ? undefined : change;
    yield messageEvent(notificationJson(methodOf(change), params), feedEventId(position));
  }

  /** The client may have subscribed since the stream was opened. */
  async function subscriptionsNow(): Promise<readonly string[]> {
    if (batch.every(({ change }) => typeof change === "string")) return [];
    return (await findSession(server, context.principal, session.id))?.subscriptions ?? [];
  }
}
