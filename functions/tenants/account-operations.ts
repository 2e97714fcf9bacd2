import * as z from "zod";
import { AUDIT_PAGE_MAX } from "../../layers/core/audit/limits.ts";
import { invoiceCsv } from "../../layers/core/billing/invoice-csv.ts";
import { invoicePage } from "../../layers/core/billing/invoice-page.ts";
import type { Invoices } from "../../layers/core/billing/invoices.ts";
import { EXPORT_SETTLED_MS } from "../../layers/core/billing/limits.ts";
import { invoiceSchema } from "../../layers/core/billing/stored-invoice.ts";
import { stripeMeterEvents, stripeMeterLines, usageCsv } from "../../layers/core/billing/usage-export.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import { LIMIT_NAMES } from "../../layers/core/quota/tenant-limits.ts";
import { epochHourOf, HOURS_A_DAY } from "../../layers/core/usage/hour.ts";
import { HOURS_READ_MAX } from "../../layers/core/usage/usage-book.ts";
import { USAGE_KINDS } from "../../layers/core/usage/usage-kind.ts";
import { defineOperation, type Operation } from "../../layers/http/operation/operation.ts";
import { TENANT_ABSENT } from "../../layers/http/operation/read-call.ts";
import type { Tenancy } from "../tenancy.ts";
import { epochMs } from "./tenant-schemas.ts";

const TENANT = "/api/tenants/{tenantId}";
const DAY_HOURS_DEFAULT = 30 * HOURS_A_DAY;

const Totals = z.object(Object.fromEntries(USAGE_KINDS.map((kind) => [kind, z.int()])));
const Period = z.object({ period: z.string().describe("An hour or a day, in UTC"), totals: Totals });
const QuotaUse = z.object({ used: z.int(), limit: z.int(), percentage: z.number() });

/** A moment of ISO 8601 with its zone. */
const moment = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

const Span = z.strictObject({
  from: moment.optional().describe("The first hour; thirty days ago when left out"),
  to: moment.optional().describe("The hour after the last; now when left out"),
});

export interface AccountParts {
  readonly tenancy: Tenancy;
  readonly invoices: Invoices;
  readonly clock: Clock;
}

/** What a tenant uses, what it owes, and what was done to it. */
export function accountOperations(parts: AccountParts): readonly Operation[] {
  return [quotasOperation(parts), ...usageOperations(parts), ...invoiceOperations(parts), auditOperation(parts)];
}

function quotasOperation({ tenancy }: AccountParts): Operation {
  const { quotas, policies } = tenancy;
  return defineOperation({
    id: "getQuotas",
    method: "GET",
    path: `${TENANT}/quotas`,
    tag: "usage",
    summary: "What it has of each quota, and may have",
    action: "quota.read",
    success: {
      status: 200,
      description: "All quotas, and the limits that are not counted",
      schema: z.object({
        quotas: z.record(z.string(), QuotaUse),
        limits: z.partialRecord(z.enum(LIMIT_NAMES), z.int()),
      }),
    },
    async run({ tenantId }) {
      const policy = await policies.policyOf(tenantId);
      if (policy === undefined) return { problem: TENANT_ABSENT };
      return { json: { quotas: await quotas.uses(tenantId, policy.limits), limits: policy.limits } };
    },
  });
}

function usageOperations({ tenancy: { usage }, clock }: AccountParts): readonly Operation[] {
  const hoursOf = (span: z.output<typeof Span>, untilEpochMs = clock.nowMs()) => {
    const until = epochHourOf(Math.min(span.to ?? untilEpochMs, untilEpochMs)) + 1;
    const from = span.from === undefined ? until - DAY_HOURS_DEFAULT : epochHourOf(span.from);
    return { fromEpochHour: Math.max(from, until - HOURS_READ_MAX), untilEpochHour: until };
  };
  return [
    defineOperation({
      id: "getUsage",
      method: "GET",
      path: `${TENANT}/usage`,
      tag: "usage",
      summary: "What it has used, hour by hour or day by day",
      action: "usage.read",
      query: Span.extend({ by: z.enum(["hour", "day"]).default("day") }),
      success: {
        status: 200,
        description: "The hours or days in which something was used",
        schema: z.object({ periods: z.array(Period) }),
      },
      async run({ tenantId, query }) {
        const hours = await usage.hours(tenantId, hoursOf(query));
        return { json: { periods: query.by === "hour" ? hours : byDay(hours) } };
      },
    }),
    defineOperation({
      id: "exportUsage",
      method: "GET",
      path: `${TENANT}/usage/export`,
      tag: "usage",
      summary: "What it has used for Stripe's meters or a warehouse; only hours that can change no more",
      action: "usage.read",
      query: Span.extend({
        format: z.enum(["csv", "stripe"]).default("csv"),
        customer: z.string().min(1).max(255).default("").describe("The tenant's customer id at Stripe"),
      }),
      success: { status: 200, description: "A line for each hour and kind", otherTypes: ["text/csv"] },
      async run({ tenantId, query: { format, customer, ...span } }) {
        const hours = await usage.hours(tenantId, hoursOf(span, clock.nowMs() - EXPORT_SETTLED_MS));
        if (format === "csv") return { text: usageCsv(tenantId, hours), contentType: "text/csv; charset=utf-8" };
        const events = stripeMeterEvents(tenantId, { customerId: customer, hours });
        return { text: stripeMeterLines(events), contentType: "application/x-ndjson" };
      },
    }),
  ];
}

