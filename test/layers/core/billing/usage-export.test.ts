import { expect, test } from "vitest";
import {
  METER_NAMES,
  stripeMeterEvents,
  stripeMeterLines,
  usageCsv,
} from "../../../../layers/core/billing/usage-export.ts";
import { NO_USAGE, USAGE_KINDS } from "../../../../layers/core/usage/usage-kind.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const hours = [
  { period: "2027-01-31T09", totals: { ...NO_USAGE, calls: 25, bytesIn: 1_000 } },
  { period: "2027-01-31T10", totals: NO_USAGE },
];

test("an hour's usage is one meter event a kind, as Stripe takes it", () => {
  const events = stripeMeterEvents(acme, { customerId: "cus_1", hours });

  expect(events).toEqual([
    {
      event_name: "skein_calls",
      identifier: "sk_acme_2027-01-31T09_calls",
      timestamp: "2027-01-31T09:00:00.000Z",
      payload: { stripe_customer_id: "cus_1", value: "25" },
    },
    {
      event_name: "skein_bytes_in",
      identifier: "sk_acme_2027-01-31T09_bytesIn",
      timestamp: "2027-01-31T09:00:00.000Z",
      payload: { stripe_customer_id: "cus_1", value: "1000" },
    },
  ]);
  expect(
    stripeMeterLines(events)
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)),
  ).toEqual(events);
});

test("an identifier is no longer than Stripe takes, also for the longest name", () => {
  const longest = tenant("a".repeat(63));
  const all = { ...NO_USAGE };
  for (const kind of USAGE_KINDS) all[kind] = 1;

  const events = stripeMeterEvents(longest, { customerId: "c", hours: [{ period: "2027-01-31T09", totals: all }] });

  expect(Math.max(...events.map(({ identifier }) => identifier.length))).toBeLessThanOrEqual(100);
  expect(new Set(events.map(({ identifier }) => identifier)).size).toBe(USAGE_KINDS.length);
  expect(new Set(Object.values(METER_NAMES)).size).toBe(USAGE_KINDS.length);
});

test("a warehouse gets a row for each hour and kind that was used", () => {
  expect(usageCsv(acme, hours)).toBe(
    [
      "identifier,tenant,hour_start,kind,quantity",
      "sk_acme_2027-01-31T09_calls,acme,2027-01-31T09:00:00.000Z,calls,25",
      "sk_acme_2027-01-31T09_bytesIn,acme,2027-01-31T09:00:00.000Z,bytesIn,1000",
      "",
    ].join("\r\n"),
  );
});
