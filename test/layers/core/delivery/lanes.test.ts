import { expect, test } from "vitest";
import type { ConnectionDraft } from "../../../../layers/core/connection/connections.ts";
import {
  LANE_BATCH_CHARACTERS_MAX,
  LANE_CONTENDED_SECONDS,
  LANE_KEPT_MS,
  LANE_LEASE_MS,
  LANE_RECENT_MS,
} from "../../../../layers/core/delivery/limits.ts";
import { channelOf } from "../../../../layers/core/message/channel.ts";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { laneKey } from "../../../../layers/core/store/keys.ts";
import type { Principal } from "../../../../layers/core/tenant/principal.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { GATEWAY } from "../../../fixtures/connection-bench.ts";
import { type LaneBench, laneBench, plainFrames } from "../../../fixtures/lane-bench.ts";
import type { MemorySocket } from "../../../fixtures/memory-push.ts";
import { tenant } from "../../../fixtures/tenants.ts";
import { elapse } from "../../../fixtures/virtual-time.ts";

const ACME = tenant("acme");
const ALL = channelOf({ kind: "everyone" }, sha256);
const COMPLETE = { message: "complete" };

async function connected(
  bench: LaneBench,
  connectionId: string,
  given: Partial<Principal> & Partial<ConnectionDraft> = {},
): Promise<MemorySocket> {
  const { gateway } = await bench.opened(connectionId, given);
  return bench.push.connect({ connectionId, gateway });
}

test("what is stored reaches all of the part, in order, with one send for all", async () => {
  const bench = await laneBench();
  const sockets = [await connected(bench, "c1"), await connected(bench, "c2", { subject: "bob" })];
  await bench.stored(ALL, ["a", "b"]);
  await bench.stored(ALL, ["c"]);

  const taking = await bench.take({ channel: ALL, from: 1, upTo: 3 });

  expect(taking).toEqual(COMPLETE);
  for (const { taken } of sockets) expect(taken).toEqual(["everyone 1 a", "everyone 2 b", "everyone 3 c"]);
  expect(bench.push.sends).toEqual([2]);
});

test("a message that comes twice, late or out of order sends nothing anew", async () => {
  const bench = await laneBench();
  const socket = await connected(bench, "c1");
  await bench.stored(ALL, ["a", "b", "c"]);

  await bench.take({ channel: ALL, upTo: 3 });
  for (const upTo of [3, 1, 2]) expect(await bench.take({ channel: ALL, upTo }, bench.worker())).toEqual(COMPLETE);

  expect(socket.taken).toHaveLength(3);
  expect(bench.runs).toHaveLength(1);
});

test("one message makes good for those that were lost before it", async () => {
  const bench = await laneBench();
  const socket = await connected(bench, "c1");
  await bench.stored(ALL, ["a"]);
  await bench.take({ channel: ALL, upTo: 1 });
  for (const body of ["b", "c", "d"]) await bench.stored(ALL, [body]);

  await bench.take({ channel: ALL, upTo: 4 });

  expect(socket.taken).toEqual(["everyone 1 a", "everyone 2 b", "everyone 3 c", "everyone 4 d"]);
});

test("a lane of which nothing is written begins with what was published within a minute, or with what it is told of", async () => {
  const bench = await laneBench();
  const socket = await connected(bench, "c1");
  await bench.stored(ALL, ["old"]);
  bench.clock.advance(LANE_RECENT_MS + 1);
  await bench.stored(ALL, ["lost"]);
  bench.clock.advance(1_000);
  await bench.gateways.renew(GATEWAY);
  await bench.stored(ALL, ["told"]);

  await bench.take({ channel: ALL, upTo: 3 });

  expect(socket.taken).toEqual(["everyone 2 lost", "everyone 3 told"]);
  for (let half = 1; half <= 2; half++) {
    bench.clock.advance(LANE_KEPT_MS / 2);
    await bench.gateways.renew(GATEWAY);
  }
  await bench.stored(ALL, ["later"]);
  await bench.take({ channel: ALL, upTo: 4 });
  expect(socket.taken.slice(2)).toEqual(["everyone 4 later"]);
});

test("a late message about a lane of which nothing is written brings what it was sent for", async () => {
  const bench = await laneBench();
  const socket = await connected(bench, "c1");
  await bench.stored(ALL, ["a", "b", "c"]);
  bench.clock.advance(LANE_RECENT_MS + 1);
  await bench.gateways.renew(GATEWAY);

  await bench.take({ channel: ALL, from: 2, upTo: 3 });

  expect(socket.taken).toEqual(["everyone 2 b", "everyone 3 c"]);
});

