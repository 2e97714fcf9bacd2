import * as fc from "fast-check";
import { expect, test } from "vitest";
import { HELD_BURST_SHARE_MAX } from "../../../../layers/core/rate/limits.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { admittedOf, LIMITS, limiterAt } from "../../../fixtures/rate-fleet.ts";

interface Step {
  readonly process: number;
  readonly calls: number;
  readonly elapsedMs: number;
  readonly ending: "goes on" | "is killed" | "ends";
}

interface Admitted {
  readonly atMs: number;
  readonly calls: number;
}

/** By how many calls a span that begins with the first of these goes over what its time brings, at most. */
function mostOverTheRate(admitted: readonly Admitted[], spreadMs: number): number {
  const fromMs = admitted[0]?.atMs ?? 0;
  let sum = 0;
  let most = 0;
  for (const { atMs, calls } of admitted) {
    sum += calls;
    most = Math.max(most, sum - ((atMs - fromMs + spreadMs) * LIMITS.requestsPerSecond) / 1_000);
  }
  return most;
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
      const started = (skewMs: number) => limiterAt(table, clock, () => skewMs);
      const limiters = skews.map(started);
      const admitted: Admitted[] = [];
      for (const step of history) {
        const limiter = limiters[step.process];
        admitted.push({ atMs: clock.nowMs(), calls: await admittedOf(limiter, step.calls) });
        if (step.ending === "ends") await limiter?.close();
        if (step.ending !== "goes on") limiters[step.process] = started(skews[step.process] ?? 0);
        clock.advance(step.elapsedMs);
      }

      const spreadMs = Math.max(...skews) - Math.min(...skews);
      const held = skews.length * HELD_BURST_SHARE_MAX * LIMITS.requestBurst;
      expect(mostOverTheRate(admitted, spreadMs)).toBeLessThanOrEqual(LIMITS.requestBurst);
      for (let first = 1; first < admitted.length; first++) {
        expect(mostOverTheRate(admitted.slice(first), spreadMs)).toBeLessThanOrEqual(LIMITS.requestBurst + held);
      }
    }),
    { numRuns: 300 },
  );
});
