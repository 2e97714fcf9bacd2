import { describe, expect, test } from "vitest";
import {
  CHANNELS_MAX,
  RECEIPT_KEPT_SECONDS,
  REMOVED_CHANNEL_KEPT_SECONDS,
} from "../../../../layers/core/message/limits.ts";
import { Receipts } from "../../../../layers/core/message/receipts.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Item, ItemKey, Table } from "../../../../layers/core/ports/table.ts";
import { ok, refused } from "../../../../layers/core/result.ts";
import { channelKey, channelNamesKey } from "../../../../layers/core/store/keys.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import {
  acme,
  bar,
  channel,
  draft,
  everyone,
  logParts,
  type MessageBench,
  messageBench,
  readOn,
  told,
  value,
} from "./message-bench.ts";

const OLD = channel("channel:old");
const SECTION = 1_000_000_000;

const listed = async ({ channels }: Pick<MessageBench, "channels">) =>
  value(await channels.list(acme, { limit: 100 })).channels.map(({ channel: name }) => name);
const counted = async ({ table }: MessageBench): Promise<unknown> => (await table.get(channelNamesKey(acme)))?.count;

/** A way to the table on which something happens, once, before or in place of the first writing of an item. */
function beforeWriting(table: Table, isIt: (item: ItemKey) => boolean, happens: () => Promise<void>): Table {
  let isToCome = true;
  const then = async <T>(key: ItemKey, write: () => Promise<T>): Promise<T> => {
    if (isToCome && isIt(key)) {
      isToCome = false;
      await happens();
    }
    return write();
  };
  return {
    ...table,
    put: (item: Item, condition) => then(item, () => table.put(item, condition)),
    update: (key, change, condition) => then(key, () => table.update(key, change, condition)),
  };
}

const isNames = ({ pk, sk }: ItemKey): boolean => pk === channelNamesKey(acme).pk && sk === channelNamesKey(acme).sk;
const isRecord = ({ pk, sk }: ItemKey): boolean => pk === channelKey(acme, OLD).pk && sk === OLD;
const isMessage = ({ pk }: ItemKey): boolean => pk.endsWith("#MESSAGE");
const dies = (): Promise<never> => Promise.reject(new StoreFault("table", "put", { cause: "cut" }));

test("a removed channel is listed no more and does not count, and what was said there is read as it was", async () => {
  const bench = messageBench();
  await bench.log.append(acme, OLD, [draft("a"), draft("b")]);
  await bench.log.append(acme, channel("channel:other"), [draft("c")]);
  await bench.log.append(bar, OLD, [draft("d")]);

  await bench.log.remove(acme, OLD);

  expect(await listed(bench)).toEqual(["channel:other"]);
  expect(await counted(bench)).toBe(1);
  expect(await readOn(bench.log, { channel: OLD, after: 0 })).toEqual(["1 a", "2 b"]);
  expect(told((await bench.log.history(acme, { channel: OLD, limit: 5 })).messages)).toEqual(["2 b", "1 a"]);
  expect(value(await bench.channels.list(bar, { limit: 5 })).channels).toHaveLength(1);
});

test("to remove a channel again, or one that never was, changes nothing", async () => {
  const bench = messageBench();
  await bench.log.append(acme, OLD, [draft("a")]);
  await bench.log.append(acme, channel("channel:other"), [draft("b")]);
  await bench.log.remove(acme, OLD);
  const record = await bench.channels.find(acme, OLD);
  bench.clock.advance(1_000);

  await bench.log.remove(acme, OLD);
  await bench.log.remove(acme, channel("channel:never"));

  expect(await bench.channels.find(acme, OLD)).toEqual(record);
  expect(await bench.channels.find(acme, channel("channel:never"))).toBeUndefined();
  expect(await counted(bench)).toBe(1);
});