test("each protocol gets the frames it knows", async () => {
  const bench = await laneBench();
  const [ours, theirs] = [await connected(bench, "c1"), await connected(bench, "c2", { protocol: "router" })];
  await bench.stored(ALL, ["note"]);
  await bench.stored(ALL, ["Why?"], "ask_user");

  await bench.take({ channel: ALL, upTo: 2 });

  expect(ours.taken).toEqual(["everyone 1 note", "everyone 2 Why?"]);
  expect(theirs.taken).toEqual(["ask_user Why?"]);
});

test("frames are made once for a message, however many it is for", async () => {
  const bench = await laneBench();
  for (let number = 1; number <= 20; number++) await connected(bench, `c${number}`);
  let made = 0;
  await bench.stored(ALL, ["a", "b"]);

  await bench.take(
    { channel: ALL, from: 1, upTo: 2 },
    bench.worker({
      frames(message) {
        made++;
        return plainFrames(message);
      },
    }),
  );

  expect(made).toBe(2);
});

test("a connection that is gone is off the record at once, and metered", async () => {
  const bench = await laneBench();
  const [here, left] = [await connected(bench, "c1"), await connected(bench, "c2")];
  left.leave();
  await bench.stored(ALL, ["a"]);

  await bench.take({ channel: ALL, upTo: 1 });

  expect(here.taken).toEqual(["everyone 1 a"]);
  expect(await bench.connections.find("c2")).toBeUndefined();
  expect(await bench.quotaUsed(ACME)).toBe(1);
  expect(bench.metered).toEqual([{ tenantId: ACME, usage: { connectionSeconds: 1 } }]);
});

test("who is slow or out of reach holds up nobody, and stays on record", async () => {
  const bench = await laneBench();
  await bench.gateways.enter("g2", { address: "there" });
  const slow = await connected(bench, "c1");
  const lost = await connected(bench, "c2", { gateway: "g2" });
  const quick = await connected(bench, "c3");
  slow.stall();
  bench.push.silence("g2");
  await bench.stored(ALL, ["x".repeat(2_000)]);

  const taking = await bench.take({ channel: ALL, upTo: 1 });

  expect(taking).toEqual(COMPLETE);
  expect([slow.taken, lost.taken]).toEqual([[], []]);
  expect(quick.taken).toHaveLength(1);
  expect(bench.runs).toMatchObject([{ outcomes: { sent: 1, behind: 1, unreachable: 1, gone: 0 }, messages: 1 }]);
  expect(await bench.quotaUsed(ACME)).toBe(3);
});

test("connections of a gateway that is gone are cleared away by the run that finds them", async () => {
  const bench = await laneBench();
  await connected(bench, "c1");
  await bench.gateways.leave(GATEWAY);
  await bench.stored(ALL, ["a"]);

  await bench.take({ channel: ALL, upTo: 1 });

  expect(bench.push.sends).toEqual([]);
  expect(await bench.quotaUsed(ACME)).toBe(0);
});

test("messages about one lane in one process share a run, and each is done when that is", async () => {
  const bench = await laneBench();
  const socket = await connected(bench, "c1");
  await bench.stored(ALL, ["a", "b", "c"]);

  const takings = await Promise.all([1, 2, 3].map((upTo) => bench.take({ channel: ALL, upTo })));

  expect(takings).toEqual([COMPLETE, COMPLETE, COMPLETE]);
  expect(socket.taken).toHaveLength(3);
  expect(bench.runs).toHaveLength(1);
});

test("what comes to a run in its own process is brought by it, and is done no sooner than it ends", async () => {
  const bench = await laneBench();
  const socket = await connected(bench, "c1");
  await bench.stored(ALL, ["a"]);
  const done: string[] = [];
  let second: Promise<unknown> | undefined;
  const lanes = bench.worker({
    push: {
      ...bench.push,
      async send(to, texts) {
        if (second === undefined) {
          await bench.stored(ALL, ["b"]);
          second = bench.take({ channel: ALL, upTo: 2 }, lanes).then(() => done.push("second"));
          await elapse(bench.clock, 10);
          done.push("first push");
        }
        return bench.push.send(to, texts);
      },
    },
  });

  await bench.take({ channel: ALL, upTo: 1 }, lanes);
  await second;

  expect(done).toEqual(["first push", "second"]);
  expect(socket.taken).toEqual(["everyone 1 a", "everyone 2 b"]);
  expect(bench.runs).toHaveLength(1);
});

