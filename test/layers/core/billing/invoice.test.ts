import fc from "fast-check";
import { expect, test } from "vitest";
import { daysOfMonth } from "../../../../layers/core/billing/month.ts";
import { PLAN_NAMES } from "../../../../layers/core/billing/price-plans.ts";
import { USAGE_KINDS } from "../../../../layers/core/usage/usage-kind.ts";
import { anInvoice, dayUsage } from "./invoice-parts.ts";

test("a month has the base fee, and what goes past what is included", () => {
  const invoice = anInvoice();

  expect(invoice.lines.map(({ kind, quantity, amountMicros }) => [kind, quantity, amountMicros])).toEqual([
    ["baseFee", 31, 49_000_000],
    ["calls", 2_500_000, 6_000_000],
    ["bytesIn", 5, 0],
  ]);
  expect(invoice).toMatchObject({ status: "preliminary", currency: "USD", sumMicros: 55_000_000, totalCents: 5_500 });
});

test("a picture of the month has all its days", () => {
  const { daily } = anInvoice();

  expect(daily).toHaveLength(31);
  expect([daily[0], daily[1], daily[30]]).toEqual([
    { day: "2027-01-01", calls: 1_500_000 },
    { day: "2027-01-02", calls: 0 },
    { day: "2027-01-31", calls: 1_000_000 },
  ]);
});

test("where the plan changed each is charged for its days, and what is included goes with them", () => {
  const invoice = anInvoice({
    plans: [
      { day: "2026-12-24", plan: "team" },
      { day: "2027-01-31", plan: "scale" },
    ],
  });

  expect(
    invoice.lines.map(({ kind, plan, firstDay, lastDay, quantity, amountMicros }) => ({
      line: `${plan} ${kind} ${firstDay} ${lastDay}`,
      quantity,
      amountMicros,
    })),
  ).toEqual([
    { line: "team baseFee 2027-01-01 2027-01-30", quantity: 30, amountMicros: 47_419_354 },
    { line: "team calls 2027-01-01 2027-01-30", quantity: 1_500_000, amountMicros: 2_129_036 },
    { line: "scale baseFee 2027-01-31 2027-01-31", quantity: 1, amountMicros: 16_096_775 },
    { line: "scale calls 2027-01-31 2027-01-31", quantity: 1_000_000, amountMicros: 887_095 },
    { line: "scale bytesIn 2027-01-31 2027-01-31", quantity: 5, amountMicros: 0 },
  ]);
});

test("who came or went within the month pays the fee for its days, and for all that it used", () => {
  const came = anInvoice({ plans: [{ day: "2027-01-31", plan: "team" }] });
  const went = anInvoice({
    plans: [
      { day: "2026-12-24", plan: "team" },
      { day: "2027-01-02", plan: "none" },
    ],
  });

  for (const invoice of [came, went]) {
    const [fee, calls] = invoice.lines;
    expect(fee).toMatchObject({ quantity: 1 });
    expect(calls).toMatchObject({ quantity: 2_500_000 });
    expect(Math.abs((fee?.amountMicros ?? 0) - 49_000_000 / 31)).toBeLessThanOrEqual(1);
  }
});

test("a tenant that never had a plan owes nothing", () => {
  expect(anInvoice({ plans: [] })).toMatchObject({ lines: [], totalCents: 0, usage: { calls: 2_500_000 } });
});

const names = daysOfMonth("2027-01");
const amounts = fc.record({ calls: fc.nat(1e8), bytesOut: fc.nat({ max: 1e13 }), cpuMicroseconds: fc.nat(1e12) });
const plan = fc.record({ day: fc.constantFrom(...names), plan: fc.constantFrom(...PLAN_NAMES, "none" as const) });

test("whatever is used on whatever plans, the lines are the sum, all usage is on them, and the total is a cent's rounding away", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(fc.constantFrom(...names), amounts), { selector: ([day]) => day }),
      fc.uniqueArray(plan, { selector: ({ day }) => day, minLength: 1 }),
      (usage, plans) => {
        const sorted = plans.toSorted((a, b) => (a.day < b.day ? -1 : 1));
        const invoice = anInvoice({ days: usage.map(([day, totals]) => dayUsage(day, totals)), plans: sorted });

        const { lines, sumMicros, roundingMicros, totalCents } = invoice;
        expect(lines.reduce((sum, { amountMicros }) => sum + amountMicros, 0)).toBe(sumMicros);
        expect(sumMicros + roundingMicros).toBe(totalCents * 10_000);
        expect(Math.abs(roundingMicros)).toBeLessThanOrEqual(5_000);
        for (const { tiers, amountMicros, quantity } of lines) {
          expect(tiers.reduce((sum, tier) => sum + tier.amountMicros, 0)).toBe(amountMicros);
          expect(tiers.reduce((sum, tier) => sum + tier.quantity, 0)).toBe(quantity);
        }
        if (lines.length === 0) return;
        for (const kind of USAGE_KINDS) {
          const billed = lines.filter((line) => line.kind === kind).reduce((sum, line) => sum + line.quantity, 0);
          expect(billed).toBe(invoice.usage[kind]);
        }
      },
    ),
  );
});

test("using more never makes an invoice smaller", () => {
  fc.assert(
    fc.property(amounts, amounts, fc.constantFrom(...PLAN_NAMES), (some, more, name) => {
      const totals = (extra: typeof more | undefined) =>
        dayUsage("2027-01-09", {
          calls: some.calls + (extra?.calls ?? 0),
          bytesOut: some.bytesOut + (extra?.bytesOut ?? 0),
        });
      const plans = [{ day: "2026-01-01", plan: name }];

      const [less, larger] = [
        anInvoice({ days: [totals(undefined)], plans }),
        anInvoice({ days: [totals(more)], plans }),
      ];

      expect(larger.sumMicros).toBeGreaterThanOrEqual(less.sumMicros);
    }),
  );
});

test("hours of jobs past those that are included cost what the price book says", () => {
  const hours = (count: number) => [dayUsage("2027-01-07", { jobMicroseconds: count * 3_600_000_000 })];

  const lines = [10, 12.5].map((count) =>
    anInvoice({ days: hours(count) }).lines.find(({ kind }) => kind === "jobMicroseconds"),
  );

  expect(lines.map((line) => line?.amountMicros)).toEqual([0, 500_000]);
});