function invoiceOperations({ tenancy: { tenants }, invoices }: AccountParts): readonly Operation[] {
  const Invoice = invoiceSchema();
  return [
    defineOperation({
      id: "listInvoices",
      method: "GET",
      path: `${TENANT}/invoices`,
      tag: "billing",
      summary: "Its invoices that are final, the latest first",
      action: "invoice.read",
      success: { status: 200, description: "The invoices", schema: z.object({ invoices: z.array(Invoice) }) },
      run: async ({ tenantId }) => ({ json: { invoices: await invoices.list(tenantId) } }),
    }),
    defineOperation({
      id: "getInvoice",
      method: "GET",
      path: `${TENANT}/invoices/{month}`,
      tag: "billing",
      summary: "A month's invoice; preliminary until three days after its end",
      action: "invoice.read",
      query: z.strictObject({ format: z.enum(["json", "csv", "html"]).default("json") }),
      success: {
        status: 200,
        description: "The invoice, as a page that prints with html",
        schema: Invoice,
        otherTypes: ["text/csv", "text/html"],
      },
      async run({ tenantId, params: { month = "" }, query: { format } }) {
        const tenant = await tenants.get(tenantId);
        if (tenant === undefined) return { problem: TENANT_ABSENT };
        const invoice = await invoices.of(tenant, month);
        if (!invoice.ok) return { problem: MONTH_UNKNOWN };
        if (format === "csv") return { text: invoiceCsv(invoice.value), contentType: "text/csv; charset=utf-8" };
        if (format === "html") return { text: invoicePage(invoice.value), contentType: "text/html; charset=utf-8" };
        return { json: invoice.value };
      },
    }),
  ];
}

function auditOperation({ tenancy: { audit } }: AccountParts): Operation {
  return defineOperation({
    id: "listAudit",
    method: "GET",
    path: `${TENANT}/audit`,
    tag: "audit",
    summary: "What was done to it and refused, the last first",
    action: "audit.read",
    query: z.strictObject({
      from: moment.optional(),
      before: moment.optional(),
      subject: z.string().min(1).max(300).optional().describe("Only what they did"),
      limit: z.coerce.number().int().min(1).max(AUDIT_PAGE_MAX).optional(),
      cursor: z.string().min(1).max(100).optional(),
    }),
    success: { status: 200, description: "A page of entries", schema: AuditPage },
    async run({ tenantId, query: { from, before, ...filter } }) {
      const page = await audit.list(tenantId, { ...filter, fromEpochMs: from, beforeEpochMs: before });
      return page.ok ? { json: page.value } : { problem: CURSOR_MALFORMED };
    },
  });
}

const AuditPage = z.object({
  records: z.array(
    z.looseObject({
      seq: z.int(),
      atEpochMs: epochMs,
      outcome: z.enum(["done", "refused", "failed", "denied", "unknown"]),
      action: z.string(),
      actor: z.looseObject({ tenantId: z.string(), subject: z.string(), role: z.string() }),
      target: z.object({ kind: z.string(), id: z.string() }),
    }),
  ),
  cursor: z.string().optional(),
});

interface PeriodTotals {
  readonly period: string;
  readonly totals: Readonly<Record<string, number>>;
}

/** `2027-01-31T09` lies in the day `2027-01-31`. */
function byDay(hours: readonly PeriodTotals[]): readonly PeriodTotals[] {
  const days = Map.groupBy(hours, ({ period }) => period.slice(0, "2027-01-31".length));
  return [...days].map(([period, ofDay]) => ({
    period,
    totals: Object.fromEntries(
      USAGE_KINDS.map((kind) => [kind, ofDay.reduce((sum, { totals }) => sum + (totals[kind] ?? 0), 0)]),
    ),
  }));
}

const MONTH_UNKNOWN = {
  status: 404,
  code: "month_unknown",
  detail: "a month is written as 2027-01, and has begun",
} as const;
const CURSOR_MALFORMED = {
  status: 400,
  code: "cursor_malformed",
  detail: "the cursor is not one that this list gave",
} as const;
