import { describe, expect, test } from "vitest";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { CALL_LEASE_MS } from "../../../../layers/mcp/limits.ts";
import { isQuestion, isReplyTo, legacyClient, textOf } from "../../../fixtures/legacy-client.ts";
import {
  accept,
  fleet,
  HOLD_MS,
  type Kind,
  ordering,
  READ_ONLY,
  RERUNNABLE,
  type Run,
  toolOf,
} from "../../../fixtures/legacy-fleet.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { ground, mortalProcess } from "../../../fixtures/mortal-process.ts";
import { elapse, passing } from "../../../fixtures/virtual-time.ts";

const UNSURE = "The server stopped while it ran this call, which may or may not have taken effect.";

describe("a process that dies while it runs a call", () => {
  const crashing = (kind: Kind = {}) => {
    const runs: string[] = [];
    const toolkit = toolOf(async (scope, clock) => {
      runs.push(scope.callId);
      await clock.sleep(2_000);
      return "done";
    }, kind);
    return { runs, toolkit };
  };

  test("leaves a tool that can run twice to the next one, under the same call id", async () => {
    const { runs, toolkit } = crashing(RERUNNABLE);
    const { start, pass, clock } = fleet(toolkit);
    const [one, other] = [start(), start()];
    const client = await pass(legacyClient(one));
    const reading = await pass(client.call(one, 1, "tool"));
    await elapse(clock, 500);
    one.kill();

    const resumed = await pass(client.listen(other, reading.lastEventId()));
    await elapse(clock, 1_000);
    expect(runs).toHaveLength(1);

    expect(textOf(await pass(resumed.next(isReplyTo(1))))).toBe("done");
    expect(runs).toHaveLength(2);
    expect(new Set(runs).size).toBe(1);
  });

  test("leaves any other tool alone: its client is told that nobody knows", async () => {
    const { runs, toolkit } = crashing();
    const { start, pass, clock } = fleet(toolkit);
    const [one, other] = [start(), start()];
    const client = await pass(legacyClient(one));
    const reading = await pass(client.call(one, 1, "tool"));
    await elapse(clock, 500);
    one.kill();

    const resumed = await pass(client.listen(other, reading.lastEventId()));
    const reply = await pass(resumed.next(isReplyTo(1)));

    expect(reply.result?.isError).toBe(true);
    expect(textOf(reply)).toBe(UNSURE);
    expect(runs).toHaveLength(1);
  });

  test("leaves it to one of those that come for it at once", async () => {
    const { runs, toolkit } = crashing(RERUNNABLE);
    const { start, pass, clock } = fleet(toolkit);
    const one = start();
    const client = await pass(legacyClient(one));
    const reading = await pass(client.call(one, 1, "tool"));
    await elapse(clock, 500);
    one.kill();

    const comers = Array.from({ length: 5 }, () => start());
    const resumed = await pass(Promise.all(comers.map((comer) => client.listen(comer, reading.lastEventId()))));
    const replies = await pass(Promise.all(resumed.map((stream) => stream.next(isReplyTo(1)))));

    expect(replies.map(textOf)).toEqual(comers.map(() => "done"));
    expect(runs).toHaveLength(2);
  });

  test("after the answer came is followed by one that still has the answer", async () => {
    const { toolkit, effects } = ordering(RERUNNABLE);
    const { start, pass, clock } = fleet(toolkit, { holdMs: HOLD_MS });
    const [one, other] = [start(), start()];
    const client = await pass(legacyClient(one));
    const reading = await pass(client.call(one, 1, "tool"));
    const question = await pass(reading.next(isQuestion));
    one.kill();
    await pass(client.answer(other, question, accept("L")));
    expect(effects).toEqual([]);

    await elapse(clock, CALL_LEASE_MS);
    const resumed = await pass(client.listen(other, reading.lastEventId()));

    expect(textOf(await pass(resumed.next(isReplyTo(1))))).toBe("size L");
    expect(effects).toHaveLength(1);
  });
});

