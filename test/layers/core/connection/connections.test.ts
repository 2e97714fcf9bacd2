import { expect, test } from "vitest";
import { CONNECTION_LIFE_MS_MAX, JOINED_MAX } from "../../../../layers/core/connection/limits.ts";
import { channelOf } from "../../../../layers/core/message/channel.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { ok, refused } from "../../../../layers/core/result.ts";
import { connectionKey, connectionPlaceKey } from "../../../../layers/core/store/keys.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { connectionBench, GATEWAY } from "../../../fixtures/connection-bench.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const ACME = tenant("acme");
const BOLT = tenant("bolt");
/** Of a connection of Ann's, who has them where no test says otherwise. */
const placeKey = (connectionId: string) =>
  connectionPlaceKey(ACME, { shard: 0, subjectDigest: sha256("ann"), connectionId });
const DEPLOYS = channelOf({ kind: "channel", name: "deploys" }, sha256);
const EVERYONE = channelOf({ kind: "everyone" }, sha256);

test("a connection is found by its id as it was opened, for two hours at most", async () => {
  const bench = await connectionBench();

  const opened = await bench.opened("c1", { subject: "ann", role: "viewer", protocol: "router" });
  const found = await bench.connections.find("c1");

  expect(found).toEqual(opened);
  expect(found).toEqual({
    connectionId: "c1",
    gateway: GATEWAY,
    principal: principalOf({ subject: "ann", role: "viewer" }),
    protocol: "router",
    shard: 0,
    spread: 1,
    joined: [],
    connectedAtEpochMs: bench.clock.nowMs(),
    endsAtEpochMs: bench.clock.nowMs() + CONNECTION_LIFE_MS_MAX,
  });
});

test("a credential that is over sooner ends its connection sooner, and one that is over later does not prolong it", async () => {
  const bench = await connectionBench();
  const nowMs = bench.clock.nowMs();

  const short = await bench.opened("c1", { endsAtEpochMs: nowMs + 5_000 });
  const long = await bench.opened("c2", { endsAtEpochMs: nowMs + 2 * CONNECTION_LIFE_MS_MAX });
  bench.clock.advance(5_000);

  expect([short.endsAtEpochMs, long.endsAtEpochMs]).toEqual([nowMs + 5_000, nowMs + CONNECTION_LIFE_MS_MAX]);
  expect(await bench.connections.find("c1")).toBeUndefined();
  expect(await bench.ofShard(ACME, 0)).toMatchObject([{ connectionId: "c2" }]);
});

test("a socket that says twice who it is belongs to whom it named first", async () => {
  const bench = await connectionBench();
  const first = await bench.opened("c1");
  const asked = { connectionId: "c1", gateway: GATEWAY, protocol: "router" } as const;

  const second = await bench.connections.open(
    { ...asked, principal: principalOf({ tenantId: BOLT, subject: "bob" }) },
    { connectionsMax: 10 },
  );

  expect(second).toEqual(refused({ reason: "connection_open" }));
  expect(await bench.connections.find("c1")).toEqual(first);
  expect([await bench.quotaUsed(ACME), await bench.quotaUsed(BOLT)]).toEqual([1, 0]);
  expect(await bench.ofShard(BOLT, 0)).toEqual([]);
});

test("of two that open one connection at once one does", async () => {
  const bench = await connectionBench();
  const draft = { connectionId: "c1", gateway: GATEWAY, protocol: "skein.v1", principal: principalOf() } as const;
  const open = () => bench.process().open(draft, { connectionsMax: 10 });

  const opened = await Promise.all([open(), open(), open()]);

  expect(opened.filter((one) => one.ok)).toHaveLength(1);
  expect(await bench.quotaUsed(ACME)).toBe(1);
});

test("a tenant at its limit is refused and no connection is written", async () => {
  const bench = await connectionBench();
  await bench.opened("c1");
  const draft = { connectionId: "c2", gateway: GATEWAY, protocol: "skein.v1", principal: principalOf() } as const;

  const second = await bench.connections.open(draft, { connectionsMax: 1 });

  expect(second).toEqual(refused({ reason: "quota_reached", quota: "connections", limit: 1 }));
  expect(await bench.connections.find("c2")).toBeUndefined();
  expect(await bench.ofShard(ACME, 0)).toHaveLength(1);
});

