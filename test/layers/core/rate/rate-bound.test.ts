import { expect, test } from "vitest";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { HELD_BURST_SHARE_MAX } from "../../../../layers/core/rate/limits.ts";
import { RateLimiter } from "../../../../layers/core/rate/rate-limiter.ts";
import { rateBucketKey } from "../../../../layers/core/store/keys.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { type ManualClock, manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { type SeededChance, seededChance } from "../../../fixtures/seeded-chance.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { passing } from "../../../fixtures/virtual-time.ts";

const ACME = tenant("acme");
const LIMITS = { requestsPerSecond: 100, requestBurst: 200 };
const PROCESSES = 3;
const CLIENTS = 50;
const DURATION_MS = 10_000;
const HELD_MAX = PROCESSES * HELD_BURST_SHARE_MAX * LIMITS.requestBurst;

interface Run {
  readonly clock: ManualClock;
  readonly chance: SeededChance;
  /** Between two calls of a client, at most. */
  readonly pauseMsMax: number;
}

/** What the clients of three processes on one table got, each way to which takes its time. */
async function admittedIn({ clock, chance, pauseMsMax }: Run) {
  const stored = memoryTable(clock);
  const counted = { admitted: 0, calls: 0, tableWrites: 0 };
  const wayMs = () => 1 + chance.integer(20);
  const table: Pick<Table, "update"> = {
    async update(...given) {
      counted.tableWrites += 1;
      await clock.sleep(wayMs());
      const written = await stored.update(...given);
      await clock.sleep(wayMs());
      return written;
    },
  };
  const keyOf = (tenantId: TenantId) => rateBucketKey(tenantId, "local");
  const report = (fault: unknown): never => expect.unreachable(String(fault));
  const limiters = Array.from({ length: PROCESSES }, () => new RateLimiter({ table, clock, keyOf, report }));
  const endMs = clock.nowMs() + DURATION_MS;
  const clients = Array.from({ length: CLIENTS }, async () => {
    for (
      await clock.sleep(chance.integer(100));
      clock.nowMs() < endMs;
      await clock.sleep(1 + chance.integer(pauseMsMax))
    ) {
      const answer = await limiters[chance.integer(PROCESSES)]?.take(ACME, LIMITS);
      if (clock.nowMs() >= endMs) return; // answered too late to be of this time
      counted.calls += 1;
      if (answer?.admitted === true) counted.admitted += 1;
    }
  });
  await passing(clock, Promise.all(clients));
  return counted;
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  "fifty clients of three processes that ask for ten times their rate get it, and the burst once, for few writes (seed %i)",
  async (seed) => {
    const run = { clock: manualClock(), chance: seededChance(seed), pauseMsMax: 80 };

    const { admitted, calls, tableWrites } = await admittedIn(run);

    const due = (DURATION_MS / 1_000) * LIMITS.requestsPerSecond;
    expect(calls).toBeGreaterThan(9 * due);
    expect(admitted).toBeLessThanOrEqual(due + LIMITS.requestBurst);
    expect(admitted).toBeGreaterThanOrEqual(due + LIMITS.requestBurst - HELD_MAX);
    expect(tableWrites).toBeLessThan(calls / 50);
  },
);

test("clients who together stay under their rate are never told to wait, whichever process they come to", async () => {
  const run = { clock: manualClock(), chance: seededChance(9), pauseMsMax: 2_000 };

  const { admitted, calls } = await admittedIn(run);

  expect(calls).toBeGreaterThan(400);
  expect(admitted).toBe(calls);
});
