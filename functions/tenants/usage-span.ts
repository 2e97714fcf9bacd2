import * as z from "zod";
import { ok, type Result, refused } from "../../layers/core/result.ts";
import { DAY_MS, epochHourOf, HOUR_MS, HOURS_A_DAY } from "../../layers/core/usage/hour.ts";
import { HOURS_READ_MAX, type PeriodUsage } from "../../layers/core/usage/usage-book.ts";
import { sumOfUsage } from "../../layers/core/usage/usage-kind.ts";
import type { HttpProblem } from "../../layers/http/problem-reply.ts";
import { moment } from "../time-schemas.ts";

/** The query of what is asked for a time. */
export const Span = z.strictObject({
  from: moment.optional().describe("From the hour, or day, of this moment on; left out, the last thirty days"),
  to: moment.optional().describe("Up to this moment, and the end of its hour, or day; left out, up to now"),
});

export interface AskedSpan extends z.output<typeof Span> {
  readonly by: "hour" | "day";
}

export interface HourSpan {
  readonly fromEpochHour: number;
  /** Not of it any more. At or before the first where there is nothing to tell. */
  readonly untilEpochHour: number;
}

const HOURS_DEFAULT = 30 * HOURS_A_DAY;
const DAYS_MAX = HOURS_READ_MAX / HOURS_A_DAY;

/**
 * Whole hours, or those of whole days.
 *
 * @param endEpochHour the first of which nothing can be told yet.
 */
export function hoursOf({ from, to, by }: AskedSpan, endEpochHour: number): Result<HourSpan, HttpProblem> {
  if (from !== undefined && to !== undefined && to <= from) return refused(spanInvalid("to is not after from"));
  const grainMs = by === "hour" ? HOUR_MS : DAY_MS;
  const grainHours = grainMs / HOUR_MS;
  const end = to === undefined ? endEpochHour : Math.ceil(to / grainMs) * grainHours;
  const untilEpochHour = Math.min(end, endEpochHour);
  const first = from === undefined ? untilEpochHour - HOURS_DEFAULT : epochHourOf(from);
  const fromEpochHour = Math.floor(first / grainHours) * grainHours;
  return untilEpochHour - fromEpochHour > HOURS_READ_MAX
    ? refused(spanInvalid(`from and to may be ${DAYS_MAX} days apart`))
    : ok({ fromEpochHour, untilEpochHour });
}

function spanInvalid(detail: string): HttpProblem {
  return { status: 400, code: "span_invalid", detail };
}

/** `2027-01-31T09` lies in the day `2027-01-31`. */
export function byDay(hours: readonly PeriodUsage[]): readonly PeriodUsage[] {
  const days = Map.groupBy(hours, ({ period }) => period.slice(0, "2027-01-31".length));
  return [...days].map(([period, ofDay]) => ({ period, totals: sumOfUsage(ofDay.map(({ totals }) => totals)) }));
}
