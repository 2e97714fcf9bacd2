import type { UserSession } from "./user-session.ts";
import type { UserSessionContent } from "./user-session-content.ts";

/** A user session as clients read it: whole, with the defaults in place, dates in ISO 8601. Hyperpage's `SessionData`. */
export interface UserSessionView {
  readonly userId?: string;
  readonly user?: NonNullable<UserSessionContent["user"]>;
  readonly preferences: {
    readonly theme: "light" | "dark" | "system";
    readonly timezone: string;
    readonly language: string;
    /** In milliseconds. */
    readonly refreshInterval: number;
  };
  readonly uiState: {
    readonly expandedWidgets: readonly string[];
    readonly lastVisitedTools: readonly string[];
    readonly dashboardLayout: string;
    readonly filterSettings: Readonly<Record<string, unknown>>;
  };
  readonly toolConfigs: Readonly<
    Record<
      string,
      { readonly enabled: boolean; readonly settings: Readonly<Record<string, unknown>>; readonly lastUsed?: string }
    >
  >;
  readonly authenticatedTools: Readonly<
    Record<string, { readonly connected: boolean; readonly connectedAt?: string; readonly lastUsed?: string }>
  >;
  readonly lastActivity: string;
  readonly metadata: {
    readonly ipAddress: string;
    readonly userAgent: string;
    readonly created: string;
    readonly updated: string;
  };
}

const PREFERENCES = { theme: "system", timezone: "UTC", language: "en", refreshInterval: 300_000 } as const;
const UI_STATE = { expandedWidgets: [], lastVisitedTools: [], dashboardLayout: "default", filterSettings: {} };
const TOOL_CONFIG = { enabled: true, settings: {} };
const AUTHENTICATED_TOOL = { connected: false };
const METADATA = { ipAddress: "unknown", userAgent: "" };

export function userSessionView(session: UserSession): UserSessionView {
  const { userId, user, preferences, uiState, toolConfigs, authenticatedTools, metadata } = session.content;
  return {
    ...(userId === undefined ? undefined : { userId }),
    ...(user === undefined ? undefined : { user }),
    preferences: { ...PREFERENCES, ...preferences },
    uiState: { ...UI_STATE, ...uiState },
    toolConfigs: eachOver(TOOL_CONFIG, toolConfigs),
    authenticatedTools: eachOver(AUTHENTICATED_TOOL, authenticatedTools),
    lastActivity: isoTime(session.lastActivityAtEpochMs),
    metadata: {
      ...METADATA,
      ...metadata,
      created: isoTime(session.createdAtEpochMs),
      updated: isoTime(session.updatedAtEpochMs),
    },
  };
}

function eachOver<D, T>(defaults: D, entries: Readonly<Record<string, T>> = {}): Record<string, D & T> {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, { ...defaults, ...entry }]));
}

function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