test("a connection that is closed is gone, gives its place back and is metered, all of them once", async () => {
  const bench = await connectionBench();
  await bench.opened("c1");
  bench.clock.advance(90_001);

  await Promise.all([bench.connections.close("c1"), bench.process().close("c1")]);
  await bench.connections.close("c1");

  expect(await bench.connections.find("c1")).toBeUndefined();
  expect(await bench.ofShard(ACME, 0)).toEqual([]);
  expect(await bench.quotaUsed(ACME)).toBe(0);
  expect(bench.metered).toEqual([{ tenantId: ACME, usage: { connectionSeconds: 91 } }]);
});

test("an opener that dies after either write leaves nobody connected, and its place comes back", async () => {
  for (const dies of [connectionKey("c1"), placeKey("c1")]) {
    const bench = await connectionBench();
    await bench.connections.close((await bench.opened("c0")).connectionId);
    const mortal = bench.process({ table: dyingAt(bench.table, dies.pk) });
    const draft = { connectionId: "c1", gateway: GATEWAY, protocol: "skein.v1", principal: principalOf() } as const;

    const opened = mortal.open(draft, { connectionsMax: 1 });
    await expect(opened).rejects.toThrow(StoreFault);
    await bench.connections.close("c1");
    bench.clock.advance(CALL_DURATION_MS_MAX);

    expect(await bench.ofShard(ACME, 0)).toEqual([]);
    expect(await bench.connections.open({ ...draft, connectionId: "c2" }, { connectionsMax: 1 })).toMatchObject({
      ok: true,
    });
  }
});

test("an opener that died between its writes is made whole where its client says again who it is", async () => {
  const bench = await connectionBench();
  const mortal = bench.process({
    table: dyingAt(bench.table, placeKey("c1").pk),
  });
  const draft = { connectionId: "c1", gateway: GATEWAY, protocol: "skein.v1", principal: principalOf() } as const;
  await expect(mortal.open(draft, { connectionsMax: 1 })).rejects.toThrow(StoreFault);

  const others = await bench.connections.place(BOLT, "c1");
  const before = await bench.ofShard(ACME, 0);
  const placed = [await bench.connections.place(ACME, "c1"), await bench.connections.place(ACME, "c1")];

  expect([others, before]).toEqual([refused({ reason: "connection_gone" }), []]);
  expect(placed).toMatchObject([{ value: { connectionId: "c1" } }, { value: { connectionId: "c1" } }]);
  expect(await bench.ofShard(ACME, 0)).toMatchObject([{ connectionId: "c1", subject: "ann" }]);
});

test("one that is closed while it is made whole leaves nothing behind", async () => {
  const bench = await connectionBench();
  await bench.opened("c1");
  const closing: Table = {
    ...bench.table,
    put: async (...of) => {
      await bench.connections.close("c1");
      return bench.table.put(...of);
    },
  };

  const placed = await bench.process({ table: closing }).place(ACME, "c1");

  expect(placed).toEqual(refused({ reason: "connection_gone" }));
  expect(await bench.ofShard(ACME, 0)).toEqual([]);
});

function dyingAt(table: Table, pk: string): Table {
  return {
    ...table,
    put: async (item, condition) => {
      if (item.pk === pk) throw new StoreFault("table", "put", { cause: "dead" });
      return table.put(item, condition);
    },
  };
}

test("a connection that was never closed ends by itself, and whoever looks meters it up to its end", async () => {
  const bench = await connectionBench();
  await bench.opened("c1", { endsAtEpochMs: bench.clock.nowMs() + 60_000 });
  bench.clock.advance(3_600_000);

  const counted = await bench.connections.countStored(ACME);

  expect(counted).toBe(0);
  expect(bench.metered).toEqual([{ tenantId: ACME, usage: { connectionSeconds: 60 } }]);
  expect(await bench.quotaUsed(ACME)).toBe(0);
  expect(await bench.table.get(connectionKey("c1"))).toBeUndefined();
});

