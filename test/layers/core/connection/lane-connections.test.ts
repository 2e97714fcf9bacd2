import { expect, test } from "vitest";
import type { ConnectionPage } from "../../../../layers/core/connection/connection-ends.ts";
import {
  CLOCK_DIFFERENCE_MS_MAX,
  CONNECTION_LIFE_MS_MAX,
  GATEWAY_LEASE_MS,
} from "../../../../layers/core/connection/limits.ts";
import { type Audience, channelOf } from "../../../../layers/core/message/channel.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { type ConnectionBench, connectionBench, dividedBench } from "../../../fixtures/connection-bench.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const ACME = tenant("acme");
const BOLT = tenant("bolt");
const OF_C1 = { kind: "connection", connectionId: "c1" } as const;

type Asked = { readonly tenantId?: typeof ACME; readonly shard?: number };

async function ofLane(
  { connections }: ConnectionBench,
  audience: Audience,
  { tenantId = ACME, shard = 0 }: Asked = {},
): Promise<readonly ConnectionPage[]> {
  const pages: ConnectionPage[] = [];
  const lane = { channel: channelOf(audience, sha256), shard };
  for await (const page of connections.ofLane(tenantId, lane)) pages.push(page);
  return pages;
}

const idsIn = (pages: readonly ConnectionPage[]): readonly string[] =>
  pages.flatMap(({ connections }) => connections.map(({ connectionId }) => connectionId));

test("a member's lane has the connections of that member in its part, as they lie in it", async () => {
  const bench = await connectionBench();
  await bench.opened("c1", { subject: "ann" });
  await bench.opened("c2", { subject: "anna" });
  await bench.opened("c3", { subject: "ann", tenantId: BOLT });
  await bench.opened("c4", { subject: "ann", role: "viewer" });

  const pages = await ofLane(bench, { kind: "member", subject: "ann" });

  expect(pages.flatMap(({ connections }) => connections)).toEqual(
    (await bench.ofShard(ACME, 0)).filter(({ subject }) => subject === "ann"),
  );
  expect(idsIn(pages)).toEqual(["c1", "c4"]);
  expect(idsIn(await ofLane(bench, { kind: "member", subject: "ann" }, { shard: 1 }))).toEqual([]);
});

test("in each part where a member may be, the lane has those that were placed there", async () => {
  const bench = await dividedBench(ACME);
  const again = Array.from({ length: 20 }, (_, index) =>
    bench.opened(`late${index + 1}`, { subject: `s${index + 1}` }),
  );
  const moved = (await Promise.all(again)).find(({ shard }) => shard === 1);
  const subject = moved?.principal.subject ?? "nobody has moved";

  const ids = await Promise.all(
    [0, 1].map(async (shard) => idsIn(await ofLane(bench, { kind: "member", subject }, { shard }))),
  );

  expect(ids).toEqual([[subject.replace("s", "c")], [moved?.connectionId]]);
});

test("a connection's lane has it as it lies in its part", async () => {
  const bench = await connectionBench();
  await bench.opened("c1", { subject: "ann", protocol: "router", credential: "api-key" });
  await bench.opened("c2", { subject: "ann" });

  const pages = await ofLane(bench, OF_C1);

  expect(pages.flatMap(({ connections }) => connections)).toEqual(
    (await bench.ofShard(ACME, 0)).filter(({ connectionId }) => connectionId === "c1"),
  );
  expect(idsIn(pages)).toEqual(["c1"]);
});

test("a connection's lane has nobody for another tenant, and nobody who has left or is over", async () => {
  const bench = await connectionBench();
  await bench.opened("c1");
  await bench.opened("c2");

  const theirs = await ofLane(bench, OF_C1, { tenantId: BOLT });
  await bench.connections.close("c2");
  const left = await ofLane(bench, { kind: "connection", connectionId: "c2" });
  bench.clock.advance(CONNECTION_LIFE_MS_MAX);
  const over = await ofLane(bench, OF_C1);

  for (const pages of [theirs, left, over]) expect(pages).toEqual([{ connections: [], silent: [], over: [] }]);
});

test("who is at a gateway that is gone is told to be over on each lane, with what takes them off the record", async () => {
  for (const audience of [OF_C1, { kind: "member", subject: "ann" }, { kind: "everyone" }] as const) {
    const bench = await connectionBench();
    await bench.opened("c1");
    bench.clock.advance(GATEWAY_LEASE_MS + CLOCK_DIFFERENCE_MS_MAX + 1);

    const [page] = await ofLane(bench, audience);
    await bench.connections.endAll(ACME, page?.over ?? []);

    expect([page?.connections, page?.silent]).toEqual([[], []]);
    expect(await bench.connections.find("c1")).toBeUndefined();
    expect(await bench.quotaUsed(ACME)).toBe(0);
    expect(bench.metered).toHaveLength(1);
  }
});
