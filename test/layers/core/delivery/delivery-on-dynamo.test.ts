import { afterAll, beforeAll, expect, test } from "vitest";
import { Gateways } from "../../../../layers/core/connection/gateways.ts";
import { CLOCK_DIFFERENCE_MS_MAX, GATEWAY_LEASE_MS } from "../../../../layers/core/connection/limits.ts";
import { LaneClaims } from "../../../../layers/core/delivery/lane-claims.ts";
import { LANE_LEASE_MS } from "../../../../layers/core/delivery/limits.ts";
import { channelOf } from "../../../../layers/core/message/channel.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { GATEWAY } from "../../../fixtures/connection-bench.ts";
import { type LocalDynamoTable, localDynamoTable } from "../../../fixtures/dynamo-table.ts";
import { laneBench } from "../../../fixtures/lane-bench.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { principalOf } from "../../../fixtures/principals.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const ACME = tenant("acme");
const ALL = channelOf({ kind: "everyone" }, sha256);
const DEPLOYS = channelOf({ kind: "channel", name: "deploys" }, sha256);

const manual = manualClock();
let dynamo: LocalDynamoTable;
let table: Table;
beforeAll(async () => {
  dynamo = await localDynamoTable({ ...manual, sleep: systemClock().sleep });
  table = dynamo.table;
});
afterAll(() => dynamo.close());

test("on DynamoDB somebody connects, joins, is told in order and once, and is off the record when they leave", async () => {
  const bench = await laneBench({ table, clock: manual });
  const draft = { connectionId: "c1", gateway: GATEWAY, protocol: "skein.v1", principal: principalOf() } as const;
  const open = () => bench.process().open(draft, { connectionsMax: 10 });

  const opened = await Promise.all([open(), open(), open()]);
  const names = ["a", "b", "deploys"].map((name) => channelOf({ kind: "channel", name }, sha256));
  await Promise.all(names.map((channel) => bench.process().join(ACME, { connectionId: "c1", channel })));
  const socket = bench.push.connect(draft);
  await bench.stored(DEPLOYS, ["one", "two"]);
  const workers = [bench.worker(), bench.worker(), bench.worker()];
  await Promise.all(workers.map((worker) => bench.take({ channel: DEPLOYS, from: 1, upTo: 2 }, worker)));
  const { members } = await bench.connections.presence(ACME);
  socket.leave();
  await bench.stored(ALL, ["bye"]);
  await bench.take({ channel: ALL, upTo: 1 });

  expect(opened.filter((one) => one.ok)).toHaveLength(1);
  expect(socket.taken).toEqual(["channel:deploys 1 one", "channel:deploys 2 two"]);
  expect(members).toMatchObject([{ subject: "ann", connections: 1 }]);
  expect(await bench.connections.find("c1")).toBeUndefined();
  expect(await bench.quotaUsed(ACME)).toBe(0);
  expect(bench.metered).toHaveLength(1);
});

test("on DynamoDB a lane is one worker's, and goes on where the one before was lost", async () => {
  const lane = { channel: ALL, shard: 7 };
  const workers = Array.from({ length: 10 }, () => new LaneClaims({ table, clock: manual }));

  const claimings = await Promise.all(workers.map((worker, index) => worker.claim(ACME, lane, index + 1)));
  const [mine] = claimings.flatMap((one) => (one.outcome === "claimed" ? [one.claim] : []));
  if (mine === undefined) throw new TypeError("nobody has it");
  const early = await workers[0]?.release(mine, { delivered: 1, upTo: 1 });
  await workers[0]?.extend(mine, 4);
  manual.advance(LANE_LEASE_MS + 1);
  const next = await workers[1]?.claim(ACME, lane, 10);
  const late = await workers[0]?.release(mine, { delivered: 10, upTo: 10 });

  expect(claimings.filter(({ outcome }) => outcome === "claimed")).toHaveLength(1);
  expect(early).toEqual({ outcome: "wanted", wanted: 10 });
  expect(next).toMatchObject({ outcome: "claimed", claim: { term: 2, delivered: 4 } });
  expect(late).toEqual({ outcome: "lost" });
});

test("on DynamoDB a gateway that was declared gone can't come back", async () => {
  const gateways = new Gateways({ table, clock: manual });
  await gateways.enter("g7", { address: "there" });
  const renewed = await gateways.renew("g7");
  manual.advance(GATEWAY_LEASE_MS + CLOCK_DIFFERENCE_MS_MAX + 1);

  const states = await new Gateways({ table, clock: manual }).statesOf(["g7"]);

  expect(renewed).toBe(true);
  expect(states.get("g7")?.state).toBe("gone");
  expect(await gateways.renew("g7")).toBe(false);
});