test("a tenant that is full of connections which are over has room again", async () => {
  const bench = await connectionBench();
  await bench.opened("c1", { endsAtEpochMs: bench.clock.nowMs() + 60_000 });
  bench.clock.advance(CALL_DURATION_MS_MAX);
  const draft = { connectionId: "c2", gateway: GATEWAY, protocol: "skein.v1", principal: principalOf() } as const;

  await bench.gateways.renew(GATEWAY);
  const opened = await bench.connections.open(draft, { connectionsMax: 1 });

  expect(opened).toMatchObject({ ok: true });
  expect(await bench.quotaUsed(ACME)).toBe(1);
});

test("a store that fails while connections are taken off the record keeps them for the next who looks", async () => {
  const bench = await connectionBench();
  await bench.opened("c1", { endsAtEpochMs: bench.clock.nowMs() + 60_000 });
  bench.clock.advance(60_000);
  const failing: Table = {
    ...bench.table,
    delete: () => Promise.reject(new StoreFault("table", "delete", { cause: "down" })),
  };

  const counted = await bench.process({ table: failing }).countStored(ACME);
  const before = await bench.quotaUsed(ACME);
  await bench.connections.countStored(ACME);

  expect([counted, before, await bench.quotaUsed(ACME)]).toEqual([0, 1, 0]);
  expect(bench.reported).toMatchObject([{ code: "store_unavailable" }]);
  expect(bench.metered).toHaveLength(1);
});

test("one that can't be taken off the record holds up none of the others", async () => {
  const bench = await connectionBench();
  const endsAtEpochMs = bench.clock.nowMs() + 60_000;
  for (const id of ["c1", "c2", "c3"]) await bench.opened(id, { endsAtEpochMs });
  bench.clock.advance(60_000);
  const stuck = placeKey("c2");
  const failing: Table = {
    ...bench.table,
    async delete(key, condition) {
      if (key.sk === stuck.sk) throw new StoreFault("table", "delete", { cause: "down" });
      return bench.table.delete(key, condition);
    },
  };

  await bench.process({ table: failing }).countStored(ACME);

  expect(await bench.quotaUsed(ACME)).toBe(1);
  expect(bench.metered).toHaveLength(2);
  expect(bench.reported).toMatchObject([{ code: "store_unavailable" }]);
});

test("a channel that is joined is heard from then on, and one that is left is not", async () => {
  const bench = await connectionBench();
  await bench.opened("c1");
  const at = { connectionId: "c1", channel: DEPLOYS };

  const joined = await bench.connections.join(ACME, at);
  const again = await bench.connections.join(ACME, at);
  const heard = await bench.ofShard(ACME, 0);
  const left = await bench.connections.leave(ACME, at);

  expect([joined, again, left]).toMatchObject([
    { value: { joined: [DEPLOYS] } },
    { value: { joined: [DEPLOYS] } },
    { value: { joined: [] } },
  ]);
  expect(heard).toMatchObject([{ connectionId: "c1", joined: [DEPLOYS] }]);
  expect(await bench.ofShard(ACME, 0)).toMatchObject([{ joined: [] }]);
  expect((await bench.connections.find("c1"))?.joined).toEqual([]);
});

test("channels are joined together, or where one of them can't be none of them is", async () => {
  const bench = await connectionBench();
  await bench.opened("c1");
  const other = channelOf({ kind: "channel", name: "other" }, sha256);

  const none = await bench.connections.joinAll(ACME, { connectionId: "c1", channels: [DEPLOYS, EVERYONE] });
  const before = await bench.ofShard(ACME, 0);
  const both = await bench.connections.joinAll(ACME, { connectionId: "c1", channels: [DEPLOYS, other, DEPLOYS] });

  expect([none, before]).toMatchObject([refused({ reason: "channel_not_joinable" }), [{ joined: [] }]]);
  expect(both).toMatchObject(ok({ joined: [DEPLOYS, other] }));
  expect(await bench.ofShard(ACME, 0)).toMatchObject([{ joined: [DEPLOYS, other] }]);
});

