import { expect, test } from "vitest";
import type { ChannelId } from "../../../../layers/core/message/channel.ts";
import { CHANNEL_LIST_MAX, CHANNELS_MAX } from "../../../../layers/core/message/limits.ts";
import { ok, refused } from "../../../../layers/core/result.ts";
import { acme, bar, channel, draft, everyone, logParts, messageBench, value } from "./message-bench.ts";

const named = (number: number): ChannelId => channel(`channel:c${String(number).padStart(4, "0")}`);

test("a channel is made with its first message, once, and is listed with how long its messages are kept", async () => {
  const { log, channels, clock } = messageBench();
  const madeAtEpochMs = clock.nowMs();
  await log.append(acme, channel("channel:deploys"), [draft("a")]);
  clock.advance(1_000);
  await log.append(acme, channel("channel:deploys"), [draft("b")]);
  await log.append(acme, everyone, [draft("c")]);

  const listed = value(await channels.list(acme, { limit: 10 }));

  const record = { channel: "channel:deploys", floor: 0, raisedAtEpochMs: madeAtEpochMs, madeAtEpochMs, life: 1 };
  expect(listed).toEqual({ channels: [{ ...record, retentionSeconds: 604_800 }] });
  expect(await channels.list(bar, { limit: 10 })).toEqual(ok({ channels: [] }));
});

test("a channel is set up before its first message or after it, within the bounds of a retention", async () => {
  const { log, channels } = messageBench();
  const setUp = (retentionSeconds: number) => channels.setUp(acme, channel("channel:x"), { retentionSeconds });
  const invalid = refused({ reason: "retention_invalid", secondsMin: 3_600, secondsMax: 7_776_000 });

  for (const wrong of [0, -1, 3_599, 7_776_001, 3_600.5, Number.NaN]) expect(await setUp(wrong)).toEqual(invalid);
  expect(await channels.find(acme, channel("channel:x"))).toBeUndefined();
  expect(value(await setUp(3_600))).toMatchObject({ retentionSeconds: 3_600 });
  await log.append(acme, channel("channel:x"), [draft("a")]);
  expect(value(await setUp(7_776_000))).toMatchObject({ retentionSeconds: 7_776_000, floor: 0 });
  expect(await channels.find(bar, channel("channel:x"))).toBeUndefined();
});

test("of a thousand channels and no more, however many are made at once, and those that are there go on", async () => {
  const bench = messageBench();
  const made = Array.from({ length: CHANNELS_MAX - 1 }, (_, number) => bench.channels.make(acme, named(number)));
  await Promise.all(made);
  const others = [1, 2, 3].map((number) => logParts({ ...bench, seed: number }).channels);

  const last = await Promise.all(others.map((each, number) => each.make(acme, named(5_000 + number))));

  expect(last.filter((each) => each.ok)).toHaveLength(1);
  expect(last.filter((each) => !each.ok)).toEqual(
    [1, 2].map(() => refused({ reason: "channels_reached", limit: CHANNELS_MAX })),
  );
  expect(value(await bench.channels.make(acme, named(7)))).toMatchObject({ channel: "channel:c0007" });
  expect(value(await bench.channels.setUp(acme, named(7), { retentionSeconds: 3_600 })).retentionSeconds).toBe(3_600);
  expect(value(await bench.channels.make(bar, named(6_000)))).toMatchObject({ channel: "channel:c6000" });
  expect(value(await bench.log.append(acme, channel("member:".padEnd(50, "x")), [draft("a")]))).toHaveLength(1);
  const refusal = await bench.log.append(acme, named(9_000), [draft("a")]);
  expect(refusal).toEqual(refused({ reason: "channels_reached", limit: CHANNELS_MAX }));
});

test("a name that was taken by who died before its channel was made is made good by the next publisher", async () => {
  const bench = messageBench();
  const dying = logParts({ ...bench, table: { ...bench.table, put: () => new Promise<never>(() => {}) } });
  void dying.log.append(acme, named(1), [draft("never")]);
  const names = { pk: "TENANT#acme#CHANNEL", sk: "NAMES" };
  await expect.poll(async () => (await bench.table.get(names))?.count).toBe(1);

  await bench.log.append(acme, named(1), [draft("a")]);

  expect(value(await bench.channels.list(acme, { limit: 10 })).channels).toHaveLength(1);
  expect((await bench.table.get(names))?.count).toBe(1);
});

test("a list comes in pages, each of as many as were asked for", async () => {
  const { channels } = messageBench();
  for (const number of [1, 2, 3, 4, 5]) await channels.make(acme, named(number));

  const first = value(await channels.list(acme, { limit: 2 }));
  const second = value(await channels.list(acme, { limit: 2, cursor: first.cursor }));
  const third = value(await channels.list(acme, { limit: 2, cursor: second.cursor }));

  const names = [first, second, third].map((page) => page.channels.map((each) => each.channel.slice(-1)).join(""));
  expect(names).toEqual(["12", "34", "5"]);
  expect(third.cursor).toBeUndefined();
  for (const limit of [0, -1, 1.5, Number.NaN, CHANNEL_LIST_MAX + 1])
    expect(await channels.list(acme, { limit })).toEqual(
      refused({ reason: "channel_limit_invalid", limitMax: CHANNEL_LIST_MAX }),
    );
  expect(await channels.list(acme, { limit: 1, cursor: "no channel" })).toEqual(
    refused({ reason: "channel_cursor_malformed" }),
  );
});

test("who raises a floor late changes nothing", async () => {
  const { channels } = messageBench();
  await channels.make(acme, everyone);
  await channels.raiseFloor(acme, everyone, { from: 0, to: 1_000_000_000 });
  await channels.raiseFloor(acme, everyone, { from: 1_000_000_000, to: 2_000_000_000 });

  await channels.raiseFloor(acme, everyone, { from: 0, to: 1_000_000_000 });

  expect((await channels.find(acme, everyone))?.floor).toBe(2_000_000_000);
});
