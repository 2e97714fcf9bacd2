import { setImmediate as turn } from "node:timers/promises";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Table } from "../../../../layers/core/ports/table.ts";
import {
  ASSUMED_PROCESSES,
  FAULT_TRUST_MS,
  HELD_BURST_SHARE_MAX,
  LEASE_WAIT_MS_MAX,
  LEASED_TENANTS_MAX,
  RETURN_MS_MAX,
  RETURNS_AT_ONCE,
} from "../../../../layers/core/rate/limits.ts";
import type { RateAnswer } from "../../../../layers/core/rate/rate-answer.ts";
import { RateLeaseLate, RateLimiter } from "../../../../layers/core/rate/rate-limiter.ts";
import { rateBucketKey } from "../../../../layers/core/store/keys.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { type ManualClock, manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const unexpected = (fault: unknown): never => expect.unreachable(String(fault));
const ACME = tenant("acme");
const inLocal = (tenantId: TenantId) => rateBucketKey(tenantId, "local");
const LIMITS = { requestsPerSecond: 100, requestBurst: 200 };

interface Counted {
  readonly table: Table;
  operations: number;
}

function countedTable(clock: ManualClock): Counted {
  const table = memoryTable(clock);
  const counted: Counted = {
    operations: 0,
    table: {
      ...table,
      update: (...given) => {
        counted.operations++;
        return table.update(...given);
      },
    },
  };
  return counted;
}

function fleetOf(count: number, clock = manualClock()) {
  const counted = countedTable(clock);
  const faults: unknown[] = [];
  const limiters = Array.from(
    { length: count },
    () => new RateLimiter({ table: counted.table, clock, keyOf: inLocal, report: (fault) => faults.push(fault) }),
  );
  return { clock, counted, limiters, faults };
}

async function admittedOf(limiter: RateLimiter | undefined, calls: number, limits = LIMITS): Promise<number> {
  let admitted = 0;
  for (let call = 0; call < calls; call++) if ((await limiter?.take(ACME, limits))?.admitted) admitted++;
  return admitted;
}

