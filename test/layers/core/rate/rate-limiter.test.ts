import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { ASSUMED_PROCESSES } from "../../../../layers/core/rate/limits.ts";
import type { RateAnswer } from "../../../../layers/core/rate/rate-answer.ts";
import { RateLimiter } from "../../../../layers/core/rate/rate-limiter.ts";
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

  test("while the table does not answer lets a tenth of the rate through, and tells of it", async () => {
    const { clock, counted, limiters, faults } = fleetOf(1);
    const outage = new Error("the table is away");
    Object.assign(counted.table, { update: () => Promise.reject(outage) });
    let admitted = 0;

    for (let second = 0; second < 5; second++) {
      admitted += await admittedOf(limiters[0], 1_000);
      clock.advance(1_000);
    }

    expect(admitted).toBeGreaterThan(0);
    expect(admitted).toBeLessThanOrEqual((LIMITS.requestBurst + 5 * LIMITS.requestsPerSecond) / ASSUMED_PROCESSES);
    expect(faults).toContain(outage);
  });

  test("asks the table once for callers that come at the same moment", async () => {
    const { counted, limiters } = fleetOf(1);

    await Promise.all(Array.from({ length: 5 }, () => limiters[0]?.take(ACME, LIMITS)));

    expect(counted.operations).toBe(1);
  });
});

test("over any span and any clocks, processes let through no more than burst, rate and a batch each", async () => {
  const steps = fc.array(
    fc.record({
      process: fc.nat({ max: 3 }),
      calls: fc.nat({ max: 120 }),
      elapsedMs: fc.nat({ max: 700 }),
      restarts: fc.boolean(),
    }),
    { maxLength: 60 },
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
      let admitted = 0;
      let elapsedMs = 0;
      for (const step of history) {
        if (step.restarts) limiters[step.process] = started(skews[step.process] ?? 0);
        admitted += await admittedOf(limiters[step.process], step.calls);
        clock.advance(step.elapsedMs);
        elapsedMs += step.elapsedMs;
      }

      const spreadMs = Math.max(...skews) - Math.min(...skews);
      const paidOut = LIMITS.requestBurst + ((elapsedMs + spreadMs) * LIMITS.requestsPerSecond) / 1_000;
      expect(admitted).toBeLessThanOrEqual(paidOut);
    }),
    { numRuns: 200 },
  );
});
