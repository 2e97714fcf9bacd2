import { afterAll, beforeAll, expect, test } from "vitest";
import type { Clock } from "../../../../layers/core/ports/clock.ts";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/recipe/limits.ts";
import { RecipeCount } from "../../../../layers/core/recipe/recipe-count.ts";
import { recipeCountKey } from "../../../../layers/core/store/keys.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { type RecipeBench, recipeBench } from "../../../fixtures/recipe-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const COUNT_MAX = 3;
const FULL = { ok: false, problem: { reason: "recipe_count_reached", countMax: COUNT_MAX } };

let bench: RecipeBench;
beforeAll(async () => {
  bench = await recipeBench();
});
afterAll(() => bench.close());

function countOf(tenantId: TenantId, stored: () => number) {
  const parts: { table: RecipeBench["table"]; clock: Clock; countMax: number } = { ...bench, countMax: COUNT_MAX };
  const count = new RecipeCount(parts);
  let counted = 0;
  const take = () =>
    count.take(tenantId, async () => {
      counted += 1;
      return stored();
    });
  const countNow = async () => (await bench.table.get(recipeCountKey(tenantId)))?.count;
  return { count, take, countNow, timesCounted: () => counted };
}

test("as many places are given as there are, however many ask at once", async () => {
  const { take } = countOf(bench.newTenant(), () => COUNT_MAX);

  const taken = await Promise.all(Array.from({ length: 20 }, take));

  expect(taken.filter(({ ok }) => ok)).toHaveLength(COUNT_MAX);
  expect(taken.find(({ ok }) => !ok)).toEqual(FULL);
});

test("the count lies beside the recipes, in a partition of its own", () => {
  expect(recipeCountKey(tenant("acme"))).toEqual({ pk: "TENANT#acme#RECIPE-COUNT", sk: "COUNT" });
});

test("a place that is given back can be taken again", async () => {
  const tenantId = bench.newTenant();
  const { count, take } = countOf(tenantId, () => COUNT_MAX);
  await Promise.all([take(), take(), take()]);

  await count.giveBack(tenantId, await count.placeNow(tenantId));

  expect((await take()).ok).toBe(true);
  expect(await take()).toEqual(FULL);
});

test("a count that is too high stays so while a call may still run, and is then repaired", async () => {
  const { take, timesCounted, countNow } = countOf(bench.newTenant(), () => 1);
  await Promise.all([take(), take(), take()]);

  bench.advance(CALL_DURATION_MS_MAX - 1);
  const early = await take();
  bench.advance(1);
  const late = await take();

  expect(early).toEqual(FULL);
  expect(late.ok).toBe(true);
  expect(timesCounted()).toBe(1);
  expect(await countNow()).toBe(2);
});

test("a tenant that is really full is counted once in a while, not at each refusal", async () => {
  const { take, timesCounted } = countOf(bench.newTenant(), () => COUNT_MAX);
  await Promise.all([take(), take(), take()]);
  bench.advance(CALL_DURATION_MS_MAX);

  const refusals = [await take(), await take(), await take()];

  expect(refusals).toEqual([FULL, FULL, FULL]);
  expect(timesCounted()).toBe(1);
});

test("a place taken before a repair is not given back to the repaired count", async () => {
  const tenantId = bench.newTenant();
  const { count, take, countNow } = countOf(tenantId, () => 2);
  await Promise.all([take(), take(), take()]);
  const before = await count.placeNow(tenantId);
  bench.advance(CALL_DURATION_MS_MAX);
  await take();

  await count.giveBack(tenantId, before);

  expect(await countNow()).toBe(3);
});

test("a repair that meets another change of the count does nothing", async () => {
  const tenantId = bench.newTenant();
  const { count, take, countNow } = countOf(tenantId, () => 0);
  await Promise.all([take(), take(), take()]);
  bench.advance(CALL_DURATION_MS_MAX);
  const place = await count.placeNow(tenantId);

  const outcome = await count.take(tenantId, async () => {
    await count.giveBack(tenantId, place);
    return 0;
  });

  expect(outcome).toEqual(FULL);
  expect(await countNow()).toBe(2);
});