test("a holder that is to come further than there is anything looks once, and lets go", async () => {
  const bench = await laneBench();
  await connected(bench, "c1");
  await bench.stored(ALL, ["a"]);
  let [isFirst, reads] = [true, 0];
  const holder = bench.worker({
    push: {
      ...bench.push,
      async send(to, texts) {
        if (isFirst) await bench.take({ channel: ALL, upTo: 7 }, bench.worker());
        isFirst = false;
        return bench.push.send(to, texts);
      },
    },
    log: {
      async read(...of) {
        reads++;
        return bench.log.read(...of);
      },
    },
  });

  await bench.take({ channel: ALL, upTo: 1 }, holder);

  // Where it begins, the message, and what is wanted after it.
  expect(reads).toBe(3);
  expect(bench.runs).toMatchObject([{ end: "released", messages: 1 }]);
});

test("who comes to a run too late for it has a run after it", async () => {
  const bench = await laneBench();
  const socket = await connected(bench, "c1");
  await bench.stored(ALL, ["a"]);
  let late: Promise<unknown> = Promise.resolve();
  const table: Table = {
    ...bench.table,
    async update(key, change, condition) {
      const isRelease = change.set?.leaseUntilEpochMs === 0 && change.set.delivered === 1;
      if (isRelease) {
        await bench.stored(ALL, ["b"]);
        late = bench.take({ channel: ALL, upTo: 2 }, lanes);
      }
      return bench.table.update(key, change, condition);
    },
  };
  const lanes = bench.worker({ table });

  await bench.take({ channel: ALL, upTo: 1 }, lanes);

  expect(await late).toEqual(COMPLETE);
  expect(socket.taken).toEqual(["everyone 1 a", "everyone 2 b"]);
  expect(bench.runs).toHaveLength(2);
});

test("a worker that finds the lane held leaves it how far it is to come, and the holder brings it there", async () => {
  const bench = await laneBench();
  const socket = await connected(bench, "c1");
  await bench.stored(ALL, ["a"]);
  let other: unknown;
  const holder = bench.worker({
    push: {
      ...bench.push,
      async send(to, texts) {
        if (other === undefined) {
          await bench.stored(ALL, ["b"]);
          other = await bench.take({ channel: ALL, upTo: 2 }, bench.worker());
        }
        return bench.push.send(to, texts);
      },
    },
  });

  const taking = await bench.take({ channel: ALL, upTo: 1 }, holder);

  expect([taking, other]).toEqual([COMPLETE, COMPLETE]);
  expect(socket.taken).toEqual(["everyone 1 a", "everyone 2 b"]);
  expect(bench.runs).toMatchObject([{ end: "released", messages: 2 }]);
});

test("a worker that was paused past its lease stops, and its message finds what another has done", async () => {
  const bench = await laneBench();
  const socket = await connected(bench, "c1");
  await bench.stored(ALL, ["a"]);
  let isFirst = true;
  const slow = bench.worker({
    log: {
      async read(tenantId, range) {
        const page = await bench.log.read(tenantId, range);
        if (isFirst) {
          isFirst = false;
          bench.clock.advance(LANE_LEASE_MS + 1);
          await bench.gateways.renew(GATEWAY);
          await bench.take({ channel: ALL, upTo: 1 }, bench.worker());
        }
        return page;
      },
    },
  });

  const taking = await bench.take({ channel: ALL, upTo: 1 }, slow);
  const again = await bench.take({ channel: ALL, upTo: 1 }, slow);

  expect(taking).toEqual({ message: "later", afterSeconds: LANE_CONTENDED_SECONDS });
  expect(again).toEqual(COMPLETE);
  expect(socket.taken).toEqual(["everyone 1 a"]);
  expect(bench.runs.map(({ end }) => end)).toEqual(["released", "lost"]);
});

test("of a worker that died the lane is taken once its lease is over, and nothing is left out", async () => {
  const bench = await laneBench();
  const socket = await connected(bench, "c1");
  await bench.stored(ALL, ["a", "b"]);
  const dying = bench.worker({
    push: { ...bench.push, send: () => Promise.reject(new StoreFault("queue", "die", { cause: "dead" })) },
  });
  await expect(bench.take({ channel: ALL, upTo: 2 }, dying)).rejects.toThrow(StoreFault);

  const held = await bench.take({ channel: ALL, upTo: 2 }, bench.worker());
  const early = [...socket.taken];
  bench.clock.advance(LANE_LEASE_MS + 1);
  await bench.gateways.renew(GATEWAY);
  const taking = await bench.take({ channel: ALL, from: 1, upTo: 2 }, bench.worker());

  expect([held, taking, early]).toEqual([COMPLETE, COMPLETE, []]);
  expect(socket.taken).toEqual(["everyone 1 a", "everyone 2 b"]);
});

