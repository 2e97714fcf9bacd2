import { nowEpochSeconds } from "../../core/ports/clock.ts";
import type { Condition, Item } from "../../core/ports/table.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import { mcpListenerKey, mcpSessionKey } from "../../core/store/keys.ts";
import type { Principal } from "../../core/tenant/principal.ts";
import { type Capabilities, isLogLevel } from "../call/caller.ts";
import {
  MCP_SESSION_TOUCH_SECONDS,
  MCP_SESSION_TTL_SECONDS,
  SUBSCRIBE_ATTEMPTS_MAX,
  SUBSCRIPTIONS_MAX,
} from "../limits.ts";
import type { McpServer } from "../mcp-server.ts";
import { isRecord } from "../protocol/json-rpc.ts";
import { isLegacyVersion, type LegacyVersion } from "../protocol/versions.ts";
import type { LogLevel } from "../toolkit/tool.ts";

/** What a legacy client said once, in `initialize`, and what it asked for since. */
export interface McpSession {
  /** Undefined for a client that does not send its session id back: it is served, but nothing is kept for it. */
  readonly id: string | undefined;
  readonly version: LegacyVersion;
  readonly capabilities: Capabilities;
  readonly logLevel: LogLevel;
  /** Uris whose updates the client wants. */
  readonly subscriptions: readonly string[];
}

/** A session that is stored, and so can be come back to. */
export type StoredSession = McpSession & { readonly id: string };

/** Until the client says otherwise (MCP 2025-11-25, logging, leaves it to the server). */
const LOG_LEVEL_DEFAULT: LogLevel = "info";

export function unstoredSession(version: LegacyVersion): McpSession {
  return { id: undefined, version, capabilities: {}, logLevel: LOG_LEVEL_DEFAULT, subscriptions: [] };
}

/** @returns `session_too_large` where the client declares more than an item holds. */
export async function openSession(
  server: McpServer,
  principal: Principal,
  client: { readonly version: LegacyVersion; readonly capabilities: Capabilities },
): Promise<Result<StoredSession, { readonly reason: "session_too_large" }>> {
  const session = { ...unstoredSession(client.version), id: server.chance.uuid(), capabilities: client.capabilities };
  const stored = await server.table.put({
    ...mcpSessionKey(principal.tenantId, session.id),
    subject: principal.subject,
    version: session.version,
    capabilities: JSON.stringify(session.capabilities),
    logLevel: session.logLevel,
    subscriptions: "[]",
    expiresAtEpochSeconds: nowEpochSeconds(server.clock) + MCP_SESSION_TTL_SECONDS,
  });
  return stored.ok ? ok(session) : refused({ reason: "session_too_large" });
}

/** The principal's own session; another's, an ended one and one that never was can't be told apart. */
export async function findSession(
  server: McpServer,
  principal: Principal,
  sessionId: string,
): Promise<StoredSession | undefined> {
  if (!/^[\x21-\x7e]{1,128}$/.test(sessionId)) return undefined;
  const key = mcpSessionKey(principal.tenantId, sessionId);
  const item = await server.table.get(key);
  if (item === undefined || item.subject !== principal.subject) return undefined;
  const untilEpochSeconds = nowEpochSeconds(server.clock) + MCP_SESSION_TTL_SECONDS;
  if ((item.expiresAtEpochSeconds ?? 0) < untilEpochSeconds - MCP_SESSION_TOUCH_SECONDS) {
    await server.table.update(key, { set: { expiresAtEpochSeconds: untilEpochSeconds } }, { if: "present" });
  }
  return parseSession(sessionId, item);
}

/** Ended between the read and this write, the session stays ended. */
export async function setLogLevel(
  server: McpServer,
  principal: Principal,
  sessionId: string,
  logLevel: LogLevel,
): Promise<void> {
  await server.table.update(mcpSessionKey(principal.tenantId, sessionId), { set: { logLevel } }, { if: "present" });
}

export type SubscriptionProblem =
  | { readonly reason: "too_many_subscriptions" }
  /** The session has ended, or others kept changing its subscriptions. */
  | { readonly reason: "not_subscribed" };

/** Requests of one client may come to several processes at once; none of their subscriptions is lost. */
export async function changeSubscriptions(
  server: McpServer,
  principal: Principal,
  sessionId: string,
  change: (uris: readonly string[]) => readonly string[],
): Promise<Result<undefined, SubscriptionProblem>> {
  const key = mcpSessionKey(principal.tenantId, sessionId);
  for (let attempt = 0; attempt < SUBSCRIBE_ATTEMPTS_MAX; attempt++) {
    const stored = (await server.table.get(key))?.subscriptions;
    if (typeof stored !== "string") break;
    const uris = change(readUris(stored));
    if (uris.length > SUBSCRIPTIONS_MAX) return refused({ reason: "too_many_subscriptions" });
    const unchanged: Condition = { if: "equals", attribute: "subscriptions", value: stored };
    const written = await server.table.update(key, { set: { subscriptions: JSON.stringify(uris) } }, unchanged);
    if (written.ok) return ok();
    if (written.problem.reason === "item_too_large") return refused({ reason: "too_many_subscriptions" });
  }
  return refused({ reason: "not_subscribed" });
}

export async function endSession(server: McpServer, principal: Principal, sessionId: string): Promise<void> {
  await server.table.delete(mcpSessionKey(principal.tenantId, sessionId));
  await server.table.delete(mcpListenerKey(principal.tenantId, sessionId)); // its open stream then ends as well
}

function parseSession(id: string, item: Item): StoredSession | undefined {
  const { version, capabilities, logLevel, subscriptions } = item;
  if (!isLegacyVersion(version) || !isLogLevel(logLevel) || typeof capabilities !== "string") return undefined;
  if (typeof subscriptions !== "string") return undefined;
  const read: unknown = JSON.parse(capabilities);
  return { id, version, capabilities: isRecord(read) ? read : {}, logLevel, subscriptions: readUris(subscriptions) };
}

function readUris(stored: string): readonly string[] {
  const uris: unknown = JSON.parse(stored);
  return Array.isArray(uris) ? uris.filter((uri) => typeof uri === "string") : [];
}
