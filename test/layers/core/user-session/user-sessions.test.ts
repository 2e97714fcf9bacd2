import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { ok, refused } from "../../../../layers/core/result.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { type UserSession, versionTag } from "../../../../layers/core/user-session/user-session.ts";
import type { UserSessionId } from "../../../../layers/core/user-session/user-session-id.ts";
import { type UserSessions, userSessions } from "../../../../layers/core/user-session/user-sessions.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { aVisitor, callOf, changeOf, sessionId } from "../../../fixtures/user-session-calls.ts";
import { type UserSessionBench, userSessionBench } from "../../../fixtures/user-session-parts.ts";

const other = tenant("acme-two");
const unknown = refused({ reason: "user_session_unknown" });
const anotherAddress = { ...aVisitor, peerAddress: "10.0.0.2" };
const DAY_MS = 24 * 60 * 60 * 1_000;

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
});

async function created(by: UserSessions = sessions): Promise<UserSession> {
  const use = await by.create(acme, { visitor: aVisitor, sessionsMax: 1_000, signal: new AbortController().signal });
  if (!use.ok) throw new TypeError(use.problem.reason);
  return use.value.session;
}

const read = (id: UserSessionId, visitor = aVisitor) => sessions.read(acme, { id, visitor });

test("a session is read as it was created, in another process too", async () => {
  const session = await created();

  const elsewhere = await userSessions({ ...bench }).read(acme, { id: session.id, visitor: aVisitor });

  expect(elsewhere).toEqual(ok({ session, prolonged: false, degraded: false }));
});

test("a tenant never sees, changes or deletes another's session, not even from the cache", async () => {
  const { id } = await created();

  const answers = [
    await sessions.read(other, { id, visitor: aVisitor }),
    await sessions.save(other, changeOf(id, { userId: "thief" })),
    await sessions.delete(other, callOf(id)),
  ];

  expect(answers).toEqual([unknown, unknown, unknown]);
  bench.table.isDown = true;
  await expect(sessions.read(other, { id, visitor: aVisitor })).rejects.toMatchObject({ code: "store_unavailable" });
  await expect(read(id)).resolves.toMatchObject({ ok: true, value: { session: { content: { metadata: {} } } } });
});

test("a deleted session is unknown, and deleting it again says so", async () => {
  const { id } = await created();

  const first = await sessions.delete(acme, callOf(id));

  expect(first).toEqual(ok());
  expect(await read(id)).toEqual(unknown);
  expect(await sessions.delete(acme, callOf(id))).toEqual(unknown);
});

test("a session is deleted in the version named, and no other", async () => {
  const session = await created();
  const tag = versionTag(session);

  const stale = await sessions.delete(acme, callOf(session.id, { expected: ["m1-9"] }));

  expect(stale).toEqual(refused({ reason: "user_session_conflict", tag }));
  expect(await sessions.delete(acme, callOf(session.id, { expected: ["m1-9", tag] }))).toEqual(ok());
});

test("a change that comes between is not deleted by who named the version before it", async () => {
  const session = await created();
  const expected = [versionTag(session)];
  const raced: Table = {
    ...bench.table,
    async get(key) {
      const item = await bench.table.get(key);
      await sessions.save(acme, changeOf(session.id, { userId: "between" }));
      return item;
    },
  };

  const late = await userSessions({ ...bench, table: raced }).delete(acme, callOf(session.id, { expected }));

  expect(late).toMatchObject({ ok: false, problem: { reason: "user_session_conflict" } });
  expect(await read(session.id)).toMatchObject({ ok: true, value: { session: { content: { userId: "between" } } } });
});

test("a session ends 24 hours after its creation when nobody uses it", async () => {
  const { id } = await created();

  bench.advance(DAY_MS);

  expect(await read(id)).toEqual(unknown);
  expect(await sessions.save(acme, changeOf(id, { userId: "late" }))).toEqual(unknown);
});

test("a read prolongs the session, and reads within five minutes of it write nothing", async () => {
  const { id } = await created();
  bench.advance(DAY_MS - 1_000);
  const writesBefore = bench.table.writes;

  const first = await read(id);
  bench.advance(299_000);
  const second = await read(id);

  expect([first, second]).toMatchObject([
    { ok: true, value: { prolonged: true } },
    { ok: true, value: { prolonged: false } },
  ]);
  expect(bench.table.writes - writesBefore).toBe(1);
  bench.advance(DAY_MS - 300_000);
  expect(await read(id)).toMatchObject({ ok: true, value: { prolonged: true } });
});

test("many processes that read an old session at once prolong it with one write that lasts", async () => {
  const { id } = await created();
  bench.advance(DAY_MS / 2);

  const readings = await Promise.all(
    Array.from({ length: 20 }, () => userSessions({ ...bench }).read(acme, { id, visitor: aVisitor })),
  );

  expect(readings.every((reading) => reading.ok)).toBe(true);
  expect(readings.filter((reading) => reading.ok && reading.value.prolonged)).toHaveLength(1);
});

test("prolonging by a read keeps what another process changes at that moment", async () => {
  const { id } = await created();
  bench.advance(DAY_MS / 2);

  await Promise.all([
    read(id),
    sessions.save(acme, changeOf(id, { userId: "u1" })),
    read(id),
    sessions.save(acme, changeOf(id, { preferences: { theme: "dark" } })),
  ]);

  const content = { userId: "u1", preferences: { theme: "dark" } };
  expect(await read(id)).toMatchObject({ ok: true, value: { session: { content, version: 3 } } });
});

