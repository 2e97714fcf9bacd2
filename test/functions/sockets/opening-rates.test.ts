import { beforeEach, describe, expect, test } from "vitest";
import { OPENINGS_PER_ADDRESS } from "../../../functions/sockets/limits.ts";
import { OpeningRates } from "../../../functions/sockets/opening-rates.ts";
import type { Table } from "../../../layers/core/ports/table.ts";
import { sha256 } from "../../../layers/node/sha256.ts";
import { type ManualClock, manualClock } from "../../fixtures/manual-clock.ts";
import { memoryTable } from "../../fixtures/memory-table.ts";

let clock: ManualClock;
let table: Table;
beforeEach(() => {
  clock = manualClock();
  table = memoryTable(clock);
});
const rates = () => new OpeningRates({ table, clock, digest: sha256, region: "here", report: () => {} });

async function opened(by: OpeningRates, address: string, tries: number): Promise<number> {
  let count = 0;
  for (let nth = 0; nth < tries; nth++) if (await by.mayOpen(address)) count++;
  return count;
}

describe("an address", () => {
  test("may open so many at once, in all processes together, and some more each second", async () => {
    const { requestBurst, requestsPerSecond } = OPENINGS_PER_ADDRESS;
    const [one, other] = [rates(), rates()];
    const first = await opened(one, "203.0.113.7", 2 * requestBurst);
    const second = await opened(other, "203.0.113.7", 2 * requestBurst);
    expect(first + second).toBeLessThanOrEqual(requestBurst);
    expect(first).toBeGreaterThan(requestBurst / 2);
    clock.advance(60_000);
    expect(await opened(one, "203.0.113.7", requestsPerSecond)).toBe(requestsPerSecond);
  });

  test("takes nothing of another's", async () => {
    const by = rates();
    await opened(by, "203.0.113.7", 500);
    expect(await opened(by, "203.0.113.8", 10)).toBe(10);
  });

  test.each(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])(
    "of the machine itself (%s) may as it likes",
    async (own) => {
      expect(await opened(rates(), own, 1_000)).toBe(1_000);
    },
  );

  test.each(["128.0.0.1", "::2", "1127.0.0.1", ""])("%j is none of the machine's", async (other) => {
    expect(await opened(rates(), other, 1_000)).toBeLessThan(1_000);
  });
});