test("a message makes a removed channel again, kept as any is, in numbers above those it had and with nothing missing between", async () => {
  const bench = messageBench();
  await bench.log.append(acme, OLD, [draft("a")]);
  await bench.channels.setUp(acme, OLD, { retentionSeconds: 3_600 });
  await bench.log.remove(acme, OLD);
  bench.clock.advance(1_000);

  const [message] = value(await bench.log.append(acme, OLD, [draft("b")]));

  expect(message?.seq).toBe(SECTION + 1);
  expect(await readOn(bench.log, { channel: OLD, after: 1 })).toEqual([`${SECTION + 1} b`]);
  expect(await bench.log.headOf(acme, OLD)).toBe(SECTION + 1);
  expect(value(await bench.channels.list(acme, { limit: 5 })).channels).toEqual([
    expect.objectContaining({ life: 2, retentionSeconds: 604_800, madeAtEpochMs: bench.clock.nowMs() }),
  ]);
  expect(await counted(bench)).toBe(1);
});

test("a removed channel is set up again as a new one, and removed again", async () => {
  const bench = messageBench();
  const setUp = () => bench.channels.setUp(acme, OLD, { retentionSeconds: 7_200 });
  await setUp();
  await bench.log.remove(acme, OLD);

  const again = await setUp();
  const whenSetUp = [await listed(bench), await counted(bench)];
  await bench.log.remove(acme, OLD);

  expect(again).toMatchObject(ok({ life: 2, retentionSeconds: 7_200 }));
  expect(whenSetUp).toEqual([[OLD], 1]);
  expect([await listed(bench), await counted(bench)]).toEqual([[], 0]);
});

test("a tenant that has all its channels has room for another once one is removed", async () => {
  const bench = messageBench();
  const names = Array.from({ length: CHANNELS_MAX }, (_, number) => channel(`channel:c${number}`));
  await Promise.all(names.map((name) => bench.channels.make(acme, name)));
  const before = await bench.channels.make(acme, OLD);

  await bench.log.remove(acme, channel("channel:c7"));
  const after = await bench.channels.make(acme, OLD);

  expect(before).toEqual(refused({ reason: "channels_reached", limit: CHANNELS_MAX }));
  expect(after).toMatchObject(ok({ channel: OLD }));
  expect(await bench.channels.make(acme, channel("channel:c7"))).toEqual(before);
});

test("who knew the log's end from before does not write behind its removal", async () => {
  const bench = messageBench();
  const other = logParts({ ...bench, seed: 2 });
  await other.log.append(acme, OLD, [draft("a")]);
  await bench.log.remove(acme, OLD);

  const [message] = value(await other.log.append(acme, OLD, [draft("b")]));

  expect(message?.seq).toBe(SECTION + 1);
  expect([await listed(bench), await counted(bench)]).toEqual([[OLD], 1]);
});

test("nobody writes into a channel that never had a message, and was removed, without making it again", async () => {
  const bench = messageBench();
  const other = logParts({ ...bench, seed: 2 });
  const late = logParts({ ...bench, table: beforeWriting(bench.table, isMessage, () => bench.log.remove(acme, OLD)) });
  await other.channels.make(acme, OLD);

  const [message] = value(await late.log.append(acme, OLD, [draft("a")]));

  expect(message?.seq).toBe(SECTION + 1);
  expect([await listed(bench), await counted(bench)]).toEqual([[OLD], 1]);
});

