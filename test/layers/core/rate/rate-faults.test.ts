import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Table } from "../../../../layers/core/ports/table.ts";
import {
  ASSUMED_PROCESSES,
  FAULT_TRUST_MS,
  LEASE_WAIT_MS_MAX,
  RETURN_MS_MAX,
  RETURNS_AT_ONCE,
} from "../../../../layers/core/rate/limits.ts";
import { RateLeaseLate } from "../../../../layers/core/rate/rate-limiter.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { ACME, admittedOf, fleetOf, LIMITS, limiterAt } from "../../../fixtures/rate-fleet.ts";
import { tenant } from "../../../fixtures/tenants.ts";

describe("a table that is away or slow", () => {
  const outage = new Error("the table is away");

  test("costs each process all but a tenth of the rate, and is told of once a second", async () => {
    const { clock, counted, limiters, faults } = fleetOf(1);
    Object.assign(counted.table, { update: () => Promise.reject(outage) });
    let admitted = 0;

    for (let second = 0; second < 5; second++) {
      admitted += await admittedOf(limiters[0], 1_000);
      await limiters[0]?.take(tenant("globex"), LIMITS);
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

  test("by an hour give the tenant one burst more, and neither its rate again nor nothing", async () => {
    const clock = manualClock();
    const table = memoryTable(clock);
    const [ahead, right] = [limiterAt(table, clock, () => HOUR_MS), limiterAt(table, clock, () => 0)];
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
    const limiter = limiterAt(table, clock, () => skewMs);
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
