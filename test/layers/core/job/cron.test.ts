import { expect, test } from "vitest";
import { CronClock } from "../../../../layers/core/job/cron.ts";

function clockOf(expression: string, zone = "UTC"): CronClock {
  const clock = CronClock.parse({ expression, zone });
  if (!clock.ok) throw new TypeError(clock.problem.detail);
  return clock.value;
}

/** The next times after a moment, as UTC. */
function times(
  expression: string,
  { after, zone, count = 3 }: { after: string; zone?: string; count?: number },
): string[] {
  const clock = clockOf(expression, zone);
  const found: string[] = [];
  let at: number | undefined = Date.parse(after);
  for (let index = 0; index < count; index++) {
    at = at === undefined ? undefined : clock.after(at);
    if (at !== undefined) found.push(new Date(at).toISOString().replace(":00.000Z", "Z"));
  }
  return found;
}

test.each([
  ["* * * * *", "2027-01-01T00:00:30Z", ["2027-01-01T00:01Z", "2027-01-01T00:02Z", "2027-01-01T00:03Z"]],
  ["*/20 * * * *", "2027-01-01T00:00:00Z", ["2027-01-01T00:20Z", "2027-01-01T00:40Z", "2027-01-01T01:00Z"]],
  ["5/25 0 * * *", "2027-01-01T00:00:00Z", ["2027-01-01T00:05Z", "2027-01-01T00:30Z", "2027-01-01T00:55Z"]],
  ["0 9-17/4 * * *", "2027-01-01T10:00:00Z", ["2027-01-01T13:00Z", "2027-01-01T17:00Z", "2027-01-02T09:00Z"]],
  ["30 8,20 * * *", "2027-12-31T20:29:59Z", ["2027-12-31T20:30Z", "2028-01-01T08:30Z", "2028-01-01T20:30Z"]],
  ["0 0 31 * *", "2027-01-31T00:00:00Z", ["2027-03-31T00:00Z", "2027-05-31T00:00Z", "2027-07-31T00:00Z"]],
  ["0 0 29 2 *", "2027-01-01T00:00:00Z", ["2028-02-29T00:00Z", "2032-02-29T00:00Z", "2036-02-29T00:00Z"]],
  ["0 0 29 FEB *", "2096-03-01T00:00:00Z", ["2104-02-29T00:00Z"]],
  ["0 12 * * mon-FRI", "2027-01-01T12:00:00Z", ["2027-01-04T12:00Z", "2027-01-05T12:00Z", "2027-01-06T12:00Z"]],
  ["0 0 * * 0", "2027-01-01T00:00:00Z", ["2027-01-03T00:00Z", "2027-01-10T00:00Z", "2027-01-17T00:00Z"]],
  ["0 0 * * 7", "2027-01-01T00:00:00Z", ["2027-01-03T00:00Z", "2027-01-10T00:00Z", "2027-01-17T00:00Z"]],
  ["0 0 * * 5-7", "2027-01-01T00:00:00Z", ["2027-01-02T00:00Z", "2027-01-03T00:00Z", "2027-01-08T00:00Z"]],
  ["0 0 13 * 5", "2027-08-01T00:00:00Z", ["2027-08-06T00:00Z", "2027-08-13T00:00Z", "2027-08-20T00:00Z"]],
  ["0 0 */10 * 5", "2027-01-01T00:00:00Z", ["2027-05-21T00:00Z", "2027-06-11T00:00Z", "2027-10-01T00:00Z"]],
  ["  0\t0 1 1 *  ", "2027-01-01T00:00:00Z", ["2028-01-01T00:00Z", "2029-01-01T00:00Z", "2030-01-01T00:00Z"]],
])("%s is due when its fields say so", (expression, after, expected) => {
  expect(times(expression, { after, count: expected.length })).toEqual(expected);
});

