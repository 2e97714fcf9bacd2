import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { refused } from "../../../../layers/core/result.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { userSessionView } from "../../../../layers/core/user-session/user-session-view.ts";
import { type UserSessions, userSessions } from "../../../../layers/core/user-session/user-sessions.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { aVisitor, changeOf, sessionId } from "../../../fixtures/user-session-calls.ts";
import { type UserSessionBench, userSessionBench } from "../../../fixtures/user-session-parts.ts";

const id = sessionId("abc123-def456");

let bench: UserSessionBench;
let acme: TenantId;
let sessions: UserSessions;

beforeAll(async () => {
  bench = await userSessionBench();
});

afterAll(() => bench.close());

beforeEach(async () => {
  bench.reset();
  acme = bench.tenantId;
  sessions = userSessions(bench);
  const begun = await sessions.save(acme, changeOf(id, { userId: "u1" }, { create: true, onto: "nothing" }));
  expect(begun).toMatchObject({ ok: true, value: { session: { version: 1 } } });
});

async function stored() {
  const reading = await sessions.read(acme, { id, visitor: aVisitor });
  if (!reading.ok) throw new TypeError(reading.problem.reason);
  return reading.value.session;
}

test("one preference never deletes another", async () => {
  await sessions.save(acme, changeOf(id, { preferences: { timezone: "Europe/Berlin" } }));
  await sessions.save(acme, changeOf(id, { preferences: { theme: "dark" } }));

  const session = await stored();

  expect(userSessionView(session).preferences).toEqual({
    theme: "dark",
    timezone: "Europe/Berlin",
    language: "en",
    refreshInterval: 300_000,
  });
  expect(session).toMatchObject({ version: 3, content: { userId: "u1" } });
});

test("a change moves the dates of change, activity and end", async () => {
  bench.advance(90_000);

  await sessions.save(acme, changeOf(id, { userId: "u2" }));

  const nowMs = bench.clock.nowMs();
  expect(await stored()).toMatchObject({
    createdAtEpochMs: nowMs - 90_000,
    updatedAtEpochMs: nowMs,
    lastActivityAtEpochMs: nowMs,
    expiresAtEpochSeconds: nowMs / 1_000 + 86_400,
  });
});

test("a whole session replaces the stored one but for what the server keeps", async () => {
  await sessions.save(acme, changeOf(id, { preferences: { theme: "dark" }, toolConfigs: { git: {} } }));
  bench.advance(1_000);

  await sessions.save(acme, changeOf(id, { preferences: { language: "fr" } }, { onto: "nothing", create: true }));

  expect(await stored()).toMatchObject({
    version: 3,
    createdAtEpochMs: bench.clock.nowMs() - 1_000,
    content: { preferences: { language: "fr" }, metadata: { ipAddress: "192.168.1.100" } },
  });
  expect((await stored()).content).not.toHaveProperty("toolConfigs");
  expect((await stored()).content.preferences).not.toHaveProperty("theme");
});

test("updates of an unknown id are refused, and begin one where that is asked for", async () => {
  const fresh = sessionId("fresh");

  const plain = await sessions.save(acme, changeOf(fresh, { userId: "u9" }));
  const asked = await sessions.save(acme, changeOf(fresh, { userId: "u9" }, { create: true }));

  expect(plain).toEqual(refused({ reason: "user_session_unknown" }));
  expect(asked).toMatchObject({ ok: true, value: { session: { version: 1, content: { userId: "u9" } } } });
});

test("a version named that is not there begins nothing", async () => {
  const fresh = sessionId("fresh");
  const change = changeOf(fresh, {}, { create: true, onto: "nothing", expected: "any" });

  expect(await sessions.save(acme, change)).toEqual(refused({ reason: "user_session_unknown" }));
});

test("a change in a version that has passed is refused with the one that is there", async () => {
  const { createdAtEpochMs } = await stored();
  const first = `${createdAtEpochMs.toString(36)}-1`;
  await sessions.save(acme, changeOf(id, { userId: "u2" }, { expected: [first] }));

  const late = await sessions.save(acme, changeOf(id, { userId: "u3" }, { expected: [first] }));

  const tag = `${createdAtEpochMs.toString(36)}-2`;
  expect(late).toEqual(refused({ reason: "user_session_conflict", tag }));
  expect((await stored()).content.userId).toBe("u2");
});

test("of twenty changes in the same version one wins, and nineteen are told", async () => {
  const expected = [`${(await stored()).createdAtEpochMs.toString(36)}-1`];

  const saves = await Promise.all(
    Array.from({ length: 20 }, (_, index) => sessions.save(acme, changeOf(id, { userId: `w${index}` }, { expected }))),
  );

  expect(saves.filter((save) => save.ok)).toHaveLength(1);
  expect(saves.filter((save) => !save.ok && save.problem.reason === "user_session_conflict")).toHaveLength(19);
  expect((await stored()).version).toBe(2);
});

test("a version of a session that was deleted and begun again is another version", async () => {
  const expected = [`${(await stored()).createdAtEpochMs.toString(36)}-1`];
  await sessions.delete(acme, { id, visitor: aVisitor, signal: new AbortController().signal });
  bench.advance(1);
  await sessions.save(acme, changeOf(id, { userId: "second" }, { create: true, onto: "nothing" }));

  const late = await sessions.save(acme, changeOf(id, { userId: "first" }, { expected }));

  expect(late).toMatchObject({ ok: false, problem: { reason: "user_session_conflict" } });
});

test("fifty blind changes of different members at once all survive", async () => {
  const blind = userSessions({ ...bench, clock: systemClock() });

  const saves = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      blind.save(acme, changeOf(id, { uiState: { filterSettings: { [`f${index}`]: index } } })),
    ),
  );

  expect(saves.filter((save) => !save.ok)).toEqual([]);
  const session = await stored();
  expect(Object.keys(session.content.uiState?.filterSettings ?? {})).toHaveLength(50);
  expect(session).toMatchObject({ version: 51, content: { userId: "u1" } });
});

test("a session of 32 KB is kept, and one byte more is refused and changes nothing", async () => {
  const settings = (characters: number) => ({ uiState: { filterSettings: { text: "x".repeat(characters) } } });
  await sessions.save(acme, changeOf(id, settings(0)));
  const room = 32 * 1_024 - JSON.stringify(userSessionView(await stored())).length;

  const largest = await sessions.save(acme, changeOf(id, settings(room)));
  const larger = await sessions.save(acme, changeOf(id, settings(room + 1)));

  expect(largest).toMatchObject({ ok: true, value: { session: { version: 3 } } });
  expect(larger).toEqual(refused({ reason: "user_session_too_large", bytes: 32_769, bytesMax: 32_768 }));
  expect((await stored()).version).toBe(3);
});

test("size is counted in UTF-8, and at a session's beginning too", async () => {
  const members = { uiState: { filterSettings: { text: "😀".repeat(8_192) } } };

  const begun = await sessions.save(acme, changeOf(sessionId("fresh"), members, { create: true, onto: "nothing" }));

  expect(begun).toMatchObject({ ok: false, problem: { reason: "user_session_too_large" } });
  expect(await sessions.read(acme, { id: sessionId("fresh"), visitor: aVisitor })).toMatchObject({ ok: false });
});

test("what no session may hold is refused and changes nothing", async () => {
  const wrong = await sessions.save(acme, changeOf(id, { preferences: { theme: "pink" }, userId: "u2" }));

  expect(wrong).toMatchObject({ ok: false, problem: { reason: "user_session_invalid" } });
  expect(await stored()).toMatchObject({ version: 1, content: { userId: "u1" } });
});
