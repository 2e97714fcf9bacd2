import { afterAll, beforeAll, expect, test } from "vitest";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { QuotaAmountInvalid, type QuotaPlace, Quotas } from "../../../../layers/core/quota/quotas.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import { quotaKey } from "../../../../layers/core/store/keys.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { type RecipeBench, recipeBench } from "../../../fixtures/recipe-parts.ts";

const LIMIT = 3;
const FULL = { ok: false, problem: { reason: "quota_reached", quota: "recipes", limit: LIMIT } };

let bench: RecipeBench;
beforeAll(async () => {
  bench = await recipeBench();
});
afterAll(() => bench.close());

function quotaOf(tenantId: TenantId, stored: () => number) {
  const quotas = new Quotas(bench);
  let counted = 0;
  const countStored = async () => {
    counted += 1;
    return stored();
  };
  const take = (amount = 1) => quotas.take(tenantId, { quota: "recipes", limit: LIMIT, amount, countStored });
  const placeNow = () => quotas.placeNow(tenantId, "recipes");
  const giveBack = (place: QuotaPlace) => quotas.giveBack(tenantId, "recipes", place);
  const usedNow = async () => (await bench.table.get(quotaKey(tenantId, "recipes")))?.used;
  return { quotas, countStored, take, placeNow, giveBack, usedNow, timesCounted: () => counted };
}

test("as many places are given as there are, however many ask at once", async () => {
  const { take } = quotaOf(bench.newTenant(), () => LIMIT);

  const taken = await Promise.all(Array.from({ length: 20 }, () => take()));

  expect(taken.filter(({ ok }) => ok)).toHaveLength(LIMIT);
  expect(taken.find(({ ok }) => !ok)).toEqual(FULL);
});

test("a place that is given back can be taken again", async () => {
  const tenantId = bench.newTenant();
  const { take, placeNow, giveBack } = quotaOf(tenantId, () => LIMIT);
  await Promise.all([take(), take(), take()]);

  await giveBack(await placeNow());

  expect((await take()).ok).toBe(true);
  expect(await take()).toEqual(FULL);
});

test("a count that is too high stays so while a call may still run, and is then repaired", async () => {
  const { take, timesCounted, usedNow } = quotaOf(bench.newTenant(), () => 1);
  await Promise.all([take(), take(), take()]);

  bench.advance(CALL_DURATION_MS_MAX - 1);
  const early = await take();
  bench.advance(1);
  const late = await take();

  expect(early).toEqual(FULL);
  expect(late.ok).toBe(true);
  expect(timesCounted()).toBe(1);
  expect(await usedNow()).toBe(2);
});

test("a tenant that is really full is counted once in a while, not at each refusal", async () => {
  const { take, timesCounted } = quotaOf(bench.newTenant(), () => LIMIT);
  await Promise.all([take(), take(), take()]);
  bench.advance(CALL_DURATION_MS_MAX);

  const refusals = [await take(), await take(), await take()];

  expect(refusals).toEqual([FULL, FULL, FULL]);
  expect(timesCounted()).toBe(1);
});

test("a place taken before a repair is not given back to the repaired count", async () => {
  const tenantId = bench.newTenant();
  const { take, placeNow, giveBack, usedNow } = quotaOf(tenantId, () => 2);
  await Promise.all([take(), take(), take()]);
  const before = await placeNow();
  bench.advance(CALL_DURATION_MS_MAX);
  await take();

  await giveBack(before);

  expect(await usedNow()).toBe(3);
});

test("a repair that meets another change of the count is judged on what it left", async () => {
  const tenantId = bench.newTenant();
  const { quotas, take, placeNow, giveBack, usedNow } = quotaOf(tenantId, () => 0);
  await Promise.all([take(), take(), take()]);
  bench.advance(CALL_DURATION_MS_MAX);
  const place = await placeNow();

  const outcome = await quotas.take(tenantId, {
    quota: "recipes",
    limit: LIMIT,
    countStored: async () => {
      await giveBack(place);
      return 1;
    },
  });

  expect(outcome.ok).toBe(true);
  expect(await usedNow()).toBe(2);
});

test("what is taken while it is counted is not lost, whether it was counted or not", async () => {
  const tenantId = bench.newTenant();
  const { quotas, take, usedNow } = quotaOf(tenantId, () => 0);
  await take(2);
  bench.advance(CALL_DURATION_MS_MAX);

  const countStored = async () => {
    await take(1);
    return 1;
  };
  await quotas.reconcile(tenantId, { recipes: countStored });

  expect(await usedNow()).toBe(2);
});

test("a count that is never at rest is repaired from what was taken before the last look at it", async () => {
  const tenantId = bench.newTenant();
  const { quotas, take, placeNow, giveBack, usedNow } = quotaOf(tenantId, () => 0);
  await take(2);
  await quotas.reconcile(tenantId, { recipes: async () => 0 });
  bench.advance(CALL_DURATION_MS_MAX);
  await giveBack(await placeNow());
  await take(1);

  await quotas.reconcile(tenantId, { recipes: async () => 0 });

  expect(await usedNow()).toBe(1);
});

