import * as z from "zod";
import type { Item } from "../ports/table.ts";
import { invoiceKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { USAGE_KINDS } from "../usage/usage-kind.ts";
import { usageTotalsSchema } from "../usage/usage-message.ts";
import type { Invoice } from "./invoice.ts";
import { PLAN_NAMES } from "./price-plans.ts";

/** What lies where an invoice should. */
export class InvoiceCorrupt extends Error {
  readonly code = "invoice_corrupt";
  constructor(item: Item, options: { cause: unknown }) {
    super(`the invoice at ${item.pk} ${item.sk} can't be read`, options);
    this.name = "InvoiceCorrupt";
  }
}

/** The invoice as text: so it stays what it was, digit by digit. */
export function invoiceItem(tenantId: TenantId, invoice: Invoice): Item {
  return { ...invoiceKey(tenantId, invoice.month), totalCents: invoice.totalCents, invoice: JSON.stringify(invoice) };
}

/** Also for those who describe an invoice to others. */
export function invoiceSchema() {
  const micros = z.int().min(0);
  const quantity = z.number().min(0);
  const tier = z.object({ quantity, unitMicros: micros, amountMicros: micros });
  const line = z.object({
    kind: z.enum(["baseFee", ...USAGE_KINDS]),
    plan: z.enum(PLAN_NAMES),
    firstDay: z.string(),
    lastDay: z.string(),
    quantity,
    unitSize: z.int().min(1),
    tiers: z.array(tier),
    amountMicros: micros,
  });
  return z.object({
    number: z.string().optional(),
    status: z.enum(["preliminary", "final"]),
    tenantId: z.string(),
    tenantName: z.string(),
    month: z.string(),
    madeAtEpochMs: z.int(),
    currency: z.literal("USD"),
    lines: z.array(line),
    sumMicros: micros,
    roundingMicros: z.int(),
    totalCents: z.int().min(0),
    usage: usageTotalsSchema(),
    daily: z.array(z.object({ day: z.string(), calls: quantity })),
  });
}

let schema: ReturnType<typeof invoiceSchema> | undefined;

/** @throws {InvoiceCorrupt} */
export function readInvoice(item: Item): Invoice {
  schema ??= invoiceSchema();
  const parsed = schema.safeParse(parsedText(item));
  if (!parsed.success) throw new InvoiceCorrupt(item, { cause: parsed.error });
  return parsed.data;
}

function parsedText(item: Item): unknown {
  try {
    return JSON.parse(String(item.invoice));
  } catch (cause) {
    throw new InvoiceCorrupt(item, { cause });
  }
}
