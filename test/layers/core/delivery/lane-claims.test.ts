import { expect, test } from "vitest";
import { LaneClaims } from "../../../../layers/core/delivery/lane-claims.ts";
import { LANE_LEASE_MS } from "../../../../layers/core/delivery/limits.ts";
import { channelOf } from "../../../../layers/core/message/channel.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { laneKey } from "../../../../layers/core/store/keys.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const [ACME, BOLT] = [tenant("acme"), tenant("bolt")];
const LANE = { channel: channelOf({ kind: "everyone" }, sha256), shard: 0 };

function claimsBench() {
  const clock = manualClock();
  const table = memoryTable(clock);
  const claims = new LaneClaims({ table, clock });
  const claimed = async (upTo: number) => {
    const claiming = await claims.claim(ACME, LANE, upTo);
    if (claiming.outcome !== "claimed") throw new TypeError(claiming.outcome);
    return claiming.claim;
  };
  return { clock, table, claims, claimed };
}

test("of workers that come at once one has the lane, and it learns of all that is wanted before it lets go", async () => {
  const { claims, table, clock } = claimsBench();

  const claimings = await Promise.all(
    [3, 5, 4].map((upTo) => new LaneClaims({ table, clock }).claim(ACME, LANE, upTo)),
  );
  const [mine] = claimings.flatMap((one) => (one.outcome === "claimed" ? [one.claim] : []));
  if (mine === undefined) throw new TypeError("nobody has it");
  const tooEarly = await claims.release(mine, { delivered: 3, upTo: 3 });
  const release = await claims.release(mine, { delivered: 5, upTo: 5 });

  expect(claimings.map(({ outcome }) => outcome).sort()).toEqual(["claimed", "left", "left"]);
  expect([tooEarly, release]).toEqual([{ outcome: "wanted", wanted: 5 }, { outcome: "released" }]);
  expect(await table.get(laneKey(ACME, LANE))).not.toHaveProperty("wanted");
});

test("a lane that was brought so far is not claimed again", async () => {
  const { claims, claimed } = claimsBench();
  await claims.release(await claimed(3), { delivered: 3, upTo: 3 });

  const again = await claims.claim(ACME, LANE, 3);
  const next = await claims.claim(ACME, LANE, 4);

  expect(again).toEqual({ outcome: "delivered" });
  expect(next).toMatchObject({ outcome: "claimed", claim: { term: 2, delivered: 3 } });
});

test("a lease that is over goes to the next, and who had it can neither extend nor release it", async () => {
  const { clock, claims, claimed, table } = claimsBench();
  const first = await claimed(3);
  clock.advance(LANE_LEASE_MS + 1);
  const second = await claimed(3);

  const late = [await claims.extend(first, 2), await claims.release(first, { delivered: 3, upTo: 3 })];

  expect(late).toEqual([false, { outcome: "lost" }]);
  expect(second.term).toBe(first.term + 1);
  expect(await table.get(laneKey(ACME, LANE))).not.toHaveProperty("delivered");
});

test("a lease that is extended holds on, and what was delivered so far outlives its holder", async () => {
  const { clock, claims, claimed } = claimsBench();
  const first = await claimed(9);
  clock.advance(LANE_LEASE_MS - 1);
  await claims.extend(first, 4);
  clock.advance(LANE_LEASE_MS - 1);

  const held = await claims.claim(ACME, LANE, 9);
  clock.advance(2);
  const second = await claimed(9);

  expect(held).toEqual({ outcome: "left" });
  expect(second).toMatchObject({ term: first.term + 1, delivered: 4 });
});

test("a holder that lets go just before it is told how far to come leaves the lane to who would have told it", async () => {
  const { clock, table, claims, claimed } = claimsBench();
  const first = await claimed(3);
  let isReleased = false;
  const racing: Table = {
    ...table,
    async update(key, change, condition) {
      if (change.set?.wanted !== undefined && !isReleased) {
        isReleased = true;
        await claims.release(first, { delivered: 3, upTo: 3 });
      }
      return table.update(key, change, condition);
    },
  };

  const claiming = await new LaneClaims({ table: racing, clock }).claim(ACME, LANE, 5);

  expect(claiming).toMatchObject({ outcome: "claimed", claim: { term: 2, delivered: 3 } });
});

test("a lane that changes at each look is left for later", async () => {
  const { clock, table, claims, claimed } = claimsBench();
  const first = await claimed(3);
  const racing: Table = {
    ...table,
    async update(key, change, condition) {
      clock.advance(1);
      if (change.set?.wanted !== undefined) await claims.extend(first, 1);
      return table.update(key, change, condition);
    },
  };

  expect(await new LaneClaims({ table: racing, clock }).claim(ACME, LANE, 5)).toEqual({ outcome: "contended" });
});

test("tenants, channels and parts have lanes of their own", async () => {
  const { claims, claimed } = claimsBench();
  await claimed(3);
  const other = channelOf({ kind: "role", role: "owner" }, sha256);

  const others = [
    await claims.claim(BOLT, LANE, 3),
    await claims.claim(ACME, { ...LANE, shard: 1 }, 3),
    await claims.claim(ACME, { ...LANE, channel: other }, 3),
  ];

  for (const claiming of others) expect(claiming).toMatchObject({ outcome: "claimed", claim: { term: 1 } });
});

test("what is written of a lane and can't be read is a fault", async () => {
  const { claims, table } = claimsBench();
  await table.put({ ...laneKey(ACME, LANE), term: 0.5, leaseUntilEpochMs: 0 });
  const broken: Table = {
    ...table,
    update: async () => ({ ok: true, value: { ...laneKey(ACME, LANE), term: "1" } }),
  };

  const claiming = new LaneClaims({ table: broken, clock: manualClock() }).claim(ACME, LANE, 1);

  await expect(claiming).rejects.toMatchObject({ code: "lane_corrupt" });
  expect(await claims.claim(ACME, LANE, 1)).toMatchObject({ outcome: "claimed" });
});

test("what was wanted of a holder that died is brought by its own message, though that was delivered", async () => {
  const { clock, claims, claimed } = claimsBench();
  const holder = await claimed(5);
  const left = await claims.claim(ACME, LANE, 6);
  await claims.release(holder, { delivered: 5, upTo: 5 });
  await claims.extend(holder, 5);
  clock.advance(LANE_LEASE_MS + 1);

  const again = await claims.claim(ACME, LANE, 5);

  expect(left).toEqual({ outcome: "left" });
  expect(again).toMatchObject({ outcome: "claimed", claim: { term: holder.term + 1, delivered: 5 } });
});

test("who comes late to a lane whose holder lives leaves it to that", async () => {
  const { claims, claimed } = claimsBench();
  const holder = await claimed(5);
  await claims.claim(ACME, LANE, 6);
  await claims.extend(holder, 5);

  const late = await claims.claim(ACME, LANE, 5);

  expect(late).toEqual({ outcome: "left" });
});
