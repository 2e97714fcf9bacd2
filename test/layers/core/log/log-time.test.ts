import fc from "fast-check";
import { expect, test } from "vitest";
import { parseLogTime } from "../../../../layers/core/log/log-time.ts";

const NOW_MS = Date.parse("2027-01-31T12:00:00Z");

const MOMENTS: readonly (readonly [text: string, iso: string])[] = [
  ["2027-01-31", "2027-01-31T00:00:00.000Z"],
  ["2027-01-31T09:30", "2027-01-31T09:30:00.000Z"],
  ["2027-01-31 09:30:15", "2027-01-31T09:30:15.000Z"],
  ["2027-01-31T09:30:15.5Z", "2027-01-31T09:30:15.500Z"],
  ["2027-01-31t09:30:15.123456789z", "2027-01-31T09:30:15.123Z"],
  ["2027-01-31T09:30+02:00", "2027-01-31T07:30:00.000Z"],
  ["2027-01-31T09:30-0530", "2027-01-31T15:00:00.000Z"],
  ["0s", "2027-01-31T12:00:00.000Z"],
  ["250ms", "2027-01-31T11:59:59.750Z"],
  ["90s", "2027-01-31T11:58:30.000Z"],
  ["15m", "2027-01-31T11:45:00.000Z"],
  ["2H", "2027-01-31T10:00:00.000Z"],
  ["3d", "2027-01-28T12:00:00.000Z"],
  ["1w", "2027-01-24T12:00:00.000Z"],
];

test.each(MOMENTS)("%s is %s", (text, iso) => {
  const moment = parseLogTime(text, NOW_MS);

  expect(moment.ok && new Date(moment.value).toISOString()).toBe(iso);
});

test.each([
  "",
  "now",
  "15",
  "m",
  "-5m",
  "1.5h",
  "2027",
  "2027-02-30",
  "2027-13-01",
  "2027-01-31T25:00",
  "09:30",
  "2027-01-31Z",
  "x2027-01-31",
  "5m ago",
])("%j is no time", (text) => {
  expect(parseLogTime(text, NOW_MS)).toEqual({ ok: false, problem: { reason: "time_malformed" } });
});

test("every moment is read back as it was written", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date("9999-12-31"), noInvalidDate: true }), (date) => {
      expect(parseLogTime(date.toISOString(), NOW_MS)).toEqual({ ok: true, value: date.getTime() });
    }),
  );
});