describe("one process", () => {
  test("lets the burst through at once, and then the rate", async () => {
    const { clock, limiters } = fleetOf(1);

    const first = await admittedOf(limiters[0], 1_000);
    clock.advance(3_000);
    const later = await admittedOf(limiters[0], 1_000);

    expect(first).toBe(200);
    expect(later).toBe(200); // three seconds' rate is more than the burst
  });

  test("answers from memory for all but a hundredth of a steady tenant's calls", async () => {
    const { clock, counted, limiters } = fleetOf(1);
    const callFor = async (calls: number): Promise<void> => {
      for (let call = 0; call < calls; call++) {
        await limiters[0]?.take(ACME, LIMITS);
        clock.advance(call % 2 === 0 ? 10 : 11);
      }
    };
    await callFor(300);
    const before = counted.operations;

    await callFor(10_000);

    expect(counted.operations - before).toBeLessThanOrEqual(100);
  });

  test("answers without a turn of the event loop what it has tokens for", async () => {
    const { limiters } = fleetOf(1);
    await limiters[0]?.take(ACME, LIMITS);

    expect(limiters[0]?.take(ACME, LIMITS)).toMatchObject({ admitted: true });
  });

  test("costs a caller who does not stop four operations a second and tells when to come back", async () => {
    const { clock, counted, limiters } = fleetOf(1, manualClock());
    const slow = { requestsPerSecond: 1, requestBurst: 1 };
    await admittedOf(limiters[0], 2, slow);
    const before = counted.operations;
    let last: RateAnswer | undefined;

    for (let elapsedMs = 0; elapsedMs < 900; elapsedMs += 10) {
      last = await limiters[0]?.take(ACME, slow);
      clock.advance(10);
    }

    expect(last).toMatchObject({ admitted: false, exceeded: "rate", remaining: 0, retryAfterSeconds: 1 });
    expect(counted.operations - before).toBeLessThanOrEqual(4);
  });

  test("keeps tenants apart", async () => {
    const { limiters } = fleetOf(1);
    await admittedOf(limiters[0], 300);

    expect(await limiters[0]?.take(tenant("quiet"), LIMITS)).toMatchObject({ admitted: true });
  });

  test("gives a tenant in each region what it is due there", async () => {
    const { clock, counted } = fleetOf(0);
    const inRegion = (region: string) =>
      new RateLimiter({
        table: counted.table,
        clock,
        keyOf: (tenantId: TenantId) => rateBucketKey(tenantId, region),
        report: unexpected,
      });

    expect(await admittedOf(inRegion("eu-west-1"), 300)).toBe(200);
    expect(await admittedOf(inRegion("us-east-1"), 300)).toBe(200);
  });

  test("asks the table once for callers that come at the same moment", async () => {
    const { counted, limiters } = fleetOf(1);

    await Promise.all(Array.from({ length: 5 }, () => limiters[0]?.take(ACME, LIMITS)));

    expect(counted.operations).toBe(1);
  });

  test("lets callers that come at the same moment have what there is, though the first lease is small", async () => {
    const { limiters } = fleetOf(1);

    const answers = await Promise.all(Array.from({ length: 150 }, () => limiters[0]?.take(ACME, LIMITS)));

    expect(answers.filter((answer) => answer?.admitted)).toHaveLength(150);
  });

  test("holds few tokens for a caller who asks seldom, where others want them", async () => {
    const { clock, limiters } = fleetOf(2);
    await admittedOf(limiters[0], 110);
    await admittedOf(limiters[1], 1);

    const others = await admittedOf(limiters[0], 200);
    clock.advance(1_000);

    expect(110 + 1 + others).toBeGreaterThanOrEqual(199);
    expect((await limiters[1]?.take(ACME, LIMITS))?.admitted).toBe(true);
  });

  test("holds no more than its share of the burst, however much it needs", async () => {
    const { clock, limiters } = fleetOf(2);
    await admittedOf(limiters[0], 300);
    clock.advance(1_900);

    await limiters[0]?.take(ACME, LIMITS);

    expect(await admittedOf(limiters[1], 300)).toBe(190 - HELD_BURST_SHARE_MAX * LIMITS.requestBurst);
  });

  test("that is killed loses the tenant what it held, and no more", async () => {
    const { clock, limiters } = fleetOf(2);
    await admittedOf(limiters[0], 50);

    const others = await admittedOf(limiters[1], 300);
    clock.advance(2_000);

    expect(50 + others).toBeGreaterThanOrEqual(LIMITS.requestBurst * (1 - HELD_BURST_SHARE_MAX));
    expect(await admittedOf(limiters[1], 300)).toBe(LIMITS.requestBurst);
  });

  test("gives back at its end what it did not use", async () => {
    const { limiters } = fleetOf(2);
    await admittedOf(limiters[0], 60);
    await admittedOf(limiters[1], 1);

    await limiters[1]?.close();
    await limiters[0]?.close();

    expect(await admittedOf(limiters[0], 300)).toBe(139);
  });

  test("forgets the tenant that took longest ago, and what it held is not lost", async () => {
    const { counted, limiters } = fleetOf(1);
    await limiters[0]?.take(ACME, LIMITS);
    for (let other = 0; other < LEASED_TENANTS_MAX; other++) await limiters[0]?.take(tenant(`t${other}`), LIMITS);
    const before = counted.operations;

    const admitted = await admittedOf(limiters[0], 300);

    expect(admitted).toBe(199);
    expect(counted.operations).toBeGreaterThan(before);
  });

  test("goes by a new rate at once, with what was taken at the old one", async () => {
    const { clock, limiters } = fleetOf(1);
    const slow = { requestsPerSecond: 1, requestBurst: 60 };
    await admittedOf(limiters[0], 60, slow);
    clock.advance(1_000);

    const raised = await admittedOf(limiters[0], 300);
    clock.advance(10_000);
    const lowered = await admittedOf(limiters[0], 300, slow);

    expect(raised).toBe(LIMITS.requestBurst - 60 + 1);
    expect(lowered).toBeLessThanOrEqual(60);
  });
});

