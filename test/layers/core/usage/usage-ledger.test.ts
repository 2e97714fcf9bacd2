import { expect, test } from "vitest";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { epochHourOf, HOUR_MS } from "../../../../layers/core/usage/hour.ts";
import { READING_EARLY_MS_MAX, READING_LATE_MS_MAX } from "../../../../layers/core/usage/limits.ts";
import { ReadingUntimely } from "../../../../layers/core/usage/usage-ledger.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { usageRegion } from "./usage-parts.ts";

const acme = tenant("acme");

test("a reading that comes twice, or after a later one, changes nothing", async () => {
  const region = usageRegion();

  await region.calls(acme, { seq: 2, calls: 5 });
  await region.calls(acme, { seq: 2, calls: 5 });
  await region.calls(acme, { seq: 1, calls: 3 });
  await region.settle();

  expect(await region.book.month(acme, "2027-01")).toMatchObject({ calls: 5 });
});

test("sources add up", async () => {
  const region = usageRegion();

  await region.calls(acme, { source: "a.0", calls: 5 });
  await region.calls(acme, { source: "b.0", calls: 3 });
  await region.settle();

  expect(await region.book.month(acme, "2027-01")).toMatchObject({ calls: 8 });
});

test("a consumer that ends between the reading and its mark is made good when the message comes again", async () => {
  let faults = 0;
  const shaky = (table: Table): Table => ({
    ...table,
    put: async (...given) => {
      await table.put(...given);
      faults++;
      if (faults === 1) throw new StoreFault("table", "put", { cause: "answer lost" });
      return table.put(...given);
    },
  });
  const region = usageRegion({ shaky });

  await expect(region.calls(acme, { calls: 5 })).rejects.toThrow(StoreFault);
  await region.calls(acme, { calls: 5 });
  await region.settle();

  expect(await region.book.month(acme, "2027-01")).toMatchObject({ calls: 5 });
});

test("a late reading still counts in its own hour, until it is too late", async () => {
  const region = usageRegion();
  const hour = epochHourOf(region.clock.nowMs());
  region.clock.advance((hour + 1) * HOUR_MS + READING_LATE_MS_MAX - region.clock.nowMs());

  await region.calls(acme, { source: "a.0", calls: 5, epochHour: hour });
  await region.settle();
  const tooLate = region.calls(acme, { source: "b.0", calls: 5, epochHour: hour });

  await expect(tooLate).rejects.toThrow(ReadingUntimely);
  expect(await region.book.days(acme, "2027-01")).toMatchObject([{ period: "2027-01-15", totals: { calls: 5 } }]);
});

test("an hour may begin somewhat ahead of the consumer's clock, and not more", async () => {
  const region = usageRegion();
  const next = epochHourOf(region.clock.nowMs()) + 1;
  region.clock.advance(next * HOUR_MS - READING_EARLY_MS_MAX - region.clock.nowMs());

  await region.calls(acme, { calls: 5, epochHour: next });
  const tooEarly = region.calls(acme, { calls: 5, epochHour: next + 1 });

  await expect(tooEarly).rejects.toThrow(ReadingUntimely);
});
