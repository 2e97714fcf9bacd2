import { expect, test } from "vitest";
import { Invoices } from "../../../../layers/core/billing/invoices.ts";
import { INVOICE_FINAL_AFTER_MS } from "../../../../layers/core/billing/limits.ts";
import { PlanHistory } from "../../../../layers/core/billing/plan-history.ts";
import { InvoiceCorrupt } from "../../../../layers/core/billing/stored-invoice.ts";
import { invoiceKey } from "../../../../layers/core/store/keys.ts";
import type { PeriodUsage } from "../../../../layers/core/usage/usage-book.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { dayUsage } from "./invoice-parts.ts";

const acme = { tenantId: tenant("acme"), name: "Acme", plan: "team" };

async function subject() {
  const clock = manualClock(Date.UTC(2027, 0, 1));
  const table = memoryTable(clock);
  const days: PeriodUsage[] = [dayUsage("2027-01-05", { calls: 3_000_000 })];
  const usage = {
    days: async (_tenant: unknown, month: string) => days.filter(({ period }) => period.startsWith(month)),
  };
  const plans = new PlanHistory(table, clock);
  await plans.note(acme.tenantId, "team");
  return { clock, table, days, invoices: new Invoices({ table, clock, usage, plans }) };
}

const untilFinal = Date.UTC(2027, 1, 1) + INVOICE_FINAL_AFTER_MS - Date.UTC(2027, 0, 1);

test("a month is preliminary and follows its usage until it is made final", async () => {
  const { invoices, days } = await subject();

  const first = await invoices.of(acme, "2027-01");
  days.push(dayUsage("2027-01-06", { calls: 1_000_000 }));
  const second = await invoices.of(acme, "2027-01");

  expect(first).toMatchObject({ ok: true, value: { status: "preliminary", totalCents: 5_700 } });
  expect(second).toMatchObject({ ok: true, value: { status: "preliminary", totalCents: 6_100 } });
  expect(first.ok && "number" in first.value).toBe(false);
});

test("this month goes by the plan of today from today on, also before it is noted", async () => {
  const { invoices, clock } = await subject();
  clock.advance(29 * 24 * 3_600_000);

  const unnoted = await invoices.of({ tenantId: tenant("beta"), name: "Beta", plan: "scale" }, "2027-01");
  const changed = await invoices.of({ ...acme, plan: "scale" }, "2027-01");

  expect(unnoted.ok && unnoted.value.lines[0]).toMatchObject({ plan: "scale", firstDay: "2027-01-30", quantity: 2 });
  expect(changed.ok && changed.value.lines.map(({ plan, kind, quantity }) => [plan, kind, quantity])).toEqual([
    ["team", "baseFee", 29],
    ["team", "calls", 3_000_000],
    ["scale", "baseFee", 2],
  ]);
});

test("a final invoice is made once, some days after the month, and stays what it is", async () => {
  const { invoices, days, clock } = await subject();
  clock.advance(untilFinal - 1);
  const tooSoon = await invoices.finalise(acme, "2027-01");
  clock.advance(1);

  const made = await invoices.finalise(acme, "2027-01");
  days.push(dayUsage("2027-01-06", { calls: 1_000_000 }));
  const again = await invoices.finalise({ ...acme, name: "Other" }, "2027-01");
  const read = await invoices.of({ ...acme, name: "Other" }, "2027-01");

  expect(tooSoon).toBeUndefined();
  expect(made).toMatchObject({ status: "final", number: "acme-2027-01", tenantName: "Acme", totalCents: 5_700 });
  expect(again).toBeUndefined();
  expect(read).toEqual({ ok: true, value: made });
  expect(await invoices.list(acme.tenantId)).toEqual([made]);
});

test("two processes that make one invoice at once make one", async () => {
  const { invoices, clock } = await subject();
  clock.advance(untilFinal);

  const made = await Promise.all([invoices.finalise(acme, "2027-01"), invoices.finalise(acme, "2027-01")]);

  expect(made.filter((one) => one !== undefined)).toHaveLength(1);
  expect(await invoices.list(acme.tenantId)).toHaveLength(1);
});

test("a tenant without a plan gets no invoice", async () => {
  const { invoices, clock } = await subject();
  clock.advance(untilFinal);

  const made = await invoices.finalise({ tenantId: tenant("beta"), name: "Beta", plan: "team" }, "2027-01");

  expect(made).toBeUndefined();
  expect(await invoices.list(tenant("beta"))).toEqual([]);
});

test.each(["2027-02", "2027-13", "january", ""])("%j is refused as a month", async (month) => {
  const { invoices } = await subject();

  expect(await invoices.of(acme, month)).toEqual({ ok: false, problem: { reason: "month_unknown" } });
});

test.each(["{", "{}", '{"status":"final"}'])("an invoice that is stored as %s is a fault", async (invoice) => {
  const { invoices, table } = await subject();
  await table.put({ ...invoiceKey(acme.tenantId, "2027-01"), invoice });

  await expect(invoices.of(acme, "2027-01")).rejects.toThrow(InvoiceCorrupt);
});
