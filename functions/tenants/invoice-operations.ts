import * as z from "zod";
import type { Invoice } from "../../layers/core/billing/invoice.ts";
import { invoiceCsv } from "../../layers/core/billing/invoice-csv.ts";
import { invoicePage } from "../../layers/core/billing/invoice-page.ts";
import type { Invoices } from "../../layers/core/billing/invoices.ts";
import { invoiceSchema } from "../../layers/core/billing/stored-invoice.ts";
import { NO_USAGE } from "../../layers/core/usage/usage-kind.ts";
import { preferredType } from "../../layers/http/media-type.ts";
import { defineOperation, type Operation } from "../../layers/http/operation/operation.ts";
import type { OperationOutcome } from "../../layers/http/operation/operation-reply.ts";
import { TENANT_ABSENT } from "../../layers/http/operation/read-call.ts";
import type { HttpProblem } from "../../layers/http/problem-reply.ts";
import type { Tenancy } from "../tenancy.ts";
import { isThere } from "./caller.ts";

const TAG = "billing";
const INVOICES = "/api/tenants/{tenantId}/invoices";

export interface InvoiceParts {
  readonly tenancy: Tenancy;
  readonly invoices: Invoices;
}

const INVOICE_EXAMPLE = {
  number: "acme-2027-01",
  status: "final",
  tenantId: "acme",
  tenantName: "Acme",
  month: "2027-01",
  madeAtEpochMs: 1_801_699_200_000,
  currency: "USD",
  lines: [],
  sumMicros: 49_000_000,
  roundingMicros: 0,
  totalCents: 4_900,
  usage: NO_USAGE,
  daily: [{ day: "2027-01-01", calls: 1_200 }],
} as const;

/** What a tenant owes. */
export function invoiceOperations(parts: InvoiceParts): readonly Operation[] {
  const Shown = invoiceSchema();
  return [listOperation(parts, Shown), readOperation(parts, Shown)];
}

function listOperation({ tenancy, invoices }: InvoiceParts, Shown: z.ZodType): Operation {
  return defineOperation({
    id: "listInvoices",
    method: "GET",
    path: INVOICES,
    tag: TAG,
    summary: "Its invoices that are final, the latest first",
    action: "invoice.read",
    success: {
      status: 200,
      description: "The invoices of twenty years at most",
      schema: z.object({ invoices: z.array(Shown) }),
      example: { invoices: [INVOICE_EXAMPLE] },
    },
    async run(call) {
      if (!(await isThere(tenancy, call))) return { problem: TENANT_ABSENT };
      return { json: { invoices: await invoices.list(call.tenantId) } };
    },
  });
}

const FORMATS = ["json", "csv", "html"] as const;
type InvoiceFormat = (typeof FORMATS)[number];

const TYPES: Readonly<Record<InvoiceFormat, string>> = { json: "application/json", csv: "text/csv", html: "text/html" };

function readOperation({ tenancy: { tenants }, invoices }: InvoiceParts, Shown: z.ZodType): Operation {
  return defineOperation({
    id: "getInvoice",
    method: "GET",
    path: `${INVOICES}/{month}`,
    tag: TAG,
    summary: "A month's invoice",
    description: "Preliminary until three days after the month's end. As a page, it prints on paper.",
    action: "invoice.read",
    params: z.strictObject({ month: z.string().regex(/^\d{4}-\d{2}$/, "expected a month as 2027-01") }),
    query: z.strictObject({ format: z.enum(FORMATS).optional().describe("Left out, as Accept says") }),
    success: {
      status: 200,
      description: "The invoice",
      schema: Shown,
      example: INVOICE_EXAMPLE,
      otherTypes: [TYPES.csv, TYPES.html],
    },
    async run({ request, tenantId, params: { month }, query: { format } }) {
      const tenant = await tenants.get(tenantId);
      if (tenant === undefined) return { problem: TENANT_ABSENT };
      const invoice = await invoices.of(tenant, month);
      if (!invoice.ok) return { problem: MONTH_UNKNOWN };
      return asFormat(invoice.value, format ?? formatFor(request.headers.accept));
    },
  });
}

/** A browser asks for a page, and a program that says nothing for JSON. */
function formatFor(accept: string | undefined): InvoiceFormat {
  const type = preferredType(accept, Object.values(TYPES));
  return FORMATS.find((format) => TYPES[format] === type) ?? "json";
}

function asFormat(invoice: Invoice, format: InvoiceFormat): OperationOutcome {
  const contentType = `${TYPES[format]}; charset=utf-8`;
  switch (format) {
    case "json":
      return { json: invoice, headers: VARIES };
    case "csv":
      return { text: invoiceCsv(invoice), contentType, headers: VARIES };
    case "html":
      return { text: invoicePage(invoice), contentType, headers: VARIES };
  }
}

const VARIES = { vary: "accept" } as const;

const MONTH_UNKNOWN: HttpProblem = {
  status: 404,
  code: "month_unknown",
  detail: "this month is none, or has not begun",
};
