import { expect, test } from "vitest";
import { type BilledTenant, type BillTenantsRun, billTenants } from "../../../../layers/core/billing/bill-tenants.ts";
import { Invoices } from "../../../../layers/core/billing/invoices.ts";
import { INVOICE_FINAL_AFTER_MS } from "../../../../layers/core/billing/limits.ts";
import { PlanHistory } from "../../../../layers/core/billing/plan-history.ts";
import { DAY_MS, HOUR_MS } from "../../../../layers/core/usage/hour.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { usageRegion } from "../usage/usage-parts.ts";

const [acme, beta] = ["acme", "beta"].map(
  (name): BilledTenant => ({ tenantId: tenant(name), name, plan: "team", status: "active" }),
);

function subject(tenants: readonly (BilledTenant | undefined)[] = [acme, beta]) {
  const region = usageRegion();
  const { clock, table, book, ledger, reports } = region;
  const plans = new PlanHistory(table, clock);
  const invoices = new Invoices({ table, clock, usage: book, plans });
  async function* pages() {
    yield tenants.filter((one) => one !== undefined);
  }
  const run = (given: Partial<BillTenantsRun> = {}) =>
    billTenants({
      pages: pages(),
      plans,
      invoices,
      ledger,
      storedBytes: async () => 1_000,
      clock,
      untilEpochMs: Number.POSITIVE_INFINITY,
      report: (fault) => reports.push(fault),
      ...given,
    });
  return { ...region, plans, invoices, run };
}

test("what a tenant stores is counted once an hour, however often it is looked at", async () => {
  const { run, settle, clock, book } = subject();
  await run();
  await run({ storedBytes: async () => 5_000 });
  clock.advance(HOUR_MS);

  await run({ storedBytes: async () => 7_000 });
  await settle();

  expect(await book.month(tenant("acme"), "2027-01")).toMatchObject({ storageByteHours: 8_000 });
});

test("invoices are made when they are due, once, for the plan that was seen", async () => {
  const { run, clock, invoices, settle } = subject();
  await run();
  await settle();
  clock.advance(Date.UTC(2027, 1, 1) + INVOICE_FINAL_AFTER_MS - clock.nowMs() - 1);
  await run();
  const before = await invoices.list(tenant("acme"));
  clock.advance(1);

  await run();
  await run();

  expect(before).toEqual([]);
  expect(await invoices.list(tenant("acme"))).toMatchObject([
    {
      number: "acme-2027-01",
      status: "final",
      lines: [{ kind: "baseFee", quantity: 17 }, { kind: "storageByteHours" }],
    },
  ]);
  expect(await invoices.list(tenant("beta"))).toMatchObject([{ number: "beta-2027-01" }]);
});

test("a deleted tenant has no plan from then on, and a suspended one keeps it", async () => {
  const { run, clock, plans } = subject();
  await run();
  clock.advance(DAY_MS);
  async function* pages() {
    yield [acme, beta].flatMap((one, index): BilledTenant[] =>
      one === undefined ? [] : [{ ...one, status: index === 0 ? "deleted" : "suspended" }],
    );
  }

  await run({ pages: pages() });

  expect(await plans.ofMonth(tenant("acme"), "2027-01")).toEqual([
    { day: "2027-01-15", plan: "team" },
    { day: "2027-01-16", plan: "none" },
  ]);
  expect(await plans.ofMonth(tenant("beta"), "2027-01")).toEqual([{ day: "2027-01-15", plan: "team" }]);
});

test("a tenant that can't be billed is reported and holds no other up", async () => {
  const { run, reports, plans } = subject([{ ...(acme ?? fail()), plan: "gold" }, beta]);

  const { isFinished } = await run();

  expect(isFinished).toBe(true);
  expect(reports).toMatchObject([{ code: "plan_unknown" }]);
  expect(await plans.ofMonth(tenant("beta"), "2027-01")).toHaveLength(1);
});

test("a run whose time is over does nothing more and says so", async () => {
  const { run, clock, plans } = subject();

  const { isFinished } = await run({ untilEpochMs: clock.nowMs() });

  expect(isFinished).toBe(false);
  expect(await plans.ofMonth(tenant("acme"), "2027-01")).toEqual([]);
});

function fail(): never {
  throw new TypeError("no tenant");
}