test.each([
  "",
  "* * * *",
  "* * * * * *",
  "60 * * * *",
  "* 24 * * *",
  "* * 0 * *",
  "* * 32 * *",
  "* * * 0 *",
  "* * * 13 *",
  "* * * * 8",
  "*/0 * * * *",
  "5-1 * * * *",
  "1,,2 * * * *",
  "-1 * * * *",
  "1.5 * * * *",
  "*-5 * * * *",
  "a * * * *",
  "* * * FOO *",
  "@daily",
  `${"0,".repeat(100)}0 * * * *`,
])("%j is refused", (expression) => {
  expect(CronClock.parse({ expression, zone: "UTC" })).toMatchObject({
    ok: false,
    problem: { reason: "cron_invalid", part: "expression" },
  });
});

test.each(["", "Europe/Nowhere", "+01:00", "UTC+1", "Europe/Berlin ", "../etc"])("the zone %j is refused", (zone) => {
  expect(CronClock.parse({ expression: "* * * * *", zone })).toMatchObject({ problem: { part: "zone" } });
});

test("a time that never comes is told so", () => {
  expect(clockOf("0 0 30 2 *").after(Date.UTC(2027, 0, 1))).toBeUndefined();
});

test("times are those that clocks of the zone show", () => {
  const berlin = times("30 8 * * *", { after: "2027-03-26T12:00:00Z", zone: "Europe/Berlin" });
  const kathmandu = times("0 0 1 * *", { after: "2027-01-15T00:00:00Z", zone: "Asia/Kathmandu", count: 1 });
  const apia = times("0 12 * * *", { after: "2027-01-01T00:00:00Z", zone: "Pacific/Apia", count: 1 });

  expect(berlin).toEqual(["2027-03-27T07:30Z", "2027-03-28T06:30Z", "2027-03-29T06:30Z"]);
  expect(kathmandu).toEqual(["2027-01-31T18:15Z"]);
  expect(apia).toEqual(["2027-01-01T23:00Z"]);
});

test("a local time that the change of the clocks leaves out is left out", () => {
  const daily = times("30 2 * * *", { after: "2027-03-26T12:00:00Z", zone: "Europe/Berlin" });
  const often = times("*/30 * * * *", { after: "2027-03-28T00:30:00Z", zone: "Europe/Berlin" });

  expect(daily).toEqual(["2027-03-27T01:30Z", "2027-03-29T00:30Z", "2027-03-30T00:30Z"]);
  expect(often).toEqual(["2027-03-28T01:00Z", "2027-03-28T01:30Z", "2027-03-28T02:00Z"]);
});

test("a local time that comes twice counts once, the first time", () => {
  const daily = times("30 2 * * *", { after: "2027-10-30T12:00:00Z", zone: "Europe/Berlin", count: 2 });
  const within = times("30 2 * * *", { after: "2027-10-31T00:45:00Z", zone: "Europe/Berlin", count: 1 });
  const between = times("15,45 * * * *", { after: "2027-10-31T00:40:00Z", zone: "Europe/Berlin" });

  expect(daily).toEqual(["2027-10-31T00:30Z", "2027-11-01T01:30Z"]);
  expect(within).toEqual(["2027-11-01T01:30Z"]);
  expect(between).toEqual(["2027-10-31T00:45Z", "2027-10-31T02:15Z", "2027-10-31T02:45Z"]);
});

test("a zone whose clocks change by half an hour, or at midnight, is kept to as well", () => {
  const lordHowe = times("45 1 * * *", { after: "2027-04-03T00:00:00Z", zone: "Australia/Lord_Howe", count: 2 });
  const santiago = times("0 0 * * *", { after: "2027-09-04T00:00:00Z", zone: "America/Santiago", count: 2 });

  expect(lordHowe).toEqual(["2027-04-03T14:45Z", "2027-04-04T15:15Z"]);
  expect(santiago).toEqual(["2027-09-04T04:00Z", "2027-09-06T03:00Z"]);
});
