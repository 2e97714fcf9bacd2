import { expect, test } from "vitest";
import { ConnectionSpreads } from "../../../../layers/core/connection/connection-spreads.ts";
import {
  CONNECTION_LIFE_MS_MAX,
  PEOPLE_PER_SHARD,
  SPREAD_SETTLE_MS,
  SPREAD_STALE_MS_MAX,
} from "../../../../layers/core/connection/limits.ts";
import { channelOf } from "../../../../layers/core/message/channel.ts";
import { connectionSpreadKey } from "../../../../layers/core/store/keys.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { connectionBench, dividedBench, GATEWAY } from "../../../fixtures/connection-bench.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const ACME = tenant("acme");
const ALL = channelOf({ kind: "everyone" }, sha256);

test("more people than a part has are divided from the next connections on, and all are served all the time", async () => {
  const bench = await connectionBench();
  for (let number = 1; number <= PEOPLE_PER_SHARD + 1; number++)
    await bench.opened(`c${number}`, { subject: `s${number}` });
  const before = await bench.connections.shardsFor(ACME, ALL);
  await bench.ofShard(ACME, 0);

  const after = await bench.connections.shardsFor(ACME, ALL);
  const early = await bench.opened("early", { subject: "s1" });
  bench.clock.advance(SPREAD_SETTLE_MS);
  await bench.gateways.renew(GATEWAY);
  const shards = new Set<number>();
  for (let number = 1; number <= 40; number++) {
    const { shard } = await bench.opened(`late${number}`, { subject: `s${number}` });
    shards.add(shard);
    const theirs = channelOf({ kind: "member", subject: `s${number}` }, sha256);
    expect(await bench.connections.shardsFor(ACME, theirs)).toEqual(shard === 0 ? [0] : [0, 1]);
  }

  expect([before, after, early.shard]).toEqual([[0], [0, 1], 0]);
  expect([...shards].sort()).toEqual([0, 1]);
});

test("a tenant that writes to its members alone is divided by the comparison of its counts", async () => {
  const bench = await connectionBench();
  for (let number = 1; number <= PEOPLE_PER_SHARD + 1; number++)
    await bench.opened(`c${number}`, { subject: `s${number}` });

  await bench.connections.countStored(ACME);

  expect(await bench.connections.shardsFor(ACME, ALL)).toEqual([0, 1]);
});

test("many connections of one person are not divided", async () => {
  const bench = await connectionBench();
  for (let number = 1; number <= PEOPLE_PER_SHARD + 10; number++) await bench.opened(`c${number}`);

  await bench.ofShard(ACME, 0);

  expect(await bench.connections.shardsFor(ACME, ALL)).toEqual([0]);
});

test("people of a time before the last change don't change it again", async () => {
  const bench = await dividedBench(ACME);

  await bench.ofShard(ACME, 0);

  expect(await bench.connections.shardsFor(ACME, ALL)).toEqual([0, 1]);
});

test("the comparison of the counts makes fewer parts of a tenant whom most have left", async () => {
  const bench = await connectionBench();
  const spreads = new ConnectionSpreads(bench);
  await spreads.growFor(ACME, 8 * PEOPLE_PER_SHARD);
  bench.clock.advance(CONNECTION_LIFE_MS_MAX + 3 * SPREAD_SETTLE_MS);

  await bench.connections.countStored(ACME);
  const first = await bench.connections.shardsFor(ACME, ALL);
  bench.clock.advance(CONNECTION_LIFE_MS_MAX + 3 * SPREAD_SETTLE_MS);
  const later = await bench.connections.shardsFor(ACME, ALL);

  expect([first.length, later.length]).toEqual([8, 1]);
});

test("of two that change a spread at once one does", async () => {
  const { table, clock } = await connectionBench();
  const [one, other] = [new ConnectionSpreads({ table, clock }), new ConnectionSpreads({ table, clock })];
  await Promise.all([one.placed(ACME), other.placed(ACME)]);

  await Promise.all([one.growFor(ACME, 2 * PEOPLE_PER_SHARD), other.growFor(ACME, 8 * PEOPLE_PER_SHARD)]);
  clock.advance(SPREAD_STALE_MS_MAX + 1);

  expect(await table.get(connectionSpreadKey(ACME))).toMatchObject({ shards: 2, before: 1 });
  expect(await other.served(ACME)).toBe(2);
});

test("a spread that can't be read is a fault", async () => {
  const { table, clock } = await connectionBench();
  await table.put({ ...connectionSpreadKey(ACME), shards: 0 });

  const served = new ConnectionSpreads({ table, clock }).served(ACME);

  await expect(served).rejects.toMatchObject({ code: "connection_spread_corrupt" });
});