test("a place that was given back twice is missed by the next repair", async () => {
  const tenantId = bench.newTenant();
  const { quotas, take, placeNow, giveBack, usedNow } = quotaOf(tenantId, () => 2);
  await take(3);
  const place = await placeNow();
  await Promise.all([giveBack(place), giveBack(place)]);
  bench.advance(CALL_DURATION_MS_MAX);

  await quotas.reconcile(tenantId, { recipes: async () => 2 });

  expect(await usedNow()).toBe(2);
});

test("a count that can't be counted stays as it is", async () => {
  const tenantId = bench.newTenant();
  const { quotas, take, usedNow } = quotaOf(tenantId, () => 0);
  await take(2);
  bench.advance(CALL_DURATION_MS_MAX);

  await quotas.reconcile(tenantId, { recipes: async () => Number.POSITIVE_INFINITY });

  expect(await usedNow()).toBe(2);
});

test("a counter that fails is told, and the other counts are repaired all the same", async () => {
  const tenantId = bench.newTenant();
  const { quotas, take, usedNow } = quotaOf(tenantId, () => 0);
  await take(2);
  await quotas.take(tenantId, { quota: "apiKeys", limit: 5 });
  bench.advance(CALL_DURATION_MS_MAX);
  const outage = new Error("the table is away");

  const reconciled = quotas.reconcile(tenantId, {
    apiKeys: () => Promise.reject(outage),
    recipes: async () => 1,
    ports: async () => expect.unreachable("none was ever taken"),
  });

  await expect(reconciled).rejects.toBe(outage);
  expect(await usedNow()).toBe(1);
});

test("where nothing can be counted within a call, a full quota refuses until the reconciler ran", async () => {
  const tenantId = bench.newTenant();
  const quotas = new Quotas(bench);
  const asked = { quota: "userSessions", limit: 1 } as const;
  await quotas.take(tenantId, asked);
  bench.advance(CALL_DURATION_MS_MAX);

  const before = await quotas.take(tenantId, asked);
  await quotas.reconcile(tenantId, { userSessions: async () => 0 });

  expect(before).toMatchObject({ ok: false, problem: { quota: "userSessions" } });
  expect((await quotas.take(tenantId, asked)).ok).toBe(true);
});

test("several quotas are taken together or not at all", async () => {
  const tenantId = bench.newTenant();
  const quotas = new Quotas(bench);
  const project = (memoryBytes: number) =>
    quotas.takeAll(tenantId, [
      { quota: "containers", limit: 3 },
      { quota: "cpus", limit: 8, amount: 2 },
      { quota: "memoryBytes", limit: 1_000, amount: memoryBytes },
    ]);
  const usedNow = async () => {
    const { containers, cpus, memoryBytes } = await quotas.uses(tenantId, TENANT_LIMITS);
    return [containers.used, cpus.used, memoryBytes.used];
  };

  const taken = await project(600);
  const refusal = await project(600);
  const usedThen = await usedNow();
  if (taken.ok) await quotas.giveBackAll(tenantId, taken.value);

  expect(refusal).toEqual({ ok: false, problem: { reason: "quota_reached", quota: "memoryBytes", limit: 1_000 } });
  expect([usedThen, await usedNow()]).toEqual([
    [1, 2, 600],
    [0, 0, 0],
  ]);
});

test.each([0, -1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])("%s can't be taken", async (amount) => {
  const { take, usedNow } = quotaOf(bench.newTenant(), () => 0);

  await expect(take(amount)).rejects.toThrow(QuotaAmountInvalid);
  expect(await usedNow()).toBeUndefined();
});

test("more than one is taken at once, whole or not at all", async () => {
  const { take, usedNow } = quotaOf(bench.newTenant(), () => 0);

  const taken = [await take(2), await take(2), await take(1), await take(LIMIT + 1)];

  expect(taken.map(({ ok }) => ok)).toEqual([true, false, true, false]);
  expect(await usedNow()).toBe(LIMIT);
});

test("the reconciler brings a count back to what is there, and lets one be that is in use", async () => {
  const tenantId = bench.newTenant();
  const { quotas, take, countStored, usedNow } = quotaOf(tenantId, () => 1);
  await take(3);

  await quotas.reconcile(tenantId, { recipes: countStored });
  const inUse = await usedNow();
  bench.advance(CALL_DURATION_MS_MAX);
  await quotas.reconcile(tenantId, { recipes: countStored });

  expect([inUse, await usedNow()]).toEqual([3, 1]);
});

test("every quota is told with what is used, what may be, and the share", async () => {
  const tenantId = bench.newTenant();
  const { quotas, take } = quotaOf(tenantId, () => 0);
  await take(2);

  const uses = await quotas.uses(tenantId, { ...TENANT_LIMITS, recipes: 3, ports: 0 });

  expect(uses.recipes).toEqual({ used: 2, limit: 3, percentage: 66.7 });
  expect(uses.containers).toEqual({ used: 0, limit: 50, percentage: 0 });
  expect(uses.ports).toEqual({ used: 0, limit: 0, percentage: 100 });
  expect(Object.keys(uses)).not.toContain("requestsPerMonth");
  expect(Object.keys(uses)).not.toContain("members");
});
