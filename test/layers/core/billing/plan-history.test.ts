import { expect, test } from "vitest";
import { PlanHistory, PlanUnknown, planPeriods } from "../../../../layers/core/billing/plan-history.ts";
import { DAY_MS } from "../../../../layers/core/usage/hour.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");

function subject() {
  const clock = manualClock(Date.UTC(2027, 0, 30, 12));
  return { clock, history: new PlanHistory(memoryTable(clock), clock) };
}

test("a month knows the plan it began with and those it changed to, each day the last one", async () => {
  const { clock, history } = subject();
  await history.note(acme, "free");
  clock.advance(4 * DAY_MS);
  await history.note(acme, "scale");
  await history.note(acme, "team");
  clock.advance(DAY_MS);
  await history.note(acme, "team");
  clock.advance(DAY_MS);
  await history.note(acme, "none");

  const [january, february, march] = [
    await history.ofMonth(acme, "2027-01"),
    await history.ofMonth(acme, "2027-02"),
    await history.ofMonth(acme, "2027-03"),
  ];

  expect(january).toEqual([{ day: "2027-01-30", plan: "free" }]);
  expect(february).toEqual([
    { day: "2027-01-30", plan: "free" },
    { day: "2027-02-03", plan: "team" },
    { day: "2027-02-05", plan: "none" },
  ]);
  expect(march).toEqual([{ day: "2027-02-05", plan: "none" }]);
});

test("tenants have histories of their own", async () => {
  const { history } = subject();
  await history.note(acme, "free");

  expect(await history.ofMonth(tenant("acme-two"), "2027-01")).toEqual([]);
});

test("a plan that is not in the table is a fault, and noted nowhere", async () => {
  const { history } = subject();

  await expect(history.note(acme, "gold")).rejects.toThrow(PlanUnknown);
  expect(await history.ofMonth(acme, "2027-01")).toEqual([]);
});

test("a month is divided where its plan changes, and has no period without a plan", () => {
  const periods = planPeriods("2027-02", [
    { day: "2027-02-03", plan: "team" },
    { day: "2027-02-10", plan: "none" },
    { day: "2027-02-20", plan: "scale" },
    { day: "2027-02-21", plan: "scale" },
  ]);

  expect(periods).toEqual([
    { plan: "team", fromDay: 2, untilDay: 9 },
    { plan: "scale", fromDay: 19, untilDay: 28 },
  ]);
});