describe("a table that is away or slow", () => {
  const outage = new Error("the table is away");

  test("costs each process all but a tenth of the rate, and is told of once a second", async () => {
    const { clock, counted, limiters, faults } = fleetOf(1);
    Object.assign(counted.table, { update: () => Promise.reject(outage) });
    let admitted = 0;

    for (let second = 0; second < 5; second++) {
      admitted += await admittedOf(limiters[0], 1_000);
      clock.advance(1_000);
    }

    expect(admitted).toBe((LIMITS.requestBurst + 4 * LIMITS.requestsPerSecond) / ASSUMED_PROCESSES);
    expect(faults).toEqual(Array.from({ length: 5 }, () => outage));
  });

  test("is asked again, and then the whole rate is there", async () => {
    const { clock, counted, limiters } = fleetOf(1);
    const { update } = counted.table;
    Object.assign(counted.table, { update: () => Promise.reject(outage) });
    await admittedOf(limiters[0], 100);
    Object.assign(counted.table, { update });
    clock.advance(FAULT_TRUST_MS);

    await admittedOf(limiters[0], 1);

    expect(await admittedOf(limiters[0], 300)).toBe(LIMITS.requestBurst);
  });

  test("keeps a call waiting for half a second at most, and the next ones not at all", async () => {
    const { clock, counted, limiters, faults } = fleetOf(1);
    Object.assign(counted.table, { update: () => new Promise(() => {}) });
    const first = Promise.resolve(limiters[0]?.take(ACME, LIMITS));

    clock.advance(LEASE_WAIT_MS_MAX);

    expect(await first).toMatchObject({ admitted: true });
    expect(limiters[0]?.take(ACME, LIMITS)).toMatchObject({ admitted: true });
    expect(faults).toEqual([new RateLeaseLate()]);
  });

  test("lets the end of a call wait for what is taken ahead, and half a second at most", async () => {
    const { clock, counted, limiters } = fleetOf(1);
    const [limiter] = limiters;
    const { update } = counted.table;
    await limiter?.take(ACME, LIMITS);
    await limiter?.settled();
    let answer = (): void => {};
    const late: Table["update"] = (...given) =>
      new Promise((resolve) => {
        answer = () => resolve(update(...given));
      });
    Object.assign(counted.table, { update: late });
    for (let call = 0; call < 9; call++) limiter?.take(ACME, LIMITS);
    const ends: string[] = [];
    const first = limiter?.settled().then(() => ends.push("first"));
    await turn();
    const endsBefore = [...ends];
    clock.advance(LEASE_WAIT_MS_MAX);
    await first;
    const second = limiter?.settled().then(() => ends.push("second"));

    answer();
    await second;

    expect([endsBefore, ends]).toEqual([[], ["first", "second"]]);
  });

  test("keeps the end of a process waiting for a second at most", async () => {
    const { clock, counted, limiters } = fleetOf(1);
    for (let other = 0; other < 2 * RETURNS_AT_ONCE; other++) await limiters[0]?.take(tenant(`t${other}`), LIMITS);
    const before = counted.operations;
    const hanging: Table["update"] = () => {
      counted.operations++;
      return new Promise(() => {});
    };
    Object.assign(counted.table, { update: hanging });
    const closed = limiters[0]?.close();

    clock.advance(RETURN_MS_MAX);

    await expect(closed).resolves.toBeUndefined();
    expect(counted.operations - before).toBe(RETURNS_AT_ONCE);
  });

  test("of one tenant keeps no other waiting", async () => {
    const { counted, limiters } = fleetOf(1);
    const { update } = counted.table;
    const slowFor: Table["update"] = (key, ...given) =>
      key.pk.includes("acme") ? new Promise(() => {}) : update(key, ...given);
    Object.assign(counted.table, { update: slowFor });
    void limiters[0]?.take(ACME, LIMITS);

    expect(await limiters[0]?.take(tenant("quiet"), LIMITS)).toMatchObject({ admitted: true });
  });
});

