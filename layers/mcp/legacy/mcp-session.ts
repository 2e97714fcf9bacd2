import { nowEpochSeconds } from "../../core/ports/clock.ts";
import type { Item } from "../../core/ports/table.ts";
import { mcpSessionKey } from "../../core/store/keys.ts";
import type { Principal } from "../../core/tenant/principal.ts";
import { type Capabilities, isLogLevel } from "../call/caller.ts";
import { MCP_SESSION_TOUCH_SECONDS, MCP_SESSION_TTL_SECONDS } from "../limits.ts";
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

export async function openSession(
  server: McpServer,
  principal: Principal,
  client: { readonly version: LegacyVersion; readonly capabilities: Capabilities },
): Promise<StoredSession> {
  const session = { ...unstoredSession(client.version), id: server.chance.uuid(), capabilities: client.capabilities };
  await server.table.put({
    ...mcpSessionKey(principal.tenantId, session.id),
    subject: principal.subject,
    version: session.version,
    capabilities: JSON.stringify(session.capabilities),
    logLevel: session.logLevel,
    subscriptions: [],
    expiresAtEpochSeconds: nowEpochSeconds(server.clock) + MCP_SESSION_TTL_SECONDS,
  });
  return session;
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
export async function changeSession(
  server: McpServer,
  principal: Principal,
  sessionId: string,
  change: { readonly logLevel: LogLevel } | { readonly subscriptions: readonly string[] },
): Promise<void> {
  await server.table.update(mcpSessionKey(principal.tenantId, sessionId), { set: change }, { if: "present" });
}

export async function endSession(server: McpServer, principal: Principal, sessionId: string): Promise<void> {
  await server.table.delete(mcpSessionKey(principal.tenantId, sessionId));
}

function parseSession(id: string, item: Item): StoredSession | undefined {
  const { version, capabilities, logLevel, subscriptions } = item;
  if (!isLegacyVersion(version) || !isLogLevel(logLevel) || typeof capabilities !== "string") return undefined;
  const read: unknown = JSON.parse(capabilities);
  const uris = Array.isArray(subscriptions) ? subscriptions.filter((uri) => typeof uri === "string") : [];
  return { id, version, capabilities: isRecord(read) ? read : {}, logLevel, subscriptions: uris };
}
