import type { PeriodUsage } from "../usage/usage-book.ts";
import { sumOfUsage, USAGE_KINDS, type UsageKind, type UsageTotals } from "../usage/usage-kind.ts";
import { graduatedPrice, type TierPart } from "./graduated-price.ts";
import { daysOfMonth } from "./month.ts";
import { type PlanDay, type PlanPeriod, planPeriods } from "./plan-history.ts";
import { type PlanName, PRICE_PLANS } from "./price-plans.ts";
import { type DaySpan, prorated, proratedPrice } from "./proration.ts";

/** What one kind of usage, or the base fee, costs in the days of one plan. */
export interface InvoiceLine {
  readonly kind: UsageKind | "baseFee";
  readonly plan: PlanName;
  /** First and last day of the plan within the month. */
  readonly firstDay: string;
  readonly lastDay: string;
  /** In the kind's own unit; days of the plan for the base fee. */
  readonly quantity: number;
  /** How many of the kind's own unit the prices are for; the days of the month for the base fee. */
  readonly unitSize: number;
  readonly tiers: readonly TierPart[];
  readonly amountMicros: number;
}

/** A month's calls, day by day. */
export interface DailyCalls {
  readonly day: string;
  readonly calls: number;
}

export interface Invoice {
  /** Of the tenant and the month, so that each is there once. None before the invoice is final. */
  readonly number?: string | undefined;
  readonly status: "preliminary" | "final";
  readonly tenantId: string;
  readonly tenantName: string;
  /** As `2027-01`, in UTC. */
  readonly month: string;
  readonly madeAtEpochMs: number;
  readonly currency: "USD";
  readonly lines: readonly InvoiceLine[];
  /** What the lines add up to, in millionths of the currency. */
  readonly sumMicros: number;
  /** What was added to come to whole cents; may be negative. */
  readonly roundingMicros: number;
  readonly totalCents: number;
  readonly usage: UsageTotals;
  readonly daily: readonly DailyCalls[];
}

export interface Billed {
  readonly tenantId: string;
  readonly tenantName: string;
  readonly month: string;
  /** Of the month. */
  readonly days: readonly PeriodUsage[];
  /** The changes of plan within the month, and the last one before it. */
  readonly plans: readonly PlanDay[];
  readonly nowEpochMs: number;
}

const MICROS_PER_CENT = 10_000;

/**
 * What a tenant owes for a month, as far as it has gone.
 *
 * Where the plan changed, the days of each are priced apart: the base fee, what is included and the ends of the tiers
 * are the days' part of the month's. What was used on a day without a plan is priced by the plan before it, or by the
 * first one. A month that is not over is priced as if its last plan stays to the end.
 */
export function invoiceOf({ tenantId, tenantName, month, days, plans, nowEpochMs }: Billed): Invoice {
  const names = daysOfMonth(month);
  const periods = planPeriods(month, plans);
  const lines = periods.flatMap((period, index) => {
    const usage = sumOfUsage(
      days.filter(({ period: day }) => belongsTo(periods, index, names.indexOf(day))).map(totalsOf),
    );
    return linesOf(period, { names, usage });
  });
  const sumMicros = lines.reduce((sum, { amountMicros }) => sum + amountMicros, 0);
  const totalCents = Math.floor((sumMicros + MICROS_PER_CENT / 2) / MICROS_PER_CENT);
  return {
    status: "preliminary",
    tenantId,
    tenantName,
    month,
    madeAtEpochMs: nowEpochMs,
    currency: "USD",
    lines,
    sumMicros,
    roundingMicros: totalCents * MICROS_PER_CENT - sumMicros,
    totalCents,
    usage: sumOfUsage(days.map(totalsOf)),
    daily: names.map((day) => ({ day, calls: days.find(({ period }) => period === day)?.totals.calls ?? 0 })),
  };
}

const totalsOf = ({ totals }: PeriodUsage): UsageTotals => totals;

/** To the last period that has begun by then, and to the first what was before it. */
function belongsTo(periods: readonly PlanPeriod[], index: number, day: number): boolean {
  const owner = periods.findLastIndex(({ fromDay }) => fromDay <= day);
  return index === Math.max(0, owner);
}

function linesOf(
  { plan: name, fromDay, untilDay }: PlanPeriod,
  { names, usage }: { readonly names: readonly string[]; readonly usage: UsageTotals },
): readonly InvoiceLine[] {
  const plan = PRICE_PLANS[name];
  const span: DaySpan = { fromDay, untilDay, daysInMonth: names.length };
  const ofPeriod = { plan: name, firstDay: names[fromDay] ?? "", lastDay: names[untilDay - 1] ?? "" };
  const amountMicros = prorated(plan.baseFeeMicros, span);
  const quantity = untilDay - fromDay;
  const fee: InvoiceLine = {
    ...ofPeriod,
    kind: "baseFee",
    quantity,
    unitSize: names.length,
    tiers: [{ quantity, unitMicros: plan.baseFeeMicros, amountMicros }],
    amountMicros,
  };
  const used = USAGE_KINDS.filter((kind) => usage[kind] > 0).map((kind): InvoiceLine => {
    const price = proratedPrice(plan.prices[kind], span);
    const { parts: tiers, amountMicros } = graduatedPrice(usage[kind], price);
    return { ...ofPeriod, kind, quantity: usage[kind], unitSize: price.unitSize, tiers, amountMicros };
  });
  return [fee, ...used];
}
