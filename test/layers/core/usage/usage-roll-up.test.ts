import { expect, test } from "vitest";
import { recordPartition, usageMarkPartition } from "../../../../layers/core/store/keys.ts";
import { FLEET_TENANT } from "../../../../layers/core/tenant/tenant-id.ts";
import { epochHourOf, HOUR_MS } from "../../../../layers/core/usage/hour.ts";
import { MARKS_PAGE, READINGS_KEPT_MS } from "../../../../layers/core/usage/limits.ts";
import { storeSum } from "../../../../layers/core/usage/usage-sums.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { RIPE_MS, usageRegion } from "./usage-parts.ts";

const [acme, beta] = [tenant("acme"), tenant("beta")];
const forEver = { untilEpochMs: Number.POSITIVE_INFINITY };

test("hours become days and days months, and tenants stay apart", async () => {
  const region = usageRegion();
  await region.calls(acme, { calls: 1 });
  await region.calls(beta, { calls: 100 });
  region.clock.advance(HOUR_MS);
  await region.calls(acme, { calls: 10 });
  region.clock.advance(24 * HOUR_MS);
  await region.calls(acme, { calls: 1_000 });

  await region.settle();

  const from = epochHourOf(Date.UTC(2027, 0, 15));
  const hours = await region.book.hours(acme, { fromEpochHour: from, untilEpochHour: from + 48 });
  expect(hours.map(({ period, totals }) => [period, totals.calls])).toEqual([
    ["2027-01-15T09", 1],
    ["2027-01-15T10", 10],
    ["2027-01-16T10", 1_000],
  ]);
  const days = await region.book.days(acme, "2027-01");
  expect(days.map(({ period, totals }) => [period, totals.calls])).toEqual([
    ["2027-01-15", 11],
    ["2027-01-16", 1_000],
  ]);
  expect(await region.book.month(acme, "2027-01")).toMatchObject({ calls: 1_011 });
  expect(await region.book.month(beta, "2027-01")).toMatchObject({ calls: 100 });
});

test("a run follows the marks that are ripe, once, and leaves the others", async () => {
  const region = usageRegion();
  await region.calls(acme, { calls: 1 });
  region.clock.advance(RIPE_MS);
  await region.calls(beta, { calls: 1 });

  const first = await region.rollUp.run(forEver);
  const second = await region.rollUp.run(forEver);

  expect([first, second]).toEqual([
    { marksDone: 1, isFinished: true },
    { marksDone: 0, isFinished: true },
  ]);
  expect(await region.book.month(beta, "2027-01")).toMatchObject({ calls: 0 });
});

test("a consumer marks an hour once a window, however many readings come", async () => {
  const region = usageRegion();

  for (let seq = 1; seq <= 50; seq++) await region.calls(acme, { seq, calls: seq });
  region.clock.advance(60_000);
  await region.calls(acme, { seq: 51, calls: 51 });

  const { items } = await region.table.query({ pk: usageMarkPartition(FLEET_TENANT, "eu-west-1"), limit: 100 });
  expect(items).toHaveLength(2);
});

test("what comes after a window was followed is found by the next run", async () => {
  const region = usageRegion();
  await region.calls(acme, { seq: 1, calls: 1 });
  await region.settle();

  await region.calls(acme, { seq: 2, calls: 7 });
  await region.settle();

  expect(await region.book.month(acme, "2027-01")).toMatchObject({ calls: 7 });
});

test("a run that has no time left does nothing, and the next one goes on", async () => {
  const region = usageRegion();
  await region.calls(acme, { calls: 1 });
  region.clock.advance(RIPE_MS);

  const late = await region.rollUp.run({ untilEpochMs: region.clock.nowMs() });
  const next = await region.rollUp.run(forEver);

  expect(late).toEqual({ marksDone: 0, isFinished: false });
  expect(next).toEqual({ marksDone: 1, isFinished: true });
});

test("more marks than one page holds are followed in one run", async () => {
  const region = usageRegion();
  const tenants = Array.from({ length: MARKS_PAGE + 30 }, (_, n) => tenant(`t${n}`));
  for (const one of tenants) await region.calls(one, { calls: 2 });
  region.clock.advance(RIPE_MS);

  const run = await region.rollUp.run(forEver);

  expect(run).toEqual({ marksDone: tenants.length, isFinished: true });
  expect(await region.book.month(tenants.at(-1) ?? acme, "2027-01")).toMatchObject({ calls: 2 });
});

test("a tenant whose usage can't be read holds no other tenant up, and stays marked", async () => {
  const region = usageRegion();
  await region.calls(acme, { calls: 1 });
  await region.calls(beta, { calls: 1 });
  await region.table.put({ pk: recordPartition(acme, "USAGE-SOURCE"), sk: "eu-west-1#2027-01-15T09#bad", seq: "x" });

  await region.settle();

  expect(region.reports).toMatchObject([{ code: "usage_corrupt" }]);
  expect(await region.book.month(beta, "2027-01")).toMatchObject({ calls: 1 });
  expect(await region.rollUp.run(forEver)).toEqual({ marksDone: 0, isFinished: true });
  expect(region.reports).toHaveLength(2);
});

test("a sum that has seen less never takes the place of one that has seen more", async () => {
  const { table, book } = usageRegion();
  const totals = { ...(await book.month(acme, "2027-01")) };
  const sum = { kind: "USAGE-MONTH", period: "2027-01", region: "eu-west-1" } as const;

  await storeSum(table, acme, { ...sum, seq: 5, totals: { ...totals, calls: 50 } });
  await storeSum(table, acme, { ...sum, seq: 4, totals: { ...totals, calls: 40 } });
  await storeSum(table, acme, { ...sum, seq: 5, totals: { ...totals, calls: 40 } });

  expect(await book.month(acme, "2027-01")).toMatchObject({ calls: 50 });
});

test("regions sum up what is theirs, and whoever reads adds them together", async () => {
  const here = usageRegion();
  const there = usageRegion({ clock: here.clock, table: here.table, region: "us-east-1" });

  await here.calls(acme, { calls: 1 });
  await there.calls(acme, { calls: 10 });
  await here.settle();
  await there.rollUp.run(forEver);

  expect(await here.book.month(acme, "2027-01")).toMatchObject({ calls: 11 });
  expect(await here.book.days(acme, "2027-01")).toMatchObject([{ period: "2027-01-15", totals: { calls: 11 } }]);
});

test("once the readings are gone their sums stay, also where the hour is marked again", async () => {
  const region = usageRegion();
  const epochHour = epochHourOf(region.clock.nowMs());
  await region.calls(acme, { calls: 5 });
  await region.settle();

  region.clock.advance(READINGS_KEPT_MS + HOUR_MS);
  await region.marks.mark(acme, epochHour);
  await region.settle();

  const { items } = await region.table.query({ pk: recordPartition(acme, "USAGE-SOURCE"), limit: 10 });
  expect(items).toEqual([]);
  expect(await region.book.month(acme, "2027-01")).toMatchObject({ calls: 5 });
});

test("a mark of a tenant that was erased meanwhile brings nothing back", async () => {
  const region = usageRegion();

  await region.marks.mark(acme, epochHourOf(region.clock.nowMs()));
  await region.settle();

  for (const kind of ["USAGE-HOUR", "USAGE-DAY", "USAGE-MONTH"] as const) {
    expect(await region.table.query({ pk: recordPartition(acme, kind), limit: 10 })).toEqual({ items: [] });
  }
});
