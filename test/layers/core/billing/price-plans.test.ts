import { expect, test } from "vitest";
import { isPlanName, PLAN_NAMES, PRICE_PLANS, planLimits } from "../../../../layers/core/billing/price-plans.ts";
import { isLimitName, TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import { MEMBERS_MAX } from "../../../../layers/core/tenant/limits.ts";
import { USAGE_KINDS } from "../../../../layers/core/usage/usage-kind.ts";

const plans = PLAN_NAMES.map((name) => PRICE_PLANS[name]);

test.each(PLAN_NAMES)("the plan %s lies under its own name and asks whole millionths", (name) => {
  const plan = PRICE_PLANS[name];

  const numbers = [
    plan.baseFeeMicros,
    ...USAGE_KINDS.flatMap((kind) => plan.prices[kind].tiers.map(({ unitMicros }) => unitMicros)),
  ];

  expect(plan.name).toBe(name);
  expect(numbers.every((number) => Number.isSafeInteger(number) && number >= 0)).toBe(true);
});

test.each(PLAN_NAMES)("each price of the plan %s rises tier by tier and ends in one without an end", (name) => {
  for (const kind of USAGE_KINDS) {
    const { unitSize, included, tiers } = PRICE_PLANS[name].prices[kind];
    const ends = tiers.map(({ upTo }) => upTo);
    const bounds = ends.slice(0, -1).filter((end) => end !== "any");

    expect(Number.isSafeInteger(unitSize) && unitSize > 0).toBe(true);
    expect(Number.isSafeInteger(included) && included >= 0).toBe(true);
    expect(ends.at(-1)).toBe("any");
    expect(bounds).toHaveLength(ends.length - 1);
    expect(bounds).toEqual([...new Set(bounds)].toSorted((a, b) => a - b));
    expect(bounds.every((bound) => Number.isSafeInteger(bound) && bound > 0)).toBe(true);
  }
});

test("a higher tier is never dearer, and a larger plan includes no less and asks no more for what comes after", () => {
  for (const kind of USAGE_KINDS) {
    for (const { prices } of plans) {
      const asked = prices[kind].tiers.map(({ unitMicros }) => unitMicros);
      expect(asked).toEqual(asked.toSorted((a, b) => b - a));
    }
    const [team, scale] = [PRICE_PLANS.team.prices[kind], PRICE_PLANS.scale.prices[kind]];
    expect(scale.included).toBeGreaterThanOrEqual(team.included);
    expect(scale.tiers[0]?.unitMicros).toBeLessThanOrEqual(team.tiers[0]?.unitMicros ?? 0);
  }
});

test("all plans have one currency", () => {
  const currencies = new Set(plans.map(({ currency }) => currency));

  expect(currencies).toEqual(new Set(["USD"]));
});

test("a plan's limits are known ones, whole, and what it leaves out is the common limit", () => {
  for (const { name, limits } of plans) {
    expect(Object.keys(limits).every(isLimitName)).toBe(true);
    expect(Object.values(limits).every((limit) => Number.isSafeInteger(limit) && limit >= 0)).toBe(true);
    expect(planLimits(name)).toEqual({ ...TENANT_LIMITS, ...limits });
    expect(planLimits(name)?.members).toBeLessThanOrEqual(MEMBERS_MAX);
  }
});

test("the free plan charges nothing and so allows fewer calls than the team plan includes", () => {
  const { baseFeeMicros, prices, limits } = PRICE_PLANS.free;

  const asked = USAGE_KINDS.flatMap((kind) => prices[kind].tiers.map(({ unitMicros }) => unitMicros));

  expect([baseFeeMicros, ...asked].every((micros) => micros === 0)).toBe(true);
  expect(limits.requestsPerMonth).toBeLessThan(PRICE_PLANS.team.prices.calls.included);
});

test.each(["fleet", "Free", "constructor", "", 7])("%s names no plan", (name) => {
  expect(isPlanName(name)).toBe(false);
  expect(planLimits(String(name))).toBeUndefined();
});
