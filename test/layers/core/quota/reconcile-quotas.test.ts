import { expect, test } from "vitest";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { type QuotaCounters, Quotas } from "../../../../layers/core/quota/quotas.ts";
import { type Reconciling, reconcileQuotas } from "../../../../layers/core/quota/reconcile-quotas.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const PAGES = [
  [tenant("a"), tenant("b")],
  [tenant("c"), tenant("d")],
  [tenant("e"), tenant("f")],
];
const ALL = PAGES.flat();

/** Six tenants, each of which has lost three places out of four. */
async function fleet() {
  const clock = manualClock();
  const table = memoryTable(clock);
  const quotas = new Quotas({ table, clock });
  for (const tenantId of ALL) await quotas.take(tenantId, { quota: "recipes", limit: 10, amount: 4 });
  clock.advance(CALL_DURATION_MS_MAX);
  const reports: unknown[] = [];
  const run = (recipes: NonNullable<QuotaCounters["recipes"]>, given: Partial<Reconciling> = {}) =>
    reconcileQuotas({
      ...{ quotas, table, clock, pages },
      counters: { recipes },
      untilEpochMs: clock.nowMs() + 1_000,
      report: (fault) => reports.push(fault),
      ...given,
    });
  const used = () =>
    Promise.all(ALL.map(async (tenantId) => (await quotas.uses(tenantId, TENANT_LIMITS)).recipes.used));
  return { clock, run, used, reports };
}

async function* pages(after: TenantId | undefined): AsyncGenerator<readonly TenantId[]> {
  for (const page of PAGES) if (after === undefined || page.every((tenantId) => tenantId > after)) yield page;
}

test("every tenant's counts become what there is", async () => {
  const { run, used } = await fleet();

  const outcome = await run(async () => 1);

  expect(outcome).toEqual({ isFinished: true });
  expect(await used()).toEqual([1, 1, 1, 1, 1, 1]);
});

test("a run whose time is over is gone on with where it was, and the one after the last begins anew", async () => {
  const { clock, run, used } = await fleet();
  const counted: TenantId[] = [];
  const slowly = async (tenantId: TenantId) => {
    counted.push(tenantId);
    clock.advance(300);
    return 1;
  };

  const first = await run(slowly);
  const usedThen = await used();
  const second = await run(slowly, { untilEpochMs: Number.POSITIVE_INFINITY });
  const countedByThen = [...counted];
  clock.advance(CALL_DURATION_MS_MAX);
  await run(async () => 0);

  expect([first, second]).toEqual([{ isFinished: false }, { isFinished: true }]);
  expect(usedThen).toEqual([1, 1, 1, 1, 4, 4]);
  expect(countedByThen).toEqual(["a", "b", "c", "d", "c", "d", "e", "f"]);
  expect(await used()).toEqual([0, 0, 0, 0, 0, 0]);
});

test("a tenant that can't be counted does not keep the others waiting", async () => {
  const { run, used, reports } = await fleet();
  const outage = new Error("the table is away");

  const outcome = await run((tenantId) => (tenantId === "b" ? Promise.reject(outage) : Promise.resolve(2)));

  expect(outcome).toEqual({ isFinished: true });
  expect(await used()).toEqual([2, 4, 2, 2, 2, 2]);
  expect(reports).toEqual([outage]);
});

test("a run without time does nothing", async () => {
  const { clock, run } = await fleet();

  const outcome = await run(async () => expect.unreachable(), { untilEpochMs: clock.nowMs() });

  expect(outcome).toEqual({ isFinished: false });
});
