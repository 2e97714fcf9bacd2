import { expect, test } from "vitest";
import { dayText, epochHourOf, hourText, monthText } from "../../../../layers/core/usage/hour.ts";

test.each([
  [Date.UTC(2027, 0, 31, 23, 59, 59, 999), "2027-01-31T23", "2027-01-31", "2027-01"],
  [Date.UTC(2027, 1, 1), "2027-02-01T00", "2027-02-01", "2027-02"],
  [Date.UTC(2028, 1, 29, 12, 30), "2028-02-29T12", "2028-02-29", "2028-02"],
])("%i lies in the hour %s, the day %s and the month %s of UTC", (epochMs, hour, day, month) => {
  const epochHour = epochHourOf(epochMs);

  expect([hourText(epochHour), dayText(epochHour), monthText(epochHour)]).toEqual([hour, day, month]);
});