describe("while a channel is removed", () => {
  test("who publishes there all the time stands before its end, and is caught up with without another reading", async () => {
    const bench = messageBench();
    const other = logParts({ ...bench, seed: 2 });
    await other.log.append(acme, OLD, [draft("0")]);
    let [written, queries] = [0, 0];
    const table: Table = {
      ...bench.table,
      async put(item, condition) {
        if (isMessage(item) && written < 5) await other.log.append(acme, OLD, [draft(`${++written}`)]);
        return bench.table.put(item, condition);
      },
      query(range) {
        queries++;
        return bench.table.query(range);
      },
    };

    await logParts({ ...bench, table }).log.remove(acme, OLD);

    expect(await readOn(bench.log, { channel: OLD, after: 0 }, 10)).toEqual(["1 0", "2 1", "3 2", "4 3", "5 4", "6 5"]);
    expect([await listed(bench), await counted(bench), queries]).toEqual([[], 0, 1]);
  });

  test("who makes it again in between keeps its name", async () => {
    for (const isIt of [isMessage, isNames]) {
      const bench = messageBench();
      await bench.channels.make(acme, OLD);
      const table = beforeWriting(bench.table, isIt, async () => {
        await logParts({ ...bench, seed: 2 }).channels.setUp(acme, OLD, { retentionSeconds: 3_600 });
      });

      await logParts({ ...bench, table }).log.remove(acme, OLD);

      expect([await listed(bench), await counted(bench)]).toEqual([[OLD], 1]);
    }
  });

  test("who is at setting it up makes it again", async () => {
    const bench = messageBench();
    await bench.channels.make(acme, OLD);
    const table = beforeWriting(bench.table, isRecord, () => bench.log.remove(acme, OLD));

    const setUp = await logParts({ ...bench, table }).channels.setUp(acme, OLD, { retentionSeconds: 3_600 });

    expect(setUp).toMatchObject(ok({ life: 2, retentionSeconds: 3_600 }));
    expect([await listed(bench), await counted(bench)]).toEqual([[OLD], 1]);
  });

  test("others who remove it too give its name back once", async () => {
    const bench = messageBench();
    await bench.log.append(acme, channel("channel:other"), [draft("a")]);
    await bench.log.append(acme, OLD, [draft("b")]);

    await Promise.all([1, 2, 3].map((seed) => logParts({ ...bench, seed }).log.remove(acme, OLD)));

    expect([await listed(bench), await counted(bench)]).toEqual([["channel:other"], 1]);
  });
});

describe("of who died while removing a channel", () => {
  test.each([
    ["before its log was ended", isMessage],
    ["before its name was given back", isNames],
  ])("the work is done by whoever removes it again: %s", async (_when, isIt) => {
    const bench = messageBench();
    await bench.log.append(acme, OLD, [draft("a")]);
    const mortal = logParts({ ...bench, table: beforeWriting(bench.table, isIt, dies) });
    await expect(mortal.log.remove(acme, OLD)).rejects.toThrow(StoreFault);
    const inBetween = [await listed(bench), await counted(bench)];

    await bench.log.remove(acme, OLD);

    expect([...inBetween, await counted(bench)]).toEqual([[], 1, 0]);
    expect(value(await bench.log.append(acme, OLD, [draft("b")]))[0]?.seq).toBeGreaterThan(SECTION);
    expect([await listed(bench), await counted(bench)]).toEqual([[OLD], 1]);
  });

  test.each([
    ["before its log was ended", isMessage],
    ["before its name was given back", isNames],
  ])("nothing is left to whoever publishes there: %s", async (_when, isIt) => {
    const bench = messageBench();
    await bench.log.append(acme, OLD, [draft("a")]);
    const mortal = logParts({ ...bench, table: beforeWriting(bench.table, isIt, dies) });
    await expect(mortal.log.remove(acme, OLD)).rejects.toThrow(StoreFault);

    await logParts({ ...bench, seed: 2 }).log.append(acme, OLD, [draft("b")]);

    const read = await readOn(bench.log, { channel: OLD, after: 0 });
    expect(read.map((each) => each.slice(-1))).toEqual(["a", "b"]);
    expect([await listed(bench), await counted(bench)]).toEqual([[OLD], 1]);
  });
});

test("who took the name of a removed channel again and died leaves it to the next who makes it", async () => {
  const bench = messageBench();
  await bench.channels.make(acme, OLD);
  await bench.log.remove(acme, OLD);
  const mortal = logParts({ ...bench, table: beforeWriting(bench.table, isRecord, dies) });
  await expect(mortal.channels.make(acme, OLD)).rejects.toThrow(StoreFault);
  const leftBehind = [await listed(bench), await counted(bench)];

  const made = await bench.channels.make(acme, OLD);

  expect(leftBehind).toEqual([[], 1]);
  expect(made).toMatchObject(ok({ life: 2 }));
  expect([await listed(bench), await counted(bench)]).toEqual([[OLD], 1]);
});

