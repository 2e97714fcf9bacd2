import { afterAll, beforeAll, expect, test } from "vitest";
import { Quotas } from "../../../../layers/core/quota/quotas.ts";
import { ok } from "../../../../layers/core/result.ts";
import { type UserSessions, userSessions } from "../../../../layers/core/user-session/user-sessions.ts";
import { lruCache } from "../../../../layers/node/lru-cache.ts";
import { systemChance } from "../../../../layers/node/system-chance.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { type LocalDynamoTable, localDynamoTable } from "../../../fixtures/dynamo-table.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { aVisitor, callOf, changeOf, sessionId } from "../../../fixtures/user-session-calls.ts";

const acme = tenant("acme");
const manual = manualClock();
const clock = { nowMs: manual.nowMs, sleep: systemClock().sleep };
const begun = { create: true, onto: "nothing" } as const;

let dynamo: LocalDynamoTable;
let sessions: UserSessions;
beforeAll(async () => {
  dynamo = await localDynamoTable(clock);
  const { table } = dynamo;
  const cache = lruCache({ clock, entriesMax: 100, bytesMax: 1_000_000 });
  sessions = userSessions({ table, cache, quotas: new Quotas({ table, clock }), clock, chance: systemChance() });
});
afterAll(() => dynamo.close());

test("twenty blind changes at once all survive on DynamoDB", async () => {
  const id = sessionId("contended");
  await sessions.save(acme, changeOf(id, { userId: "u1" }, begun));

  const saves = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      sessions.save(acme, changeOf(id, { uiState: { filterSettings: { [`f${index}`]: 1e300 } } })),
    ),
  );

  expect(saves.filter((save) => !save.ok)).toEqual([]);
  const reading = await sessions.read(acme, { id, visitor: aVisitor });
  expect(reading).toMatchObject({ ok: true, value: { session: { version: 21, content: { userId: "u1" } } } });
  const content = reading.ok ? reading.value.session.content : {};
  expect(Object.keys(content.uiState?.filterSettings ?? {})).toHaveLength(20);
});

test("use is coalesced, reads prolong, and the idle end comes on DynamoDB", async () => {
  const id = sessionId("idle");
  await sessions.save(acme, changeOf(id, { userId: "u1" }, begun));

  const prolonged: (boolean | undefined)[] = [];
  for (const pauseMs of [1_000, 5_000, 1_000]) {
    manual.advance(pauseMs);
    const use = await sessions.save(acme, changeOf(id, {}));
    prolonged.push(use.ok ? use.value.prolonged : undefined);
  }
  manual.advance(24 * 60 * 60 * 1_000 - 2_000);
  const late = await sessions.read(acme, { id, visitor: aVisitor });
  manual.advance(24 * 60 * 60 * 1_000);
  const ended = await sessions.read(acme, { id, visitor: aVisitor });

  expect(prolonged).toEqual([false, true, false]);
  expect(late).toMatchObject({ ok: true, value: { prolonged: true } });
  expect(ended).toMatchObject({ ok: false, problem: { reason: "user_session_unknown" } });
});

test("versions are judged, and deleted sessions are gone, on DynamoDB", async () => {
  const id = sessionId("versioned");
  await sessions.save(acme, changeOf(id, { userId: "u1" }, begun));

  const conflict = await sessions.save(acme, changeOf(id, { userId: "u2" }, { expected: ["m1-9"] }));
  const deleted = await sessions.delete(acme, callOf(id));
  const again = await sessions.delete(acme, callOf(id));

  expect(conflict).toMatchObject({ ok: false, problem: { reason: "user_session_conflict" } });
  expect(deleted).toEqual(ok());
  expect(again).toMatchObject({ ok: false, problem: { reason: "user_session_unknown" } });
});