test("a run past its time gives the lane back and has a new message sent for the rest", async () => {
  const bench = await laneBench();
  const socket = await connected(bench, "c1");
  const texts = ["a", "b", "c"].map((letter) => letter.repeat(LANE_BATCH_CHARACTERS_MAX / 8));
  for (const text of texts) for (let copy = 1; copy <= 4; copy++) await bench.stored(ALL, [text]);
  const slow = bench.worker({
    push: {
      ...bench.push,
      async send(to, sent) {
        bench.clock.advance(61_000);
        await bench.gateways.renew(GATEWAY);
        return bench.push.send(to, sent);
      },
    },
  });

  const taking = await bench.take({ channel: ALL, from: 1, upTo: 12 }, slow);
  const early = socket.taken.length;
  const [left] = bench.sent;
  const rest = await bench.lanes.take({ tenantId: ACME, body: left?.body ?? "" }, { deadlineEpochMs: 9e15 });

  expect([taking, rest]).toEqual([COMPLETE, COMPLETE]);
  expect(early).toBeGreaterThan(0);
  expect(early).toBeLessThan(12);
  expect(JSON.parse(left?.body ?? "")).toEqual({ kind: "lane", channel: ALL, shard: 0, from: early + 1, upTo: 12 });
  expect(socket.taken.map((text) => Number(text.split(" ")[1]))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
  expect(bench.runs.map(({ end }) => end)).toEqual(["unfinished", "released"]);
});

test("what was wanted and is over by now holds no lane", async () => {
  const bench = await laneBench();
  await connected(bench, "c1");

  const taking = await bench.take({ channel: ALL, from: 1, upTo: 7 });
  const item = await bench.table.get(laneKey(ACME, { channel: ALL, shard: 0 }));

  expect(taking).toEqual(COMPLETE);
  expect(item).toMatchObject({ delivered: 0, leaseUntilEpochMs: 0 });
  expect(bench.runs).toMatchObject([{ end: "released", messages: 0 }]);
});

test("what is stored while the log is read, and found to hold nothing new, is brought all the same", async () => {
  const bench = await laneBench();
  const socket = await connected(bench, "c1");
  await bench.stored(ALL, ["a"]);
  await bench.take({ channel: ALL, upTo: 1 });
  const [read, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const worker = bench.worker({
    log: {
      async read(...of) {
        const page = await bench.log.read(...of);
        read.resolve();
        await goOn.promise;
        return page;
      },
    },
  });

  const first = bench.take({ channel: ALL, upTo: 2 }, worker);
  await read.promise;
  await bench.stored(ALL, ["b", "c"]);
  const second = bench.take({ channel: ALL, upTo: 3 }, worker);
  goOn.resolve();

  expect(await Promise.all([first, second])).toEqual([COMPLETE, COMPLETE]);
  expect(socket.taken).toEqual(["everyone 1 a", "everyone 2 b", "everyone 3 c"]);
});

test("a message that nobody here has sent is thrown away and told of", async () => {
  const bench = await laneBench();
  const lane = { kind: "lane", channel: "everyone", shard: 0, from: 1, upTo: 1 };
  const bodies = [
    "no json",
    "null",
    JSON.stringify({ ...lane, kind: "job" }),
    JSON.stringify({ ...lane, channel: "role:king" }),
    JSON.stringify({ ...lane, shard: -1 }),
    JSON.stringify({ ...lane, from: 2 }),
    JSON.stringify({ ...lane, upTo: 1.5 }),
    JSON.stringify({ ...lane, upTo: undefined }),
  ];

  for (const body of bodies)
    expect(await bench.lanes.take({ tenantId: ACME, body }, { deadlineEpochMs: 9e15 })).toEqual(COMPLETE);

  expect(bench.reported).toHaveLength(bodies.length);
  expect(bench.reported[0]).toMatchObject({ code: "lane_message_malformed" });
  expect(bench.runs).toEqual([]);
});

test("how late the oldest message of a run was is told", async () => {
  const bench = await laneBench();
  await connected(bench, "c1");
  await bench.stored(ALL, ["a"]);
  bench.clock.advance(700);

  await bench.take({ channel: ALL, upTo: 1 });

  expect(bench.runs).toMatchObject([{ tenantId: ACME, channel: ALL, shard: 0, lagMsMax: 700 }]);
});

test("a store that fails lets the message come again", async () => {
  const bench = await laneBench();
  const table = { ...bench.table, update: () => Promise.reject(new StoreFault("table", "update", { cause: "down" })) };

  const taking = bench.take({ channel: ALL, upTo: 1 }, bench.worker({ table }));

  await expect(taking).rejects.toThrow(StoreFault);
});
