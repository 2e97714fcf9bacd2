import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { Quotas } from "../../../../layers/core/quota/quotas.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import { ok, refused } from "../../../../layers/core/result.ts";
import { recordPartition, userSessionKey } from "../../../../layers/core/store/keys.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import type { UserSessionId } from "../../../../layers/core/user-session/user-session-id.ts";
import { UserSessionPlaces } from "../../../../layers/core/user-session/user-session-places.ts";
import { type UserSessions, userSessions } from "../../../../layers/core/user-session/user-sessions.ts";

import { aVisitor, callOf, changeOf, sessionId } from "../../../fixtures/user-session-calls.ts";
import { type UserSessionBench, userSessionBench } from "../../../fixtures/user-session-parts.ts";

const DAY_MS = 24 * 60 * 60 * 1_000;
const FULL = refused({ reason: "user_sessions_full", sessionsMax: 3 });
const BEGUN = { create: true, onto: "nothing", sessionsMax: 3 } as const;

let bench: UserSessionBench;
let acme: TenantId;
let sessions: UserSessions;
let places: UserSessionPlaces;

beforeAll(async () => {
  bench = await userSessionBench();
});

afterAll(() => bench.close());

beforeEach(() => {
  bench.reset();
  acme = bench.tenantId;
  sessions = userSessions(bench);
  places = new UserSessionPlaces(bench);
});

const create = (by: UserSessions = sessions) =>
  by.create(acme, { visitor: aVisitor, sessionsMax: 3, signal: new AbortController().signal });

async function createdId(): Promise<UserSessionId> {
  const use = await create();
  if (!use.ok) throw new TypeError(use.problem.reason);
  return use.value.session.id;
}

const used = async () => (await bench.quotas.uses(acme, TENANT_LIMITS)).userSessions.used;

async function listed(): Promise<number> {
  const { items } = await bench.table.query({ pk: recordPartition(acme, "USER-SESSION-INDEX"), limit: 100 });
  return items.length;
}

const repair = () => bench.quotas.reconcile(acme, { userSessions: (tenantId) => places.countStored(tenantId) });

test("as many sessions are begun as the tenant may have, however many ask at once, and the others still work", async () => {
  const [first] = await Promise.all([createdId(), createdId(), createdId()]);

  const more = await Promise.all([create(), create(), sessions.save(acme, changeOf(sessionId("own"), {}, BEGUN))]);

  expect(more).toEqual([FULL, FULL, FULL]);
  expect([await used(), await listed()]).toEqual([3, 3]);
  expect(await sessions.save(acme, changeOf(first, { userId: "u1" }, BEGUN))).toMatchObject({ ok: true });
  expect(await sessions.read(acme, { id: sessionId("own"), visitor: aVisitor })).toMatchObject({ ok: false });
});

test("a deleted session's place can be taken again", async () => {
  const [first] = await Promise.all([createdId(), createdId(), createdId()]);

  const deleted = await sessions.delete(acme, callOf(first));

  expect(deleted).toEqual(ok());
  expect([await used(), await listed()]).toEqual([2, 2]);
  expect((await create()).ok).toBe(true);
  expect(await create()).toEqual(FULL);
});

test("of many that begin a session under one id at once all end in it, and it takes one place", async () => {
  const id = sessionId("shared");
  const others = Array.from({ length: 3 }, () => userSessions({ ...bench }));

  const saves = await Promise.all(
    others.map((one, index) =>
      one.save(acme, changeOf(id, { uiState: { filterSettings: { [`f${index}`]: 1 } } }, { ...BEGUN, onto: "stored" })),
    ),
  );

  expect(saves.filter((save) => !save.ok)).toEqual([]);
  expect([await used(), await listed()]).toEqual([1, 1]);
});

test("sessions that ended by themselves give their places back when the count is repaired, and those in use keep theirs", async () => {
  const [kept] = await Promise.all([createdId(), createdId(), createdId()]);
  bench.advance(DAY_MS / 2);
  await sessions.read(acme, { id: kept, visitor: aVisitor });
  bench.advance(DAY_MS / 2);

  await repair();

  expect([await used(), await listed()]).toEqual([1, 1]);
  expect((await sessions.read(acme, { id: kept, visitor: aVisitor })).ok).toBe(true);
});

