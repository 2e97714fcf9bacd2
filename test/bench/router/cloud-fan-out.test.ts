import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { meteredTable, StoreMeter } from "../../../bench/io/metered-stores.ts";
import { cloudRows } from "../../../bench/router/cloud.ts";
import { type CloudLoad, cloudBounds, cloudPrice, cloudUse, PLACE_BYTES } from "../../../bench/router/cloud-fan-out.ts";
import { storedPlace } from "../../../layers/core/connection/stored-connection.ts";
import { channelOf } from "../../../layers/core/message/channel.ts";
import { sha256 } from "../../../layers/node/sha256.ts";
import { laneBench } from "../../fixtures/lane-bench.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { memoryTable } from "../../fixtures/memory-table.ts";
import { principalOf } from "../../fixtures/principals.ts";

const plan3: CloudLoad = { deliveriesPerSecond: 100_000, hearersPerMessage: 1_000, messageBytes: 500 };

test("plan 3's deliveries, to a thousand at a time, are a hundred messages and four hundred lanes a second", () => {
  const use = cloudUse(plan3);

  expect(use).toMatchObject({ published: 100, shards: 4, lanes: 400, partitions: 1, tableWrites: 900 });
  // A log of one unit, and 250 connections of four tenths of a kilobyte.
  expect(use.tableReads).toBe(400 * (1 + 26));
  expect(use.queueRequests).toBe(1_200);
  // 250 texts take 80 ms to answer, 64 at a time, and 75 ms to send.
  expect(use.functionsAtOnce).toBe(32);
});

describe("a million deliveries cost", () => {
  test("what API Gateway asks for as many messages, and little beside it where many hear each", () => {
    const price = cloudPrice(plan3);

    expect(price.connections).toBe(1);
    expect(price.all).toBeCloseTo(1.03, 2);
    expect(price.all - price.connections).toBeLessThan(0.05);
  });

  test("more for storing, calling and claiming than for sending where one hears each", () => {
    const price = cloudPrice({ ...plan3, hearersPerMessage: 1 });

    expect(price.table).toBeCloseTo(3 * 0.625 + 2 * 0.125);
    expect(price.queue).toBeCloseTo(1.5);
    expect(price.connections).toBe(1);
    expect(price.functions).toBeLessThan(1);
  });

  test("as many times more as 32 KB go into a message", () => {
    expect(cloudPrice({ ...plan3, messageBytes: 32 * 1024 }).connections).toBe(1);
    expect(cloudPrice({ ...plan3, messageBytes: 32 * 1024 + 1 }).connections).toBe(2);
  });
});

test("only the texts to connections go over what an account is given, ten times, where a thousand hear each message", () => {
  const bounds = cloudBounds(plan3, { connections: 20_000 });

  const over = bounds.filter(({ needed, quota }) => needed > quota).map(({ name }) => name);
  expect(over).toEqual(["texts to connections"]);
  expect(bounds.at(-1)).toMatchObject({ needed: 100_000, quota: 10_000 });
});

test("a connection is no larger beside others than it is taken for", () => {
  const connection = {
    connectionId: "L0SM9cOFvHcCIhw=",
    gateway: "ap-southeast-2:abc123def4",
    principal: principalOf({ subject: "google-oauth2|108204268033311374519" }),
    protocol: "skein.v1",
    shard: 12,
    spread: 1_024,
    joined: [],
    connectedAtEpochMs: Date.UTC(2026, 10, 21),
    endsAtEpochMs: Date.UTC(2026, 10, 21, 2),
  } as const;

  const item = storedPlace(connection, sha256("x"));

  expect(Buffer.byteLength(JSON.stringify(item))).toBeLessThanOrEqual(PLACE_BYTES);
});

test("a message to one of three hundred people asks the table for what is reckoned for one who hears it", async () => {
  const clock = manualClock();
  const meter = new StoreMeter();
  const bench = await laneBench({ table: meteredTable(memoryTable(clock), meter), clock });
  for (let number = 1; number <= 300; number++) await bench.opened(`c${number}`, { subject: `s${number}` });
  bench.push.connect(await bench.opened("of-ann"));
  const channel = channelOf({ kind: "member", subject: "ann" }, sha256);
  await bench.stored(channel, ["one"]);
  await bench.take({ channel, upTo: 1 });
  await bench.stored(channel, ["two"]);
  meter.reset();

  await bench.take({ channel, upTo: 2 });

  const { published, lanes, tableReads, tableWrites } = cloudUse({ ...plan3, hearersPerMessage: 1 });
  const { readUnits, writeUnits } = meter.reset();
  expect(bench.push.sends).toEqual([1, 1]);
  expect({ readUnits, writeUnits }).toEqual({
    readUnits: tableReads / lanes,
    writeUnits: (tableWrites - published) / lanes,
  });
});

test("what the bench prints of it has a name for each value", () => {
  const rows = cloudRows();

  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
  for (const { value } of rows) expect(value).toBeGreaterThan(0);
});

test("the page on deploying says what the bench reckons", () => {
  const page = readFileSync(resolve(import.meta.dirname, "../../../docs/deploy.md"), "utf8");
  const [one, ten, hundred, thousand] = [1, 10, 100, 1_000].map((hearersPerMessage) =>
    cloudPrice({ ...plan3, hearersPerMessage }).all.toFixed(2),
  );

  expect(page).toContain(`where one person hears each message | $${one} |`);
  expect(page).toContain(`| $${ten}; $${hundred}; $${thousand} |`);
});
