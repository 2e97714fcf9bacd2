import type { Clock } from "../ports/clock.ts";
import { type Item, QUERY_LIMIT_MAX, type Table } from "../ports/table.ts";
import { planDayKey, recordPartition } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { dayOf, daysOfMonth } from "./month.ts";
import { isPlanName, type PlanName } from "./price-plans.ts";

/** From this day on the tenant had the plan; `none` where it was closed. */
export interface PlanDay {
  /** As `2027-01-31`. */
  readonly day: string;
  readonly plan: PlanName | "none";
}

/** A tenant has a plan that is not in the table, or the note of a day is none. */
export class PlanUnknown extends Error {
  readonly code = "plan_unknown";
  constructor(plan: string) {
    super(`there is no price plan ${JSON.stringify(plan)}`);
    this.name = "PlanUnknown";
  }
}

/**
 * Which plan a tenant had on which day: the one that it was last seen with on that day. Noted by what looks at all
 * tenants every hour, and by whoever changes a plan; only days on which it changed have a note.
 */
export class PlanHistory {
  readonly #table: Table;
  readonly #clock: Clock;

  /** @param table the strongly consistent one. */
  constructor(table: Table, clock: Clock) {
    this.#table = table;
    this.#clock = clock;
  }

  /** Today it has this plan, from now on. @throws {PlanUnknown} */
  async note(tenantId: TenantId, plan: string): Promise<void> {
    const named = planNamed(plan);
    const [last] = await this.#last(tenantId, "9");
    if (last?.plan === named) return;
    await this.#table.put({ ...planDayKey(tenantId, dayOf(this.#clock.nowMs())), plan: named });
  }

  /** The changes within a month, and before them the last one before it. */
  async ofMonth(tenantId: TenantId, month: string): Promise<readonly PlanDay[]> {
    const [first = ""] = daysOfMonth(month);
    const within = await this.#table.query({
      pk: recordPartition(tenantId, "PLAN-DAY"),
      prefix: `${month}-`,
      limit: QUERY_LIMIT_MAX,
    });
    return [...(await this.#last(tenantId, first)), ...within.items.map(readPlanDay)];
  }

  async #last(tenantId: TenantId, before: string): Promise<readonly PlanDay[]> {
    const pk = recordPartition(tenantId, "PLAN-DAY");
    const { items } = await this.#table.query({ pk, before, reverse: true, limit: 1 });
    return items.map(readPlanDay);
  }
}

/** @throws {PlanUnknown} */
function readPlanDay({ sk, plan }: Item): PlanDay {
  return { day: sk, plan: planNamed(plan) };
}

/** @throws {PlanUnknown} */
export function planNamed(plan: unknown): PlanName | "none" {
  if (plan !== "none" && !isPlanName(plan)) throw new PlanUnknown(String(plan));
  return plan;
}

/** Days of a month on which one plan held. */
export interface PlanPeriod {
  readonly plan: PlanName;
  /** Counted from 0. */
  readonly fromDay: number;
  /** The first day on which it no longer did. */
  readonly untilDay: number;
}

/** A month as the plans divide it: without the days before the first plan, and those without one. */
export function planPeriods(month: string, history: readonly PlanDay[]): readonly PlanPeriod[] {
  const periods: PlanPeriod[] = [];
  for (const [day, name] of daysOfMonth(month).entries()) {
    const plan = history.findLast((change) => change.day <= name)?.plan ?? "none";
    if (plan === "none") continue;
    const last = periods.at(-1);
    if (last?.plan === plan && last.untilDay === day) periods.splice(-1, 1, { ...last, untilDay: day + 1 });
    else periods.push({ plan, fromDay: day, untilDay: day + 1 });
  }
  return periods;
}