describe("clocks that differ", () => {
  const HOUR_MS = 3_600_000;
  const limiterAt = (table: Table, clock: ManualClock, skewMs: number) =>
    new RateLimiter({
      table,
      clock: { ...clock, nowMs: () => clock.nowMs() + skewMs },
      keyOf: inLocal,
      report: unexpected,
    });

  test("by an hour give the tenant one burst more, and neither its rate again nor nothing", async () => {
    const clock = manualClock();
    const table = memoryTable(clock);
    const [ahead, right] = [limiterAt(table, clock, HOUR_MS), limiterAt(table, clock, 0)];
    let admitted = 0;

    for (let second = 0; second < 20; second++) {
      admitted += (await admittedOf(right, 300)) + (await admittedOf(ahead, 300)) + (await admittedOf(right, 300));
      clock.advance(1_000);
    }

    const due = 20 * LIMITS.requestsPerSecond;
    expect(admitted).toBeGreaterThan(0.9 * due);
    expect(admitted).toBeLessThanOrEqual(due + 2 * LIMITS.requestBurst);
  });

  test("where one is set back mint nothing, and starve nobody", async () => {
    const clock = manualClock();
    const table = memoryTable(clock);
    let skewMs = HOUR_MS;
    const limiter = new RateLimiter({
      table,
      clock: { ...clock, nowMs: () => clock.nowMs() + skewMs },
      keyOf: inLocal,
      report: unexpected,
    });
    await admittedOf(limiter, 300);
    skewMs = 0;
    const atOnce = await admittedOf(limiter, 300);
    clock.advance(1_000);

    const later = await admittedOf(limiter, 300);

    expect(atOnce).toBe(0);
    expect(later).toBeGreaterThan(0);
    expect(later).toBeLessThanOrEqual(LIMITS.requestsPerSecond);
  });
});

interface Step {
  readonly process: number;
  readonly calls: number;
  readonly elapsedMs: number;
  readonly ending: "goes on" | "is killed" | "ends";
}

test("in any span and by any clocks, processes let through no more than burst, rate and what each held", async () => {
  const steps = fc.array(
    fc.record({
      process: fc.nat({ max: 3 }),
      calls: fc.nat({ max: 120 }),
      elapsedMs: fc.nat({ max: 700 }),
      ending: fc.constantFrom("goes on", "goes on", "is killed", "ends"),
    } satisfies { [K in keyof Step]: fc.Arbitrary<Step[K]> }),
    { minLength: 20, maxLength: 80 },
  );
  const skewsMs = fc.array(fc.integer({ min: -400, max: 400 }), { minLength: 4, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(steps, skewsMs, async (history, skews) => {
      const clock = manualClock();
      const table = memoryTable(clock);
      const started = (skewMs: number) =>
        new RateLimiter({
          table,
          clock: { ...clock, nowMs: () => clock.nowMs() + skewMs },
          keyOf: inLocal,
          report: unexpected,
        });
      const limiters = skews.map(started);
      const admitted: { readonly atMs: number; readonly calls: number }[] = [];
      for (const step of history) {
        const limiter = limiters[step.process];
        admitted.push({ atMs: clock.nowMs(), calls: await admittedOf(limiter, step.calls) });
        if (step.ending === "ends") await limiter?.close();
        if (step.ending !== "goes on") limiters[step.process] = started(skews[step.process] ?? 0);
        clock.advance(step.elapsedMs);
      }

      const spreadMs = Math.max(...skews) - Math.min(...skews);
      for (const [first, { atMs: fromMs }] of admitted.entries()) {
        const held = first === 0 ? 0 : skews.length * HELD_BURST_SHARE_MAX * LIMITS.requestBurst;
        let sum = 0;
        for (const { atMs, calls } of admitted.slice(first)) {
          sum += calls;
          const come = ((atMs - fromMs + spreadMs) * LIMITS.requestsPerSecond) / 1_000;
          if (sum > LIMITS.requestBurst + come + held)
            expect(sum).toBeLessThanOrEqual(LIMITS.requestBurst + come + held);
        }
      }
      expect(admitted).toHaveLength(history.length);
    }),
    { numRuns: 300 },
  );
});