test("a call that runs for long keeps its lease: who comes back meanwhile waits for its reply", async () => {
  let runs = 0;
  const { start, pass, clock } = fleet(
    toolOf(async (_scope, time) => {
      runs += 1;
      await time.sleep(5 * CALL_LEASE_MS);
      return "done";
    }),
  );
  const [one, other] = [start(), start()];
  const client = await pass(legacyClient(one));
  const reading = await pass(client.call(one, 1, "tool"));
  await elapse(clock, CALL_LEASE_MS + 1_000);

  const resumed = await pass(client.listen(other, reading.lastEventId()));

  expect(textOf(await pass(resumed.next(isReplyTo(1))))).toBe("done");
  expect(runs).toBe(1);
});

describe("a store that fails", () => {
  /** A table that can be cut off. */
  function frail(base: Table): { readonly table: Table; isDown: boolean } {
    const state = { isDown: false };
    const unlessDown = <T>(work: () => Promise<T>): Promise<T> =>
      state.isDown ? Promise.reject(new StoreFault("table", "get", { cause: "down" })) : work();
    const table: Table = {
      get: (...given) => unlessDown(() => base.get(...given)),
      put: (...given) => unlessDown(() => base.put(...given)),
      update: (...given) => unlessDown(() => base.update(...given)),
      delete: (...given) => unlessDown(() => base.delete(...given)),
      query: (...given) => unlessDown(() => base.query(...given)),
    };
    return Object.assign(state, { table });
  }

  function withFrailTable(run: Run, kind: Kind = {}) {
    const clock = manualClock();
    const base = ground(clock);
    const store = frail(base.table);
    const process = mortalProcess({ toolkit: toolOf(run, kind), ground: { ...base, table: store.table } });
    return { clock, store, process, pass: <T>(promise: Promise<T>) => passing(clock, promise) };
  }

  test("for a moment does not end a call that runs", async () => {
    const { clock, store, process, pass } = withFrailTable(async (_scope, time) => {
      await time.sleep(10_000);
      return "done";
    });
    const client = await pass(legacyClient(process));
    const reading = await pass(client.call(process, 1, "tool"));
    await elapse(clock, 2_000);

    store.isDown = true;
    await elapse(clock, 1_500);
    store.isDown = false;

    expect(textOf(await pass(reading.next(isReplyTo(1))))).toBe("done");
    expect(process.reports).toEqual([]);
  });

  test("for longer than the lease ends the run, tells its tool, and reports once", async () => {
    let signal: AbortSignal | undefined;
    const { clock, store, process, pass } = withFrailTable(async (scope, time) => {
      signal = scope.signal;
      await time.sleep(60_000);
      return "too late";
    });
    const client = await pass(legacyClient(process));
    const reading = await pass(client.call(process, 1, "tool"));
    await elapse(clock, 1_000);

    store.isDown = true;
    await elapse(clock, CALL_LEASE_MS + 100);

    expect(await pass(reading.ended)).toBe("ended");
    expect(reading.messages).toEqual([]);
    expect(signal?.aborted).toBe(true);
    expect(process.reports).toMatchObject([{ fault: { code: "store_unavailable" } }]);
  });

  test("where a call has to be stored that runs already ends the run: nobody would hear of it", async () => {
    let signal: AbortSignal | undefined;
    const { clock, store, process, pass } = withFrailTable(async (scope, time) => {
      signal = scope.signal;
      await time.sleep(60_000);
      return "too late";
    }, READ_ONLY);
    const client = await pass(legacyClient(process));
    const call = client.call(process, 1, "tool").catch((fault: unknown) => fault);
    await elapse(clock, 100);

    store.isDown = true;

    expect(await pass(call)).toMatchObject({ code: "store_unavailable" });
    expect(signal?.aborted).toBe(true);
  });
});
