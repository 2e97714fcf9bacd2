import { expect, test } from "vitest";
import { ChannelNames } from "../../../../layers/core/message/channel-names.ts";
import { CHANNELS_MAX } from "../../../../layers/core/message/limits.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { channelNamesKey } from "../../../../layers/core/store/keys.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { acme, bar, channel } from "./message-bench.ts";

const X = channel("channel:x");

function bench() {
  const table = memoryTable(manualClock());
  return { table, names: new ChannelNames({ table }), item: () => table.get(channelNamesKey(acme)) };
}

test("a name counts once, however often and by however many it is taken", async () => {
  const { names, item, table } = bench();
  const take = () => new ChannelNames({ table }).take(acme, { channel: X, life: 1 });

  const taken = [await names.take(acme, { channel: X, life: 1 }), ...(await Promise.all([take(), take()]))];

  expect(taken).toEqual([1, 1, 1]);
  expect(await item()).toMatchObject({ count: 1, [X]: 1 });
  expect(await names.isTaken(bar, { channel: X, life: 1 })).toBe(false);
});

test("a name that is taken for an earlier life goes over to the later one and counts no second time", async () => {
  const { names, item } = bench();
  await names.take(acme, { channel: X, life: 1 });

  const taken = await names.take(acme, { channel: X, life: 2 });
  await names.giveBack(acme, { channel: X, life: 1 });

  expect(taken).toBe(2);
  expect(await item()).toMatchObject({ count: 1, [X]: 2 });
});

test("who is behind is told the life for which a name is taken by now, and changes nothing", async () => {
  const { names, item } = bench();
  await names.take(acme, { channel: X, life: 3 });

  const taken = await names.take(acme, { channel: X, life: 1 });

  expect(taken).toBe(3);
  expect(await item()).toMatchObject({ count: 1, [X]: 3 });
});

test("a name is given back once, by whoever removes its life or a later one", async () => {
  const { names, item } = bench();
  await names.take(acme, { channel: X, life: 2 });
  const before = [1, 2, 3].map((life) => names.isTaken(acme, { channel: X, life }));

  for (const life of [1, 3, 3]) await names.giveBack(acme, { channel: X, life });

  expect(await Promise.all(before)).toEqual([false, true, true]);
  expect((await item())?.count).toBe(0);
  expect((await item())?.[X]).toBeUndefined();
});

test("of all that a tenant may have a name that is there goes on, and another is refused", async () => {
  const { names, table } = bench();
  await names.take(acme, { channel: X, life: 1 });
  await table.update(channelNamesKey(acme), { set: { count: CHANNELS_MAX } });

  const [same, later, other] = [
    await names.take(acme, { channel: X, life: 1 }),
    await names.take(acme, { channel: X, life: 2 }),
    await names.take(acme, { channel: channel("channel:y"), life: 1 }),
  ];

  expect([same, later, other]).toEqual([1, 2, undefined]);
});

test("a name that changes hands each time that somebody looks is given up, with a fault", async () => {
  const { table } = bench();
  let life = 0;
  const restless: Table = {
    ...table,
    async update(key, change, condition) {
      life++;
      await table.put({ ...channelNamesKey(acme), count: 1, [X]: life });
      return table.update(key, change, condition);
    },
  };

  const taking = new ChannelNames({ table: restless }).take(acme, { channel: X, life: 1_000 });

  await expect(taking).rejects.toMatchObject({ code: "channel_contended" });
});
