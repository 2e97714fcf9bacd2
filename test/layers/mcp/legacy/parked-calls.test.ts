import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ITEM_BYTES_MAX } from "../../../../layers/core/ports/table.ts";
import { type SqliteTable, sqliteTable } from "../../../../layers/local/sqlite-table.ts";
import type { CallState } from "../../../../layers/mcp/call/call-state.ts";
import { type ParkedCall, ParkedCalls, type SentQuestion } from "../../../../layers/mcp/legacy/parked-calls.ts";
import {
  CALL_LEASE_MS,
  INLINE_BYTES_MAX,
  PARKED_CALL_TTL_SECONDS,
  QUESTIONS_MAX,
} from "../../../../layers/mcp/limits.ts";
import { type ManualClock, manualClock } from "../../../fixtures/manual-clock.ts";
import { type McpParts, mcpParts } from "../../../fixtures/mcp-parts.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import { seededChance } from "../../../fixtures/seeded-chance.ts";
import { temporaryFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";

let table: SqliteTable;
let clock: ManualClock;
let close: () => Promise<void>;

beforeAll(async () => {
  const folder = await temporaryFolder();
  const ticking = { nowMs: () => clock.nowMs(), sleep: (durationMs: number) => clock.sleep(durationMs) };
  clock = manualClock();
  table = await sqliteTable({ file: join(folder.path, "state.sqlite"), clock: ticking });
  close = async () => {
    await table.close();
    await folder.remove();
  };
});

afterAll(() => close());

let parts: McpParts;
let sessions = 0;

beforeEach(() => {
  clock = manualClock();
  parts = mcpParts([], { table, clock, chance: seededChance(++sessions) });
});

const ann = principalOf();
const session = (principal = ann, sessionId = `session-${sessions}`): ParkedCalls =>
  new ParkedCalls(parts.server, principal, sessionId);
const REQUEST = { id: 1, method: "tools/call", params: { name: "tool", arguments: { a: "ä" } } } as const;
const CALL_ID = "11111111-1111-4111-8111-111111111111";
const stateOf = (round: number, answers: Record<string, unknown> = {}): CallState => ({
  callId: CALL_ID,
  answers,
  round,
  returned: false,
  progress: undefined,
});
const question = (seq: number, key = `q${seq}`): SentQuestion => ({ key, seq, method: "roots/list" });

const opened = (calls: ParkedCalls, request: ParkedCall["request"] = REQUEST): Promise<ParkedCall> =>
  calls.open(CALL_ID, { request, startedAtEpochMs: clock.nowMs() });

async function must<T>(promise: Promise<T | undefined>): Promise<T> {
  const value = await promise;
  if (value === undefined) throw new TypeError("refused");
  return value;
}

/** Waiting for the answers to these questions. */
async function asking(calls: ParkedCalls, ...questions: readonly SentQuestion[]): Promise<ParkedCall> {
  const call = await opened(calls);
  return must(calls.wait(call, { questions, callState: stateOf(1), seq: call.seq + questions.length }));
}

test("a call is found as it was opened, and by its own session alone", async () => {
  const calls = session();

  const call = await opened(calls);

  expect(await calls.find(CALL_ID)).toEqual(call);
  expect(call).toMatchObject({ state: "running", term: 1, request: REQUEST, callState: stateOf(0), seq: 0 });
  expect(await session(ann, "another").find(CALL_ID)).toBeUndefined();
  expect(await session({ ...ann, tenantId: tenant("acme-two") }).find(CALL_ID)).toBeUndefined();
});

test("a call is gone when nobody came for it in an hour", async () => {
  const calls = session();
  await opened(calls);

  clock.advance((PARKED_CALL_TTL_SECONDS - 1) * 1_000);
  expect(await calls.find(CALL_ID)).toBeDefined();

  clock.advance(1_000);
  expect(await calls.find(CALL_ID)).toBeUndefined();
});

describe("the lease", () => {
  test("keeps others off until it has ended, and renewing it moves the end", async () => {
    const calls = session();
    const call = await opened(calls);

    clock.advance(CALL_LEASE_MS - 1);
    expect(await calls.takeOver(call)).toBeUndefined();
    expect(await calls.renew(call)).toBe(true);
    clock.advance(CALL_LEASE_MS);
    expect(await calls.takeOver(call)).toBeUndefined();
    clock.advance(1);

    expect(await calls.takeOver(call)).toMatchObject({ term: 2, leaseUntilEpochMs: clock.nowMs() + CALL_LEASE_MS });
  });

  test("that was given up can be taken at once", async () => {
    const calls = session();
    const call = await opened(calls);

    await calls.release(call);

    expect(await calls.takeOver(call)).toMatchObject({ term: 2 });
  });

  test("goes to one of many that want it", async () => {
    const calls = session();
    const call = await opened(calls);
    await calls.release(call);

    const takers = await Promise.all(Array.from({ length: 20 }, () => calls.takeOver(call)));

    expect(takers.filter((taker) => taker !== undefined)).toHaveLength(1);
  });

  test("can't be taken of a call that is done", async () => {
    const calls = session();
    const call = await opened(calls);
    await calls.finish(call, 1, "reply");
    clock.advance(CALL_LEASE_MS + 1);

    expect(await calls.takeOver(call)).toBeUndefined();
    expect(await calls.release(call)).toBeUndefined();
    expect(await calls.find(CALL_ID)).toMatchObject({ state: "done", reply: "reply" });
  });
});

test("whatever an earlier holder still writes is refused", async () => {
  const calls = session();
  const old = await asking(calls, question(1));
  clock.advance(CALL_LEASE_MS + 1);
  const held = await must(calls.takeOver(old));

  expect(await calls.renew(old)).toBe(false);
  expect(await calls.release(old)).toBeUndefined();
  expect(await calls.goOn(old)).toBeUndefined();
  expect(await calls.finish(old, 9, "old reply")).toBe(false);
  const running = await must(calls.goOn(held));
  expect(await calls.wait(old, { questions: [question(7)], callState: stateOf(5), seq: 7 })).toBeUndefined();

  expect(await calls.find(CALL_ID)).toEqual(running);
  expect(await calls.finish(held, 2, "reply")).toBe(true);
});

test("a large state that an earlier holder still writes does not reach the later one's", async () => {
  const calls = session();
  const old = await opened(calls);
  clock.advance(CALL_LEASE_MS + 1);
  const held = await must(calls.takeOver(old));
  const large = (what: string) => stateOf(1, { what: what.repeat(INLINE_BYTES_MAX) });
  await calls.wait(held, { questions: [], callState: large("n"), seq: 0 });

  await calls.wait(old, { questions: [], callState: large("o"), seq: 0 });

  expect((await calls.find(CALL_ID))?.callState).toEqual(large("n"));
});

describe("an answer", () => {
  test("is stored once: a second one changes nothing, however large either is", async () => {
    for (const length of [1, INLINE_BYTES_MAX + 1]) {
      const calls = session(ann, `answers-${length}-${sessions}`);
      await asking(calls, question(1), question(2));

      const first = await calls.answer(CALL_ID, 1, { result: "a".repeat(length) });
      const second = await calls.answer(CALL_ID, 1, { result: "b".repeat(length) });

      expect(first?.answers).toEqual(new Map([[1, { result: "a".repeat(length) }]]));
      expect(second).toBeUndefined();
      expect((await calls.find(CALL_ID))?.answers.get(1)).toEqual({ result: "a".repeat(length) });
    }
  });

  test("of many at once is one alone", async () => {
    const calls = session();
    await asking(calls, question(1));

    const stored = await Promise.all(Array.from({ length: 20 }, (_, n) => calls.answer(CALL_ID, 1, { result: n })));

    const winners = stored.filter((call) => call !== undefined);
    expect(winners).toHaveLength(1);
    expect((await calls.find(CALL_ID))?.answers).toEqual(winners[0]?.answers);
  });

  test.each([
    ["was never asked", 3],
    ["will be asked later", 2],
    ["has the number of no question", 0],
  ])("to what %s is refused, and does not count when it is asked", async (_what, seq) => {
    const calls = session();
    const waiting = await asking(calls, question(1));

    expect(await calls.answer(CALL_ID, seq, { result: "early" })).toBeUndefined();

    const running = await must(calls.goOn(waiting));
    const next = await must(
      calls.wait(running, { questions: [question(2), question(3)], callState: stateOf(2), seq: 3 }),
    );
    expect(next.answers.size).toBe(0);
  });

  test("to a question of an earlier round is refused", async () => {
    const calls = session();
    const waiting = await asking(calls, question(1));
    await calls.answer(CALL_ID, 1, { result: "first" });
    const running = await must(calls.goOn(waiting));
    const next = await must(
      calls.wait({ ...running, questions: [question(1)] }, { questions: [question(2)], callState: stateOf(2), seq: 2 }),
    );

    expect(await calls.answer(CALL_ID, 1, { result: "again" })).toBeUndefined();
    expect(next.answers.size).toBe(0);
  });

  test.each(["running", "done"] as const)("to a call that is %s is refused", async (state) => {
    const calls = session();
    const waiting = await asking(calls, question(1));
    if (state === "running") await calls.goOn(waiting);
    else await calls.finish(waiting, 2, "reply");

    expect(await calls.answer(CALL_ID, 1, { result: "late" })).toBeUndefined();
  });

  test("to an unknown call is refused and leaves nothing", async () => {
    expect(await session().answer(CALL_ID, 1, { result: 1 })).toBeUndefined();
    expect(await session().find(CALL_ID)).toBeUndefined();
  });

  test("may be a refusal", async () => {
    const calls = session();
    await asking(calls, question(1));

    expect((await calls.answer(CALL_ID, 1, { error: "no" }))?.answers.get(1)).toEqual({ error: "no" });
  });
});

test("of two that go on with the answered call, one does", async () => {
  const calls = session();
  const waiting = await asking(calls, question(1));

  const both = await Promise.all([calls.goOn(waiting), calls.goOn(waiting)]);

  expect(both.filter((call) => call !== undefined)).toHaveLength(1);
});

test("of two that finish it, the reply of one is stored", async () => {
  const calls = session();
  const call = await opened(calls);

  expect(await calls.finish(call, 1, "first")).toBe(true);
  expect(await calls.finish(call, 1, "second")).toBe(false);
  expect(await calls.find(CALL_ID)).toMatchObject({ reply: "first" });
});

test("everything about a call may be as large as a request or a reply is, and comes back whole", async () => {
  const calls = session();
  const large = (what: string) => what.repeat(1024 * 1024);
  const request = {
    id: "large",
    method: "tools/call",
    params: { name: "tool", arguments: { text: large("ä") } },
  } as const;
  const questions = Array.from({ length: QUESTIONS_MAX }, (_, n) => ({
    ...question(n + 1),
    params: { text: large("q") },
  }));

  const call = await opened(calls, request);
  await must(calls.wait(call, { questions, callState: stateOf(1, { text: large("s") }), seq: QUESTIONS_MAX }));
  for (const { seq } of questions) await must(calls.answer(CALL_ID, seq, { result: large("a") }));
  const answered = await must(calls.find(CALL_ID));
  await calls.finish(answered, QUESTIONS_MAX + 1, large("r"));

  // Compared as a whole and not shown: a difference would be megabytes long.
  expect(JSON.stringify(answered.request) === JSON.stringify(request)).toBe(true);
  expect(JSON.stringify(answered.questions) === JSON.stringify(questions)).toBe(true);
  expect(answered.callState.answers.text === large("s")).toBe(true);
  expect([...answered.answers.values()].every((answer) => "result" in answer && answer.result === large("a"))).toBe(
    true,
  );
  expect(answered.answers.size).toBe(QUESTIONS_MAX);
  expect((await calls.find(CALL_ID))?.reply === large("r")).toBe(true);
}, 60_000);

test("everything about a call that lies in its item fits into it together", async () => {
  const calls = session();
  const nearly = "x".repeat(INLINE_BYTES_MAX - 200);
  const request = { ...REQUEST, params: { text: nearly } };
  const questions = Array.from({ length: QUESTIONS_MAX }, (_, n) => question(n + 1));

  const call = await opened(calls, request);
  await must(calls.wait(call, { questions, callState: stateOf(1, { text: nearly }), seq: QUESTIONS_MAX }));
  for (const { seq } of questions) await must(calls.answer(CALL_ID, seq, { result: nearly }));

  expect(await calls.finish(await must(calls.find(CALL_ID)), QUESTIONS_MAX + 1, nearly)).toBe(true);
  expect((QUESTIONS_MAX + 4) * INLINE_BYTES_MAX).toBeLessThan(ITEM_BYTES_MAX);
});

describe("a cancellation", () => {
  test.each([1, "1", 0, "", "x".repeat(5_000), "\ud800"])(
    "is of the request with the id %j and no other",
    async (id) => {
      const calls = session();
      const call = await opened(calls, { ...REQUEST, id });
      const another = await opened(calls, { ...REQUEST, id: typeof id === "number" ? String(id) : 7 });

      await calls.cancel(id);

      expect(await calls.isCancelled(call)).toBe(true);
      expect(await calls.isCancelled(another)).toBe(false);
    },
  );

  test("is not of a later request with the same id", async () => {
    const calls = session();
    const first = await opened(calls);
    clock.advance(10);
    await calls.cancel(1);
    clock.advance(10);
    const second = await opened(calls);

    expect([await calls.isCancelled(first), await calls.isCancelled(second)]).toEqual([true, false]);
  });

  test("is not of another session's request with the same id", async () => {
    const call = await opened(session());

    await session(ann, "another").cancel(1);

    expect(await session().isCancelled(call)).toBe(false);
  });

  test("leaves a call that is done without a reply", async () => {
    const calls = session();
    const call = await opened(calls);

    await calls.finish(call, 0, undefined);

    expect(await calls.find(CALL_ID)).toMatchObject({ state: "done", reply: undefined });
  });
});
