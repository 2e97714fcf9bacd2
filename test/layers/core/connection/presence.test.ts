import { expect, test } from "vitest";
import { PRESENCE_CONNECTIONS_MAX } from "../../../../layers/core/connection/limits.ts";
import { presenceOf } from "../../../../layers/core/connection/presence.ts";
import { connectionBench, GATEWAY } from "../../../fixtures/connection-bench.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const ACME = tenant("acme");

test("each person is told once, with how many connections and since when", async () => {
  const bench = await connectionBench();
  const startMs = bench.clock.nowMs();
  await bench.opened("c1", { subject: "bob", role: "viewer" });
  bench.clock.advance(5_000);
  await bench.opened("c2", { subject: "ann" });
  await bench.opened("c3", { subject: "bob", role: "admin" });
  await bench.gateways.renew(GATEWAY);
  await bench.opened("c4", { tenantId: tenant("bolt"), subject: "eve" });

  const presence = await bench.connections.presence(ACME);

  expect(presence).toEqual({
    members: [
      { subject: "ann", role: "owner", connections: 1, sinceEpochMs: startMs + 5_000 },
      { subject: "bob", role: "viewer", connections: 2, sinceEpochMs: startMs },
    ],
    isWhole: true,
  });
});

test("who stays is there since their oldest connection that is left", async () => {
  const bench = await connectionBench();
  await bench.opened("c1");
  bench.clock.advance(5_000);
  await bench.opened("c2");

  await bench.connections.close("c1");

  const { members } = await bench.connections.presence(ACME);
  expect(members).toMatchObject([{ connections: 1, sinceEpochMs: bench.clock.nowMs() }]);
});

test("an answer has an end, and says so", async () => {
  const bench = await connectionBench();
  await bench.opened("c1");
  const connections = await bench.ofShard(ACME, 0);
  const page = { connections: new Array(PRESENCE_CONNECTIONS_MAX / 2).fill(connections[0]), silent: [], over: [] };
  let pages = 0;
  async function* endless() {
    for (;;) {
      pages++;
      yield page;
    }
  }

  const presence = await presenceOf(endless());

  expect(presence).toMatchObject({ members: [{ connections: PRESENCE_CONNECTIONS_MAX }], isWhole: false });
  expect(pages).toBe(2);
});