test("joins of one connection in several processes are all kept", async () => {
  const bench = await connectionBench();
  await bench.opened("c1");
  const channels = ["a", "b", "c", "d"].map((name) => channelOf({ kind: "channel", name }, sha256));

  await Promise.all(channels.map((channel) => bench.process().join(ACME, { connectionId: "c1", channel })));

  const [place] = await bench.ofShard(ACME, 0);
  expect([...(place?.joined ?? [])].sort()).toEqual(channels);
  expect([...((await bench.connections.find("c1"))?.joined ?? [])].sort()).toEqual(channels);
});

test("a join that was written by half is made whole by the next", async () => {
  const bench = await connectionBench();
  await bench.opened("c1");
  let updates = 0;
  const mortal: Table = {
    ...bench.table,
    update: async (...of) => {
      updates++;
      if (updates === 2) throw new StoreFault("table", "update", { cause: "dead" });
      return bench.table.update(...of);
    },
  };
  const at = { connectionId: "c1", channel: DEPLOYS };
  await expect(bench.process({ table: mortal }).join(ACME, at)).rejects.toThrow(StoreFault);

  const before = await bench.ofShard(ACME, 0);
  const again = await bench.connections.join(ACME, at);

  expect(before).toMatchObject([{ joined: [] }]);
  expect(again).toMatchObject(ok({ joined: [DEPLOYS] }));
  expect(await bench.ofShard(ACME, 0)).toMatchObject([{ joined: [DEPLOYS] }]);
});

test("another tenant's connection looks as one that is not there", async () => {
  const bench = await connectionBench();
  await bench.opened("c1");
  const [theirs, none] = ["c1", "c9"].map((connectionId) => ({ connectionId, channel: DEPLOYS }));
  if (theirs === undefined || none === undefined) throw new TypeError();
  const ofTheirs = channelOf({ kind: "connection", connectionId: "c1" }, sha256);
  const ofNone = channelOf({ kind: "connection", connectionId: "c9" }, sha256);

  const joins = [await bench.connections.join(BOLT, theirs), await bench.connections.join(BOLT, none)];
  const leaves = [await bench.connections.leave(BOLT, theirs), await bench.connections.leave(BOLT, none)];
  const shards = [await bench.connections.shardsFor(BOLT, ofTheirs), await bench.connections.shardsFor(BOLT, ofNone)];

  for (const answer of [...joins, ...leaves]) expect(answer).toEqual(refused({ reason: "connection_gone" }));
  expect(shards).toEqual([[], []]);
  expect(await bench.connections.shardsFor(ACME, ofTheirs)).toEqual([0]);
  expect(await bench.connections.presence(BOLT)).toEqual({ members: [], isWhole: true });
});

test("what reaches people by itself can't be joined", async () => {
  const bench = await connectionBench();
  await bench.opened("c1");

  const joined = await bench.connections.join(ACME, { connectionId: "c1", channel: EVERYONE });

  expect(joined).toEqual(refused({ reason: "channel_not_joinable" }));
});

test("one more channel than a connection may have joined is refused", async () => {
  const bench = await connectionBench();
  await bench.opened("c1");
  for (let number = 1; number <= JOINED_MAX; number++) {
    const channel = channelOf({ kind: "channel", name: `c${number}` }, sha256);
    expect(await bench.connections.join(ACME, { connectionId: "c1", channel })).toMatchObject({ ok: true });
  }

  const joined = await bench.connections.join(ACME, { connectionId: "c1", channel: DEPLOYS });

  expect(joined).toEqual(refused({ reason: "too_many_joined", joinedMax: JOINED_MAX }));
});

test("a record that can't be read is told of and holds up no other", async () => {
  const bench = await connectionBench();
  await bench.opened("c1");
  await bench.table.put({ ...placeKey("c0"), gateway: 7 });

  const placed = await bench.ofShard(ACME, 0);

  expect(placed).toMatchObject([{ connectionId: "c1" }]);
  expect(bench.reported).toMatchObject([{ code: "connection_corrupt" }]);
  await bench.table.put({ ...connectionKey("c0"), tenantId: "acme" });
  await expect(bench.connections.find("c0")).rejects.toMatchObject({ code: "connection_corrupt" });
});
