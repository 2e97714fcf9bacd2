import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import type { UserSessionId } from "../../../../layers/core/user-session/user-session-id.ts";
import { type UserSessions, userSessions } from "../../../../layers/core/user-session/user-sessions.ts";
import { aVisitor, changeOf } from "../../../fixtures/user-session-calls.ts";
import { type UserSessionBench, userSessionBench } from "../../../fixtures/user-session-parts.ts";

let bench: UserSessionBench;
let acme: TenantId;
let id: UserSessionId;

beforeAll(async () => {
  bench = await userSessionBench();
});

afterAll(() => bench.close());

beforeEach(async () => {
  bench.reset();
  acme = bench.tenantId;
  const use = await userSessions(bench).create(acme, {
    visitor: aVisitor,
    sessionsMax: 1_000,
    signal: new AbortController().signal,
  });
  if (!use.ok) throw new TypeError(use.problem.reason);
  id = use.value.session.id;
});

/** What the browser hook posts at every click, key and scroll. */
const click = (sessions: UserSessions) =>
  sessions.save(acme, changeOf(id, { lastActivity: new Date(bench.clock.nowMs()).toISOString() }));

async function stored() {
  const reading = await userSessions(bench).read(acme, { id, visitor: aVisitor });
  if (!reading.ok) throw new TypeError(reading.problem.reason);
  return reading.value.session;
}

test("a minute of twenty clicks a second costs one write in five seconds", async () => {
  const sessions = userSessions(bench);
  const writesBefore = bench.table.writes;

  for (let tick = 0; tick < 60 * 20; tick++) {
    bench.advance(50);
    expect(await click(sessions)).toMatchObject({ ok: true });
  }

  expect(bench.table.writes - writesBefore).toBe(12);
});

test("a hundred clicks at one moment over ten processes are noted once", async () => {
  const processes = Array.from({ length: 10 }, () => userSessions({ ...bench }));
  bench.advance(5_000);

  const clicks = processes.flatMap((sessions) => Array.from({ length: 10 }, () => click(sessions)));
  const uses = await Promise.all(clicks);

  expect(uses.every((use) => use.ok)).toBe(true);
  expect(uses.filter((use) => use.ok && use.value.prolonged)).toHaveLength(1);
});

test("after a storm the session shows activity of the last five seconds, in the version that it had", async () => {
  const sessions = userSessions(bench);

  for (let tick = 0; tick < 199; tick++) {
    bench.advance(100);
    await click(sessions);
  }

  const session = await stored();
  expect(bench.clock.nowMs() - session.lastActivityAtEpochMs).toBeLessThan(5_000);
  expect(session.version).toBe(1);
  expect(session.updatedAtEpochMs).toBe(session.createdAtEpochMs);
});

test("activity moves the session's end", async () => {
  const sessions = userSessions(bench);

  for (let hour = 0; hour < 72; hour++) {
    bench.advance(60 * 60 * 1_000);
    await click(sessions);
  }

  expect((await stored()).expiresAtEpochSeconds).toBe(bench.clock.nowMs() / 1_000 + 24 * 60 * 60);
});

test.each([
  { what: "says what is stored already", members: { metadata: { ipAddress: "192.168.1.100" } } },
  { what: "deletes what is not there", members: { userId: null, toolConfigs: null } },
  { what: "says nothing", members: {} },
])("a change that $what is noted as use alone", async ({ members }) => {
  bench.advance(10_000);

  await userSessions(bench).save(acme, changeOf(id, members));

  const session = await stored();
  expect(session.lastActivityAtEpochMs).toBe(bench.clock.nowMs());
  expect(session).toMatchObject({ version: 1, updatedAtEpochMs: session.createdAtEpochMs });
});

test("a process whose clock is behind moves no date back", async () => {
  bench.advance(60_000);
  await click(userSessions(bench));
  const before = await stored();
  const slowClock = { nowMs: () => bench.clock.nowMs() - 50_000, sleep: bench.clock.sleep };

  await userSessions({ ...bench, clock: slowClock }).save(acme, changeOf(id, { userId: "u1" }));

  const after = await stored();
  expect(after.content.userId).toBe("u1");
  expect(after.lastActivityAtEpochMs).toBe(before.lastActivityAtEpochMs);
  expect(after.expiresAtEpochSeconds).toBe(before.expiresAtEpochSeconds);
});
