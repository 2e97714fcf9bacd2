import { expect, test } from "vitest";
import { byDay, hoursOf, Span } from "../../../functions/tenants/usage-span.ts";
import { ok } from "../../../layers/core/result.ts";
import { epochHourOf, hourText } from "../../../layers/core/usage/hour.ts";
import { NO_USAGE } from "../../../layers/core/usage/usage-kind.ts";

const END = epochHourOf(Date.parse("2027-03-10T15:00:00Z"));

/** As texts, which read better than counted hours. */
function hours(by: "hour" | "day", from?: string, to?: string) {
  const span = hoursOf({ ...Span.parse({ from, to }), by }, END);
  return span.ok ? ok([hourText(span.value.fromEpochHour), hourText(span.value.untilEpochHour)]) : span;
}

test.each([
  ["hour", undefined, undefined, "2027-02-08T15", "2027-03-10T15"],
  ["day", undefined, undefined, "2027-02-08T00", "2027-03-10T15"],
  ["hour", "2027-03-01T10:59:59Z", "2027-03-01T12:00:00Z", "2027-03-01T10", "2027-03-01T12"],
  ["hour", "2027-03-01T10:00:00Z", "2027-03-01T12:00:00.001Z", "2027-03-01T10", "2027-03-01T13"],
  ["hour", "2027-03-01T10:00:00+02:00", undefined, "2027-03-01T08", "2027-03-10T15"],
  ["day", "2027-03-01T10:00:00Z", "2027-03-02T00:00:00Z", "2027-03-01T00", "2027-03-02T00"],
  ["day", "2027-03-01T10:00:00Z", "2027-03-02T00:30:00Z", "2027-03-01T00", "2027-03-03T00"],
  ["hour", "2027-03-10T14:00:00Z", "2099-01-01T00:00:00Z", "2027-03-10T14", "2027-03-10T15"],
  ["hour", "2026-03-09T15:00:00Z", undefined, "2026-03-09T15", "2027-03-10T15"],
] as const)("by the %s, from %s to %s, are those from %s up to %s", (by, from, to, first, until) => {
  expect(hours(by, from, to)).toEqual(ok([first, until]));
});

test.each([
  ["2027-03-01T10:00:00Z", "2027-03-01T10:00:00Z", "to is not after from"],
  ["2027-03-02T10:00:00Z", "2027-03-01T10:00:00Z", "to is not after from"],
  ["2026-03-09T14:59:59Z", undefined, "from and to may be 366 days apart"],
])("from %s to %s is refused", (from, to, detail) => {
  expect(hours("hour", from, to)).toMatchObject({ ok: false, problem: { status: 400, code: "span_invalid", detail } });
});

test("what has not begun yet has no hours", () => {
  const span = hoursOf({ ...Span.parse({ from: "2027-03-11T00:00:00Z" }), by: "hour" }, END);

  expect(span.ok && span.value.fromEpochHour > span.value.untilEpochHour).toBe(true);
});

test.each(["2027-03-01", "2027-03-01T10:00:00", "yesterday", "1795000000000"])("%s is no moment", (from) => {
  expect(Span.safeParse({ from }).success).toBe(false);
});

test("the hours of a day add up to it", () => {
  const at = (period: string, calls: number) => ({ period, totals: { ...NO_USAGE, calls } });

  expect(byDay([at("2027-03-01T22", 1), at("2027-03-01T23", 2), at("2027-03-02T00", 4)])).toEqual([
    at("2027-03-01", 3),
    at("2027-03-02", 4),
  ]);
});
