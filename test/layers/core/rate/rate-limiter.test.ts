import { describe, expect, test } from "vitest";
import { HELD_BURST_SHARE_MAX, LEASED_TENANTS_MAX } from "../../../../layers/core/rate/limits.ts";
import type { RateAnswer } from "../../../../layers/core/rate/rate-answer.ts";
import { RateLimiter } from "../../../../layers/core/rate/rate-limiter.ts";
import { rateBucketKey } from "../../../../layers/core/store/keys.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { ACME, admittedOf, fleetOf, LIMITS } from "../../../fixtures/rate-fleet.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const unexpected = (fault: unknown): never => expect.unreachable(String(fault));

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
    const { limiters } = fleetOf(1);
    await limiters[0]?.take(ACME, LIMITS);
    for (let other = 0; other < LEASED_TENANTS_MAX; other++) await limiters[0]?.take(tenant(`t${other}`), LIMITS);

    const again = limiters[0]?.take(ACME, LIMITS);
    const admitted = await admittedOf(limiters[0], 300);

    expect(again).toBeInstanceOf(Promise);
    expect(admitted).toBe(198);
    expect(limiters[0]?.take(tenant(`t${LEASED_TENANTS_MAX - 1}`), LIMITS)).toMatchObject({ admitted: true });
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
