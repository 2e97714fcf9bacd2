import * as z from "zod";
import { EXPORT_SETTLED_MS } from "../../layers/core/billing/limits.ts";
import { stripeMeterEvents, stripeMeterLines, usageCsv } from "../../layers/core/billing/usage-export.ts";
import type { Clock } from "../../layers/core/ports/clock.ts";
import { quotaUse } from "../../layers/core/quota/quotas.ts";
import { LIMIT_NAMES } from "../../layers/core/quota/tenant-limits.ts";
import { ok, type Result, refused } from "../../layers/core/result.ts";
import { epochHourOf, monthText } from "../../layers/core/usage/hour.ts";
import type { PeriodUsage } from "../../layers/core/usage/usage-book.ts";
import { NO_USAGE, USAGE_KINDS } from "../../layers/core/usage/usage-kind.ts";
import { defineOperation, type Operation, type OperationCall } from "../../layers/http/operation/operation.ts";
import { TENANT_ABSENT } from "../../layers/http/operation/read-call.ts";
import type { HttpProblem } from "../../layers/http/problem-reply.ts";
import type { Tenancy } from "../tenancy.ts";
import { isThere } from "./caller.ts";
import { type AskedSpan, byDay, hoursOf, Span } from "./usage-span.ts";

const TAG = "usage";
const TENANT = "/api/tenants/{tenantId}";

const Totals = z.object(Object.fromEntries(USAGE_KINDS.map((kind) => [kind, z.int().min(0)])));
const Period = z.object({ period: z.string().describe("An hour or a day, in UTC"), totals: Totals });
const QuotaUse = z.object({ used: z.int(), limit: z.int(), percentage: z.number() });

export interface UsageParts {
  readonly tenancy: Tenancy;
  readonly clock: Clock;
}

/** What a tenant has of what it may have, and what it has used. */
export function usageOperations(parts: UsageParts): readonly Operation[] {
  return [quotasOperation(parts), usageOperation(parts), exportOperation(parts)];
}

function quotasOperation({ tenancy, clock }: UsageParts): Operation {
  const { quotas, policies } = tenancy;
  return defineOperation({
    id: "getQuotas",
    method: "GET",
    path: `${TENANT}/quotas`,
    tag: TAG,
    summary: "What it has of each quota, and may have",
    action: "quota.read",
    success: {
      status: 200,
      description: "What is counted, and all limits. The calls of this month may be some minutes old",
      schema: z.object({
        quotas: z.record(z.string(), QuotaUse),
        limits: z.partialRecord(z.enum(LIMIT_NAMES), z.int().min(0)),
      }),
      example: {
        quotas: { recipes: { used: 25, limit: 10_000, percentage: 0.3 } },
        limits: { recipes: 10_000, requestsPerSecond: 100 },
      },
    },
    async run({ tenantId }) {
      const policy = await policies.policyOf(tenantId);
      if (policy === undefined) return { problem: TENANT_ABSENT };
      const { limits, members } = policy;
      const [uses, { calls }] = await Promise.all([
        quotas.uses(tenantId, limits),
        tenancy.usage.month(tenantId, monthText(epochHourOf(clock.nowMs()))),
      ]);
      const memberCount = Object.values(members).filter((role) => role !== "none").length;
      const elsewhere = {
        members: quotaUse(memberCount, limits.members),
        requestsPerMonth: quotaUse(calls, limits.requestsPerMonth),
      };
      return { json: { quotas: { ...uses, ...elsewhere }, limits } };
    },
  });
}

function usageOperation({ tenancy, clock }: UsageParts): Operation {
  return defineOperation({
    id: "getUsage",
    method: "GET",
    path: `${TENANT}/usage`,
    tag: TAG,
    summary: "What it has used, hour by hour or day by day",
    action: "usage.read",
    query: Span.extend({ by: z.enum(["hour", "day"]).default("day") }),
    success: {
      status: 200,
      description: "The hours or days in which something was used; some minutes late",
      schema: z.object({ periods: z.array(Period) }),
      example: { periods: [{ period: "2027-01-31", totals: { ...NO_USAGE, calls: 1_200 } }] },
    },
    async run(call) {
      // The hour that is not over is told too, as far as it has come.
      const hours = await hoursUsed(tenancy, call, { ...call.query, endEpochHour: epochHourOf(clock.nowMs()) + 1 });
      if (!hours.ok) return { problem: hours.problem };
      return { json: { periods: call.query.by === "hour" ? hours.value : byDay(hours.value) } };
    },
  });
}

function exportOperation({ tenancy, clock }: UsageParts): Operation {
  return defineOperation({
    id: "exportUsage",
    method: "GET",
    path: `${TENANT}/usage/export`,
    tag: TAG,
    summary: "What it has used, for Stripe's meters or a warehouse",
    description: "Only hours that can change no more, so that each counts once however often it is fetched.",
    action: "usage.read",
    query: Span.extend({
      format: z.enum(["csv", "stripe"]).default("csv"),
      customer: z.string().min(1).max(255).optional().describe("With format=stripe: the tenant's customer id there"),
    }).refine(({ format, customer }) => (format === "stripe") === (customer !== undefined), {
      path: ["customer"],
      error: "goes with format=stripe, which needs it",
    }),
    success: {
      status: 200,
      description: "A row for each hour and kind; with format=stripe a meter event in each line",
      otherTypes: ["text/csv", "application/x-ndjson"],
    },
    async run(call) {
      const { tenantId, query } = call;
      const endEpochHour = epochHourOf(clock.nowMs() - EXPORT_SETTLED_MS);
      const hours = await hoursUsed(tenancy, call, { ...query, by: "hour", endEpochHour });
      if (!hours.ok) return { problem: hours.problem };
      if (query.customer === undefined) {
        return { text: usageCsv(tenantId, hours.value), contentType: "text/csv; charset=utf-8" };
      }
      const events = stripeMeterEvents(tenantId, { customerId: query.customer, hours: hours.value });
      return { text: stripeMeterLines(events), contentType: "application/x-ndjson" };
    },
  });
}

async function hoursUsed(
  tenancy: Tenancy,
  call: OperationCall<unknown, unknown, unknown>,
  asked: AskedSpan & { readonly endEpochHour: number },
): Promise<Result<readonly PeriodUsage[], HttpProblem>> {
  if (!(await isThere(tenancy, call))) return refused(TENANT_ABSENT);
  const span = hoursOf(asked, asked.endEpochHour);
  if (!span.ok) return span;
  const isEmpty = span.value.fromEpochHour >= span.value.untilEpochHour;
  return ok(isEmpty ? [] : await tenancy.usage.hours(call.tenantId, span.value));
}
