import type { Clock } from "../ports/clock.ts";
import type { Table } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { invoiceKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { UsageBook } from "../usage/usage-book.ts";
import { type Invoice, invoiceOf } from "./invoice.ts";
import { INVOICE_FINAL_AFTER_MS, INVOICES_LISTED_MAX } from "./limits.ts";
import { dayOf, isMonth, monthEndEpochMs, monthOf } from "./month.ts";
import { type PlanDay, type PlanHistory, planNamed } from "./plan-history.ts";
import { invoiceItem, readInvoice } from "./stored-invoice.ts";

export interface InvoicesParts {
  /** The strongly consistent one: an invoice is final in all regions at once. */
  readonly table: Table;
  readonly clock: Clock;
  readonly usage: Pick<UsageBook, "days">;
  readonly plans: Pick<PlanHistory, "ofMonth">;
}

/** Whose invoice it is, as it is called and as it pays now. */
export interface InvoicedTenant {
  readonly tenantId: TenantId;
  readonly name: string;
  /** The price plan's name; `none` once the tenant is deleted. */
  readonly plan: string;
}

export type InvoiceProblem =
  /** No month, or one that has not begun. */
  { readonly reason: "month_unknown" };

/**
 * A tenant's invoices, one a month. A month's is preliminary until {@link INVOICE_FINAL_AFTER_MS} after its end; then it
 * is made once, numbered by tenant and month, and never changes: not by usage that comes later, nor by other prices.
 */
export class Invoices {
  readonly #parts: InvoicesParts;

  constructor(parts: InvoicesParts) {
    this.#parts = parts;
  }

  /** The final one where there is one, else what it would be now. */
  async of(tenant: InvoicedTenant, month: string): Promise<Result<Invoice, InvoiceProblem>> {
    if (!isMonth(month) || month > monthOf(this.#parts.clock.nowMs())) return refused({ reason: "month_unknown" });
    return ok((await this.#final(tenant.tenantId, month)) ?? (await this.#preliminary(tenant, month)));
  }

  /** The final ones, the latest first. */
  async list(tenantId: TenantId): Promise<readonly Invoice[]> {
    const { items } = await this.#parts.table.query({
      pk: recordPartition(tenantId, "INVOICE"),
      reverse: true,
      limit: INVOICES_LISTED_MAX,
    });
    return items.map(readInvoice);
  }

  /**
   * Makes the invoice of a month that is over for long enough, unless it is there. Nothing is made where nothing was owed
   * and nothing used.
   *
   * @returns the invoice that it made.
   */
  async finalise(tenant: InvoicedTenant, month: string): Promise<Invoice | undefined> {
    const { clock, table } = this.#parts;
    if (clock.nowMs() < monthEndEpochMs(month) + INVOICE_FINAL_AFTER_MS) return undefined;
    if ((await this.#final(tenant.tenantId, month)) !== undefined) return undefined;
    const preliminary = await this.#preliminary(tenant, month);
    if (preliminary.lines.length === 0) return undefined;
    const invoice: Invoice = { ...preliminary, status: "final", number: `${tenant.tenantId}-${month}` };
    const made = await table.put(invoiceItem(tenant.tenantId, invoice), { if: "absent" });
    return made.ok ? invoice : undefined;
  }

  async #final(tenantId: TenantId, month: string): Promise<Invoice | undefined> {
    const item = await this.#parts.table.get(invoiceKey(tenantId, month));
    return item === undefined ? undefined : readInvoice(item);
  }

  async #preliminary({ tenantId, name, plan }: InvoicedTenant, month: string): Promise<Invoice> {
    const nowEpochMs = this.#parts.clock.nowMs();
    const [days, noted] = await Promise.all([
      this.#parts.usage.days(tenantId, month),
      this.#parts.plans.ofMonth(tenantId, month),
    ]);
    const isNow = month === monthOf(nowEpochMs);
    const plans = isNow ? upToNow(noted, { day: dayOf(nowEpochMs), plan: planNamed(plan) }) : noted;
    return invoiceOf({ tenantId, tenantName: name, month, days, plans, nowEpochMs });
  }
}

/** The plan of today holds from today on, also where nobody has noted it yet. */
function upToNow(noted: readonly PlanDay[], today: PlanDay): readonly PlanDay[] {
  if (noted.at(-1)?.plan === today.plan) return noted;
  return [...noted.filter(({ day }) => day !== today.day), today];
}
