import { expect, test } from "vitest";
import { startUserSession, visitorContent } from "../../../../layers/core/user-session/user-session.ts";
import type { UserSessionContent } from "../../../../layers/core/user-session/user-session-content.ts";
import { newUserSessionId } from "../../../../layers/core/user-session/user-session-id.ts";
import { userSessionView } from "../../../../layers/core/user-session/user-session-view.ts";
import { systemChance } from "../../../../layers/node/system-chance.ts";

const nowMs = Date.UTC(2025, 9, 29, 12);

function viewOf(content: UserSessionContent) {
  return userSessionView(startUserSession(newUserSessionId(systemChance()), { content, nowMs }));
}

test("a new session shows all defaults, the visitor, and dates in ISO 8601", () => {
  const visitor = { peerAddress: "10.0.0.1", claimedAddress: "192.168.1.100", userAgent: "Mozilla/5.0" };

  expect(viewOf(visitorContent(visitor))).toEqual({
    preferences: { theme: "system", timezone: "UTC", language: "en", refreshInterval: 300_000 },
    uiState: { expandedWidgets: [], lastVisitedTools: [], dashboardLayout: "default", filterSettings: {} },
    toolConfigs: {},
    authenticatedTools: {},
    lastActivity: "2025-10-29T12:00:00.000Z",
    metadata: {
      ipAddress: "192.168.1.100",
      userAgent: "Mozilla/5.0",
      created: "2025-10-29T12:00:00.000Z",
      updated: "2025-10-29T12:00:00.000Z",
    },
  });
});

test("what was set stands beside the defaults of the rest", () => {
  const user = { id: "u1", provider: "github" };

  const view = viewOf({
    userId: "u1",
    user,
    preferences: { theme: "dark" },
    uiState: { expandedWidgets: ["prs"] },
    toolConfigs: { git: { settings: { personal: true } }, jira: { enabled: false } },
    authenticatedTools: { git: { connectedAt: "2025-10-29T12:00:00.000Z" } },
  });

  expect(view).toMatchObject({
    userId: "u1",
    user,
    preferences: { theme: "dark", timezone: "UTC", language: "en", refreshInterval: 300_000 },
    uiState: { expandedWidgets: ["prs"], lastVisitedTools: [], dashboardLayout: "default", filterSettings: {} },
    toolConfigs: { git: { enabled: true, settings: { personal: true } }, jira: { enabled: false, settings: {} } },
    authenticatedTools: { git: { connected: false, connectedAt: "2025-10-29T12:00:00.000Z" } },
    metadata: { ipAddress: "unknown", userAgent: "" },
  });
});

test("what a caller says of itself is cut to what a person would read", () => {
  const visitor = { peerAddress: "::1", claimedAddress: "1".repeat(4_000), userAgent: "M".repeat(4_000) };

  const { metadata } = viewOf(visitorContent(visitor));

  expect(metadata.ipAddress).toHaveLength(45);
  expect(metadata.userAgent).toHaveLength(256);
});
