import { DAY_MS, dayText, HOUR_MS, monthText } from "../usage/hour.ts";

/** As `2027-01`, in UTC. */
const MONTH_PATTERN = /^2\d{3}-(?:0[1-9]|1[0-2])$/;

export const isMonth = (raw: string): boolean => MONTH_PATTERN.test(raw);

/** The first moment of a month. @param month as `2027-01`. */
export const monthStartEpochMs = (month: string): number => Date.parse(`${month}-01T00:00:00Z`);

/** The first moment after it. */
export function monthEndEpochMs(month: string): number {
  return monthStartEpochMs(monthAfter(month, 1));
}

/** So many months later, or earlier where that is negative. */
export function monthAfter(month: string, months: number): string {
  const [year = 0, ofYear = 1] = month.split("-").map(Number);
  const count = year * 12 + (ofYear - 1) + months;
  return `${Math.floor(count / 12)}-${String((count % 12) + 1).padStart(2, "0")}`;
}

export const monthOf = (epochMs: number): string => monthText(Math.floor(epochMs / HOUR_MS));
export const dayOf = (epochMs: number): string => dayText(Math.floor(epochMs / HOUR_MS));

/** Its days, as `2027-01-31`, the first first. */
export function daysOfMonth(month: string): readonly string[] {
  const startMs = monthStartEpochMs(month);
  const count = Math.round((monthEndEpochMs(month) - startMs) / DAY_MS);
  return Array.from({ length: count }, (_, day) => dayOf(startMs + day * DAY_MS));
}

/** The months before one, the latest first. */
export function monthsBefore(month: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, back) => monthAfter(month, -1 - back));
}