test("the record of a removed channel is gone once nothing is left of it, and whoever comes then begins anew", async () => {
  const bench = messageBench();
  await bench.log.append(acme, OLD, [draft("a")]);
  await bench.log.remove(acme, OLD);
  bench.clock.advance(REMOVED_CHANNEL_KEPT_SECONDS * 1_000 - 1_000);
  const before = await bench.channels.find(acme, OLD);
  bench.clock.advance(2_000);

  const [message] = value(await bench.log.append(acme, OLD, [draft("b")]));

  expect(before).toBeDefined();
  expect(message?.seq).toBe(1);
  expect([await listed(bench), await counted(bench)]).toEqual([[OLD], 1]);
});

test("a channel that was made again stays as any does", async () => {
  const bench = messageBench();
  await bench.log.append(acme, OLD, [draft("a")]);
  await bench.log.remove(acme, OLD);
  await bench.log.append(acme, OLD, [draft("b")]);
  bench.clock.advance((REMOVED_CHANNEL_KEPT_SECONDS + 1) * 1_000);

  const [message] = value(await bench.log.append(acme, OLD, [draft("c")]));

  expect([await listed(bench), await counted(bench)]).toEqual([[OLD], 1]);
  expect(message?.seq).toBeGreaterThan(SECTION + 1);
});

test("receipts of a removed channel stay, and rise as long as its messages can be read", async () => {
  const { table, clock, log } = messageBench();
  const receipts = new Receipts({ table, clock, digest: sha256, log });
  await log.append(acme, OLD, [draft("a"), draft("b")]);
  await receipts.note(acme, { channel: OLD, subject: "ann", seq: 1 });

  await log.remove(acme, OLD);
  const risen = await receipts.note(acme, { channel: OLD, subject: "ann", seq: 2 });

  expect(risen).toMatchObject(ok({ seq: 2 }));
  expect(value(await receipts.list(acme, { channel: OLD, seq: 2, limit: 5 })).receipts).toHaveLength(1);
  expect(RECEIPT_KEPT_SECONDS).toBeLessThan(REMOVED_CHANNEL_KEPT_SECONDS);
});

test("a list passes over removed channels, and its pages are full all the same", async () => {
  const bench = messageBench();
  const names = Array.from({ length: 40 }, (_, number) => channel(`channel:c${String(number).padStart(2, "0")}`));
  for (const name of names) await bench.channels.make(acme, name);
  const left = names.filter((_, number) => number % 10 === 9);
  for (const name of names) if (!left.includes(name)) await bench.log.remove(acme, name);
  await bench.channels.make(acme, everyone);

  const first = value(await bench.channels.list(acme, { limit: 3 }));
  const second = value(await bench.channels.list(acme, { limit: 3, cursor: first.cursor }));

  expect([first, second].map(({ channels }) => channels.map((each) => each.channel))).toEqual([
    left.slice(0, 3),
    left.slice(3),
  ]);
  expect([first.cursor, second.cursor]).toEqual([left[2], undefined]);
});

test("a channel that was made before there were removals is read, set up, removed, and made again above what it had", async () => {
  const bench = messageBench();
  const madeAtEpochMs = bench.clock.nowMs();
  await bench.table.put({ ...channelKey(acme, OLD), floor: 0, raisedAtEpochMs: madeAtEpochMs, madeAtEpochMs });
  await bench.table.put({ ...channelNamesKey(acme), count: 1, [OLD]: madeAtEpochMs });
  await bench.log.append(acme, OLD, [draft("a")]);

  value(await bench.channels.setUp(acme, OLD, { retentionSeconds: 86_400 }));
  await bench.log.remove(acme, OLD);

  expect(await listed(bench)).toEqual([]);
  expect(await counted(bench)).toBe(0);
  await bench.log.append(acme, OLD, [draft("b")]);
  expect(await listed(bench)).toEqual([OLD]);
  expect(await counted(bench)).toBe(1);
  expect(await readOn(bench.log, { channel: OLD, after: 0 })).toEqual(["1 a", expect.stringMatching(/^\d+ b$/)]);
});
