import { expect, test } from "vitest";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import { MONTH_CALLS_FRESH_MS } from "../../../../layers/core/usage/limits.ts";
import { MonthCalls } from "../../../../layers/core/usage/month-calls.ts";
import { NO_USAGE } from "../../../../layers/core/usage/usage-kind.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");

function subject() {
  const clock = manualClock(Date.UTC(2027, 0, 31, 23, 50));
  const reads: string[] = [];
  const reports: unknown[] = [];
  const store = { calls: 5, isDown: false };
  const book = {
    month: async (_tenant: unknown, month: string) => {
      reads.push(month);
      if (store.isDown) throw new StoreFault("table", "query", { cause: "down" });
      return { ...NO_USAGE, calls: store.calls };
    },
  };
  return {
    clock,
    reads,
    reports,
    store,
    months: new MonthCalls({ book, clock, report: (fault) => reports.push(fault) }),
  };
}

test("the first to ask waits for one read, whoever else asks meanwhile", async () => {
  const { months, reads } = subject();

  const answers = await Promise.all([months.of(acme), months.of(acme)]);

  expect(answers).toEqual([5, 5]);
  expect(reads).toEqual(["2027-01"]);
});

test("what is known is answered at once, and read anew after a minute without anyone waiting", async () => {
  const { months, reads, store, clock } = subject();
  await months.of(acme);
  store.calls = 9;
  clock.advance(MONTH_CALLS_FRESH_MS);
  const fresh = months.of(acme);
  clock.advance(1);

  const old = [months.of(acme), months.of(acme)];
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();

  expect([fresh, ...old, months.of(acme)]).toEqual([5, 5, 5, 9]);
  expect(reads).toHaveLength(2);
});

test("a store that does not answer leaves the old answer, and is reported once a read", async () => {
  const { months, reports, store, clock } = subject();
  await months.of(acme);
  store.isDown = true;
  clock.advance(MONTH_CALLS_FRESH_MS + 1);

  const answers = [months.of(acme), months.of(acme)];
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();

  expect(answers).toEqual([5, 5]);
  expect(reports).toHaveLength(1);
});

test("where nothing is known a store that does not answer is a fault, and asked again", async () => {
  const { months, store } = subject();
  store.isDown = true;
  await expect(months.of(acme)).rejects.toThrow(StoreFault);

  store.isDown = false;

  expect(await months.of(acme)).toBe(5);
});

test("a new month begins at what it has itself", async () => {
  const { months, reads, store, clock } = subject();
  await months.of(acme);
  store.calls = 0;
  clock.advance(11 * 60_000);

  const calls = await months.of(acme);

  expect(calls).toBe(0);
  expect(reads).toEqual(["2027-01", "2027-02"]);
});
