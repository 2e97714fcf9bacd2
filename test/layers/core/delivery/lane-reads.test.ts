import { expect, test } from "vitest";
import { type Audience, channelOf } from "../../../../layers/core/message/channel.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { recordPartition } from "../../../../layers/core/store/keys.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { type LaneBench, laneBench } from "../../../fixtures/lane-bench.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import type { MemorySocket } from "../../../fixtures/memory-push.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const ACME = tenant("acme");
const OTHERS = 300;

interface Crowd extends LaneBench {
  /** Of Ann, who has two, in one part with those of many others. */
  readonly anns: readonly MemorySocket[];
  /** Brings a message there, and answers with how many connections were read on the way that lie beside others. */
  readBy(audience: Audience): Promise<number>;
}

async function crowd(): Promise<Crowd> {
  const clock = manualClock();
  const table = memoryTable(clock);
  let placesRead = 0;
  const counting: Table = {
    ...table,
    async query(range) {
      const page = await table.query(range);
      if (range.pk === recordPartition(ACME, "CONNECTION")) placesRead += page.items.length;
      return page;
    },
  };
  const bench = await laneBench({ table: counting, clock });
  for (let number = 1; number <= OTHERS; number++) await bench.opened(`c${number}`, { subject: `s${number % 100}` });
  const anns = [await bench.opened("of-ann"), await bench.opened("of-ann-too")].map(bench.push.connect);
  return {
    ...{ ...bench, anns },
    async readBy(audience) {
      const channel = channelOf(audience, sha256);
      const [upTo = 0] = await bench.stored(channel, ["hello"]);
      await bench.take({ channel, upTo });
      return placesRead;
    },
  };
}

test("a message to a member reads the connections of that member alone, however many lie beside them", async () => {
  const { anns, readBy, push } = await crowd();

  const read = await readBy({ kind: "member", subject: "ann" });

  expect(anns.map(({ taken }) => taken.length)).toEqual([1, 1]);
  expect(push.sends).toEqual([2]);
  expect(read).toBe(2);
});

test("a message to one connection reads none that lies beside it", async () => {
  const { anns, readBy, push } = await crowd();

  const read = await readBy({ kind: "connection", connectionId: "of-ann" });

  expect(anns.map(({ taken }) => taken.length)).toEqual([1, 0]);
  expect(push.sends).toEqual([1]);
  expect(read).toBe(0);
});

test("a message to all reads each connection of the part once", async () => {
  const { anns, readBy } = await crowd();

  const read = await readBy({ kind: "everyone" });

  expect(anns.map(({ taken }) => taken.length)).toEqual([1, 1]);
  expect(read).toBe(OTHERS + anns.length);
});
