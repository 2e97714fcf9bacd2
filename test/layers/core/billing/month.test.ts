import { expect, test } from "vitest";
import {
  dayOf,
  daysOfMonth,
  isMonth,
  monthAfter,
  monthEndEpochMs,
  monthOf,
  monthStartEpochMs,
  monthsBefore,
} from "../../../../layers/core/billing/month.ts";

test.each([
  ["2027-01", 31, "2027-02"],
  ["2027-02", 28, "2027-03"],
  ["2028-02", 29, "2028-03"],
  ["2027-12", 31, "2028-01"],
])("%s has %i days and is over when %s begins", (month, count, next) => {
  const days = daysOfMonth(month);

  expect(days).toHaveLength(count);
  expect([days[0], days.at(-1)]).toEqual([`${month}-01`, `${month}-${count}`]);
  expect(monthEndEpochMs(month)).toBe(monthStartEpochMs(next));
  expect(monthAfter(month, 1)).toBe(next);
  expect(monthAfter(next, -1)).toBe(month);
});

test("the months before one go back over the year's beginning", () => {
  expect(monthsBefore("2027-02", 3)).toEqual(["2027-01", "2026-12", "2026-11"]);
});

test("a moment lies in a day and a month of UTC", () => {
  const last = Date.UTC(2027, 0, 31, 23, 59, 59, 999);

  expect([dayOf(last), monthOf(last), dayOf(last + 1), monthOf(last + 1)]).toEqual([
    "2027-01-31",
    "2027-01",
    "2027-02-01",
    "2027-02",
  ]);
});

test.each(["2027-00", "2027-13", "2027-1", "27-01", "2027-01-01", "", "2027-01#x"])("%j names no month", (raw) => {
  expect(isMonth(raw)).toBe(false);
});
