import { expect, test } from "vitest";
import type { Item } from "../../../../layers/core/ports/table.ts";
import { itemBytes } from "../../../../layers/core/store/item-size.ts";
import {
  parseCopiedUserSession,
  parseStoredUserSession,
  storedUserSession,
} from "../../../../layers/core/user-session/stored-user-session.ts";
import { startUserSession, visitorContent } from "../../../../layers/core/user-session/user-session.ts";
import { newUserSessionId } from "../../../../layers/core/user-session/user-session-id.ts";
import { systemChance } from "../../../../layers/node/system-chance.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const id = newUserSessionId(systemChance());
const visitor = { peerAddress: "10.0.0.1", claimedAddress: "192.168.1.100", userAgent: "Mozilla/5.0" };
const content = visitorContent(visitor);
const session = startUserSession(id, { content, nowMs: Date.UTC(2027, 0, 1), boundAddress: "10.0.0.1" });

test("an item is what is pinned here, so that older ones stay readable", () => {
  expect(storedUserSession(acme, session)).toEqual({
    pk: `TENANT#acme#USER-SESSION#${id}`,
    sk: "SESSION",
    content: '{"metadata":{"ipAddress":"192.168.1.100","userAgent":"Mozilla/5.0"}}',
    version: 1,
    createdAtEpochMs: 1_798_761_600_000,
    updatedAtEpochMs: 1_798_761_600_000,
    lastActivityAtEpochMs: 1_798_761_600_000,
    expiresAtEpochSeconds: 1_798_848_000,
    boundAddress: "10.0.0.1",
  });
});

test("an item reads back as the session that it was made of", () => {
  expect(parseStoredUserSession(id, storedUserSession(acme, session))).toEqual(session);
});

test("a default session takes at most 1 KB, also where every text in it is as long as it may be", () => {
  const wordy = { peerAddress: "f".repeat(45), claimedAddress: "1".repeat(45), userAgent: "ü".repeat(1_000) };

  const largest = startUserSession(id, {
    content: visitorContent(wordy),
    nowMs: Date.now(),
    boundAddress: wordy.peerAddress,
  });

  expect(itemBytes(storedUserSession(acme, largest))).toBeLessThanOrEqual(1_024);
  expect(itemBytes(storedUserSession(acme, session))).toBeLessThan(400);
});

test.each([
  { what: "no version", change: { version: undefined } },
  { what: "a date that is no number", change: { createdAtEpochMs: "today" } },
  { what: "a content that is no JSON", change: { content: "{" } },
  { what: "a content with an unknown member", change: { content: '{"bogus":1}' } },
])("an item with $what is a fault, and its copy counts as forgotten", ({ change }) => {
  const item: Item = { ...storedUserSession(acme, session), ...change };

  expect(() => parseStoredUserSession(id, item)).toThrow(expect.objectContaining({ code: "user_session_corrupt" }));
  expect(parseCopiedUserSession(id, JSON.stringify(item))).toBeUndefined();
});

test("a copy reads back, and one that is no JSON counts as forgotten", () => {
  expect(parseCopiedUserSession(id, JSON.stringify(storedUserSession(acme, session)))).toEqual(session);
  expect(parseCopiedUserSession(id, "<html>")).toBeUndefined();
});
