import { expect, test } from "vitest";
import { Gateways, LASTING_GATEWAYS } from "../../../../layers/core/connection/gateways.ts";
import {
  CLOCK_DIFFERENCE_MS_MAX,
  GATEWAY_HEARTBEAT_MS,
  GATEWAY_KEPT_MS,
  GATEWAY_LEASE_MS,
  GATEWAY_STALE_MS_MAX,
} from "../../../../layers/core/connection/limits.ts";
import { gatewayKey } from "../../../../layers/core/store/keys.ts";
import { FLEET_TENANT } from "../../../../layers/core/tenant/tenant-id.ts";
import { connectionBench, GATEWAY } from "../../../fixtures/connection-bench.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const ACME = tenant("acme");

const stateOf = async (gateways: Gateways) => (await gateways.statesOf([GATEWAY])).get(GATEWAY);

test("a gateway that says that it lives is held, and is reached where it said", async () => {
  const { clock, table, gateways } = await connectionBench();
  for (let beat = 1; beat <= 10; beat++) {
    clock.advance(GATEWAY_HEARTBEAT_MS);
    expect(await gateways.renew(GATEWAY)).toBe(true);
  }

  expect(await stateOf(new Gateways({ table, clock }))).toEqual({ state: "held" });
  expect(await gateways.addressOf(GATEWAY)).toBe("here");
});

test("one that is killed does not count after ten seconds, and is gone some seconds after that", async () => {
  const { clock, gateways, table } = await connectionBench();
  const others = new Gateways({ table, clock });
  const killedAtMs = clock.nowMs();
  await stateOf(others);

  clock.advance(GATEWAY_LEASE_MS - 1);
  const late = await stateOf(others);
  clock.advance(GATEWAY_STALE_MS_MAX + 1);
  const silent = await stateOf(others);
  clock.advance(CLOCK_DIFFERENCE_MS_MAX);
  const gone = await stateOf(others);

  expect([late, silent]).toEqual([{ state: "held" }, { state: "silent" }]);
  expect(gone).toEqual({ state: "gone", heldUntilEpochMs: killedAtMs + GATEWAY_LEASE_MS });
  expect(await gateways.addressOf(GATEWAY)).toBeUndefined();
});

test("one that was slow, and that nobody has declared gone, goes on", async () => {
  const { clock, gateways } = await connectionBench();
  clock.advance(GATEWAY_LEASE_MS + CLOCK_DIFFERENCE_MS_MAX + 1);

  const renewed = await gateways.renew(GATEWAY);

  expect(renewed).toBe(true);
  expect(await stateOf(gateways)).toEqual({ state: "held" });
});

test("one that was declared gone can't come back, and nobody takes its name", async () => {
  const { clock, gateways } = await connectionBench();
  clock.advance(GATEWAY_LEASE_MS + CLOCK_DIFFERENCE_MS_MAX + 1);
  await stateOf(gateways);

  expect(await gateways.renew(GATEWAY)).toBe(false);
  expect(await gateways.enter(GATEWAY, { address: "there" })).toBe(false);
});

test("who declares a gateway gone that renews at the same moment does not", async () => {
  const { clock, table, gateways } = await connectionBench();
  clock.advance(GATEWAY_LEASE_MS + CLOCK_DIFFERENCE_MS_MAX + 1);
  const slow = new Gateways({
    clock,
    table: {
      ...table,
      async update(...of) {
        await gateways.renew(GATEWAY);
        return table.update(...of);
      },
    },
  });

  expect(await stateOf(slow)).toEqual({ state: "silent" });
  clock.advance(GATEWAY_STALE_MS_MAX + 1);
  expect(await stateOf(gateways)).toEqual({ state: "held" });
});

test("one that leaves is gone at once", async () => {
  const { clock, gateways } = await connectionBench();

  await gateways.leave(GATEWAY);

  expect(await stateOf(gateways)).toEqual({ state: "gone", heldUntilEpochMs: clock.nowMs() });
});

test("one of which nothing is written any more is gone since before then, and can't come back", async () => {
  const { clock, gateways, table } = await connectionBench();
  clock.advance(GATEWAY_KEPT_MS + 1_000);

  const state = await stateOf(new Gateways({ table, clock }));

  expect(state).toEqual({ state: "gone", heldUntilEpochMs: clock.nowMs() - GATEWAY_KEPT_MS });
  expect(await gateways.renew(GATEWAY)).toBe(false);
});

test("the API of a region is always held", async () => {
  expect(await LASTING_GATEWAYS.statesOf(["eu-west-1"])).toEqual(new Map([["eu-west-1", { state: "held" }]]));
});

test("what is written of a gateway and can't be read is a fault", async () => {
  const { table, clock } = await connectionBench();
  await table.put({ ...gatewayKey(FLEET_TENANT, "g2"), address: 7 });

  const states = new Gateways({ table, clock }).statesOf(["g2"]);

  await expect(states).rejects.toMatchObject({ code: "gateway_corrupt" });
});

test("presence leaves out within ten seconds who was at a gateway that is killed, and clears them away later", async () => {
  const bench = await connectionBench();
  await bench.gateways.enter("g2", { address: "there" });
  await bench.opened("c1", { subject: "ann", gateway: "g2" });
  await bench.opened("c2", { subject: "bob" });
  const connectedAtMs = bench.clock.nowMs();
  const subjects = async () => (await bench.connections.presence(ACME)).members.map(({ subject }) => subject);
  const before = await subjects();

  for (let second = 1; second <= 10; second++) {
    bench.clock.advance(1_000);
    await bench.gateways.renew(GATEWAY);
  }
  const [after, used] = [await subjects(), await bench.quotaUsed(ACME)];
  bench.clock.advance(CLOCK_DIFFERENCE_MS_MAX);
  await bench.gateways.renew(GATEWAY);
  const later = await subjects();

  expect([before, after, later]).toEqual([["ann", "bob"], ["bob"], ["bob"]]);
  expect([used, await bench.quotaUsed(ACME)]).toEqual([2, 1]);
  expect(bench.metered).toEqual([{ tenantId: ACME, usage: { connectionSeconds: GATEWAY_LEASE_MS / 1_000 } }]);
  expect(bench.clock.nowMs() - connectedAtMs).toBeGreaterThan(GATEWAY_LEASE_MS);
  expect(await bench.connections.find("c1")).toBeUndefined();
});