test("a bound session is unknown to every other address, for every call", async () => {
  const binding = userSessions({ ...bench, bindToAddress: true });
  const { id } = await created(binding);

  const answers = [
    await read(id, anotherAddress),
    await sessions.save(acme, changeOf(id, { userId: "thief" }, { visitor: anotherAddress })),
    await sessions.save(acme, changeOf(id, {}, { visitor: anotherAddress, create: true, onto: "nothing" })),
    await sessions.delete(acme, callOf(id, { visitor: anotherAddress })),
  ];

  expect(answers).toEqual([unknown, unknown, unknown, unknown]);
  expect(await read(id)).toMatchObject({ ok: true, value: { session: { version: 1, boundAddress: "10.0.0.1" } } });
});

test("a session is bound to the peer's address and not to what a header claims", async () => {
  const binding = userSessions({ ...bench, bindToAddress: true });
  const { id } = await created(binding);

  expect(await read(id, { ...aVisitor, claimedAddress: "elsewhere" })).toMatchObject({ ok: true });
  expect(await read(id, { ...anotherAddress, claimedAddress: aVisitor.peerAddress })).toEqual(unknown);
});

test("while the table fails, reads show the last copy and say so, and writes are not acknowledged", async () => {
  const { id } = await created();
  await sessions.save(acme, changeOf(id, { userId: "u1" }));

  bench.table.isDown = true;
  const reading = await read(id);
  const write = sessions.save(acme, changeOf(id, { userId: "u2" }));

  expect(reading).toMatchObject({
    ok: true,
    value: { degraded: true, prolonged: false, session: { version: 2, content: { userId: "u1" } } },
  });
  await expect(write).rejects.toMatchObject({ code: "store_unavailable" });
  await expect(sessions.delete(acme, callOf(id))).rejects.toMatchObject({ code: "store_unavailable" });
  bench.table.isDown = false;
  expect(await read(id)).toMatchObject({
    ok: true,
    value: { degraded: false, session: { content: { userId: "u1" } } },
  });
});

test("a read from a copy tries no write, though the session's end should move", async () => {
  const { id } = await created();
  bench.advance(299_000);
  await read(id);
  bench.advance(10_000);
  const writesBefore = bench.table.writes;

  bench.table.isDown = true;
  const reading = await read(id);

  expect(reading).toMatchObject({ ok: true, value: { degraded: true, prolonged: false } });
  expect(bench.table.writes).toBe(writesBefore);
});

test("a copy is shown for five minutes at most", async () => {
  const { id } = await created();

  bench.table.isDown = true;
  bench.advance(299_999);
  const young = await read(id);
  bench.advance(1);
  const old = read(id);

  expect(young).toMatchObject({ ok: true, value: { degraded: true } });
  await expect(old).rejects.toMatchObject({ code: "store_unavailable" });
});

test("a copy of a session that has ended is never shown", async () => {
  const { id } = await created();
  bench.advance(DAY_MS - 1_000);
  await sessions.save(acme, changeOf(id, { userId: "u1" }));
  const copy = await bench.cache.get(`TENANT#${acme}#USER-SESSION#${id}`);
  const ended = String(copy).replace(
    /"expiresAtEpochSeconds":\d+/,
    `"expiresAtEpochSeconds":${bench.clock.nowMs() / 1_000}`,
  );
  await bench.cache.set(`TENANT#${acme}#USER-SESSION#${id}`, ended, 300_000);

  bench.table.isDown = true;

  expect(ended).not.toBe(copy);
  await expect(read(id)).rejects.toMatchObject({ code: "store_unavailable" });
});

test("a copy shows itself to no address that the session is not bound to", async () => {
  const { id } = await created(userSessions({ ...bench, bindToAddress: true }));

  bench.table.isDown = true;

  expect(await read(id, anotherAddress)).toEqual(unknown);
  expect(await read(id)).toMatchObject({ ok: true, value: { degraded: true } });
});

test("a session that another process deleted is forgotten here at the next read", async () => {
  const { id } = await created();
  const elsewhere = userSessions({
    ...bench,
    cache: { get: async () => undefined, set: async () => {}, delete: async () => {} },
  });
  await elsewhere.delete(acme, callOf(id));

  expect(await read(id)).toEqual(unknown);

  bench.table.isDown = true;
  await expect(read(id)).rejects.toMatchObject({ code: "store_unavailable" });
});

test("a read whose prolonging fails is answered all the same", async () => {
  const { id } = await created();
  bench.advance(DAY_MS / 2);
  const fault = new StoreFault("table", "update", { cause: "cut off" });
  const half = userSessions({ ...bench, table: { ...bench.table, update: () => Promise.reject(fault) } });

  expect(await half.read(acme, { id, visitor: aVisitor })).toMatchObject({
    ok: true,
    value: { prolonged: false, degraded: false },
  });
});

test("readiness asks the table and writes nothing", async () => {
  await sessions.checkReady(acme);

  expect(bench.table).toMatchObject({ reads: 1, writes: 0 });
  bench.table.isDown = true;
  await expect(sessions.checkReady(acme)).rejects.toMatchObject({ code: "store_unavailable" });
});

test("an id chosen by the client names a session of its own", async () => {
  const id = sessionId("abc123-def456-ghi789");

  await sessions.save(acme, changeOf(id, { userId: "u1" }, { create: true, onto: "nothing" }));

  expect(await read(id)).toMatchObject({ ok: true, value: { session: { id, version: 1, content: { userId: "u1" } } } });
});