test("a session that is prolonged again and again is looked up once a day, and never taken off the list", async () => {
  const id = await createdId();
  let lookups = 0;
  const table: Table = {
    ...bench.table,
    get: (key) => {
      lookups += 1;
      return bench.table.get(key);
    },
  };
  const counting = new UserSessionPlaces({ ...bench, table });

  const counts = new Set<number>();
  for (let hour = 0; hour < 72; hour++) {
    bench.advance(DAY_MS / 24);
    await sessions.read(acme, { id, visitor: aVisitor });
    counts.add(await counting.countStored(acme));
  }

  expect(counts).toEqual(new Set([1]));
  expect(lookups).toBeLessThanOrEqual(4);
});

test("a full tenant finds by itself that sessions have ended", async () => {
  await Promise.all([createdId(), createdId(), createdId()]);
  bench.advance(DAY_MS);

  expect((await create()).ok).toBe(true);
  expect([await used(), await listed()]).toEqual([1, 1]);
});

test("whoever uses a session that is there asks the stores no more than before there were limits", async () => {
  const id = await createdId();
  const cost = async (use: () => Promise<unknown>) => {
    Object.assign(bench.table, { reads: 0, writes: 0 });
    await use();
    return { reads: bench.table.reads, writes: bench.table.writes };
  };

  expect(await cost(() => sessions.read(acme, { id, visitor: aVisitor }))).toEqual({ reads: 1, writes: 0 });
  expect(await cost(() => sessions.save(acme, changeOf(id, { userId: "u1" })))).toEqual({ reads: 1, writes: 1 });
  expect(await cost(() => sessions.save(acme, changeOf(id, {})))).toEqual({ reads: 1, writes: 0 });
  expect(await cost(() => create())).toEqual({ reads: 0, writes: 3 });
  expect(await cost(() => sessions.delete(acme, callOf(id)))).toEqual({ reads: 2, writes: 3 });
});

test.each([1, 2, 3])(
  "a begin that ends after its store call %i leaves the count too high until the repair",
  async (last) => {
    let calls = 0;
    const upTo = <T>(call: () => Promise<T>): Promise<T> => {
      calls += 1;
      return calls <= last ? call() : new Promise(() => {});
    };
    const table: Table = {
      ...bench.table,
      put: (...given) => upTo(() => bench.table.put(...given)),
      update: (...given) => upTo(() => bench.table.update(...given)),
    };
    const dying = userSessions({ ...bench, table, quotas: new Quotas({ table, clock: bench.clock }) });
    void create(dying);
    await expect.poll(() => calls).toBe(Math.min(last + 1, 3));

    const before = await used();
    bench.advance(CALL_DURATION_MS_MAX);
    await repair();
    const after = await used();
    bench.advance(DAY_MS);
    await repair();

    expect([before, after]).toEqual([1, last === 3 ? 1 : 0]); // the third stored the session
    expect([await used(), await listed()]).toEqual([0, 0]);
  },
);

test("a session is deleted also while the count can't be reached, and its place comes back with the repair", async () => {
  const id = await createdId();
  const away = (): Promise<never> => Promise.reject(new StoreFault("table", "get", { cause: "cut off" }));
  const quotas = new Quotas({ table: { ...bench.table, get: away, update: away }, clock: bench.clock });

  const deleted = await userSessions({ ...bench, quotas }).delete(acme, callOf(id));

  expect(deleted).toEqual(ok());
  expect(await bench.table.get(userSessionKey(acme, id))).toBeUndefined();
  expect(await used()).toBe(1);
  bench.advance(DAY_MS);
  await repair();
  expect(await used()).toBe(0);
});

test("of an id that was begun twice, what is left of the first goes and the second keeps its place", async () => {
  const id = sessionId("again");
  await sessions.save(acme, changeOf(id, { userId: "u1" }, BEGUN));
  await bench.table.delete(userSessionKey(acme, id));
  bench.advance(DAY_MS / 2);
  await sessions.save(acme, changeOf(id, { userId: "u2" }, BEGUN));
  const before = [await used(), await listed()];
  bench.advance(DAY_MS / 2);

  await repair();

  expect([before, [await used(), await listed()]]).toEqual([
    [2, 2],
    [1, 1],
  ]);
});
