import { type Billed, type Invoice, invoiceOf } from "../../../../layers/core/billing/invoice.ts";
import type { PeriodUsage } from "../../../../layers/core/usage/usage-book.ts";
import { NO_USAGE, type UsageTotals } from "../../../../layers/core/usage/usage-kind.ts";

export const dayUsage = (day: string, totals: Partial<UsageTotals>): PeriodUsage => ({
  period: day,
  totals: { ...NO_USAGE, ...totals },
});

/** January on the team plan, with 2.5 million calls on two days, unless said otherwise. */
export function anInvoice(given: Partial<Billed> = {}): Invoice {
  return invoiceOf({
    tenantId: "acme",
    tenantName: "Acme",
    month: "2027-01",
    days: [dayUsage("2027-01-01", { calls: 1_500_000 }), dayUsage("2027-01-31", { calls: 1_000_000, bytesIn: 5 })],
    plans: [{ day: "2026-12-24", plan: "team" }],
    nowEpochMs: Date.UTC(2027, 1, 4),
    ...given,
  });
}
