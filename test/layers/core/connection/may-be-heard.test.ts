import { expect, test } from "vitest";
import {
  CLOCK_DIFFERENCE_MS_MAX,
  CONNECTIONS_LOOKED_AT,
  GATEWAY_LEASE_MS,
} from "../../../../layers/core/connection/limits.ts";
import { type Audience, channelOf } from "../../../../layers/core/message/channel.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { type ConnectionBench, connectionBench, dividedBench } from "../../../fixtures/connection-bench.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const ACME = tenant("acme");
const EVERYONE = { kind: "everyone" } as const;
const ANN = { kind: "member", subject: "ann" } as const;
const ADMINS = { kind: "role", role: "admin" } as const;

const mayHear = ({ connections }: ConnectionBench, audience: Audience): Promise<boolean> =>
  connections.mayBeHeard(ACME, channelOf(audience, sha256));

test("where somebody is connected, those hear who it is for", async () => {
  const bench = await connectionBench();
  await bench.opened("c1", { subject: "bob", role: "viewer" });
  await bench.opened("c2", { subject: "ann", role: "admin", tenantId: tenant("bolt") });

  const heard = {
    everyone: await mayHear(bench, EVERYONE),
    bob: await mayHear(bench, { kind: "member", subject: "bob" }),
  };

  expect(heard).toEqual({ everyone: true, bob: true });
  expect(await mayHear(bench, { kind: "role", role: "viewer" })).toBe(true);
  expect(await mayHear(bench, ADMINS)).toBe(false);
  expect(await mayHear(bench, ANN)).toBe(false);
});

test("nobody hears anything where nobody is, or their gateway is gone", async () => {
  const bench = await connectionBench();
  const before = await mayHear(bench, EVERYONE);
  await bench.opened("c1");
  bench.clock.advance(GATEWAY_LEASE_MS + CLOCK_DIFFERENCE_MS_MAX + 1);

  expect([before, await mayHear(bench, EVERYONE), await mayHear(bench, ANN)]).toEqual([false, false, false]);
});

test("of a member it is told wherever among many parts they were placed", async () => {
  const bench = await dividedBench(ACME);
  const late = await Promise.all(
    ["t1", "t2", "t3", "t4", "t5", "t6"].map((subject) => bench.opened(subject, { subject })),
  );

  const heard = await Promise.all(
    late.map(({ principal: { subject } }) => mayHear(bench, { kind: "member", subject })),
  );

  expect(new Set(late.map(({ shard }) => shard))).toEqual(new Set([0, 1]));
  expect(heard).toEqual(late.map(() => true));
  expect(await mayHear(bench, { kind: "member", subject: "s1" })).toBe(true);
  expect(await mayHear(bench, { kind: "member", subject: "nobody" })).toBe(false);
});

test("where there are more than it looks at, somebody may be among them, and no more are read", async () => {
  const clock = manualClock();
  const table = memoryTable(clock);
  let read = 0;
  const counting: Table = {
    ...table,
    async query(range) {
      const page = await table.query(range);
      read += page.items.length;
      return page;
    },
  };
  const bench = await connectionBench({ table: counting, clock });
  for (let number = 1; number <= CONNECTIONS_LOOKED_AT; number++) await bench.opened(`c${number}`, { role: "viewer" });
  const all = await mayHear(bench, ADMINS);
  await bench.opened("one-more", { role: "viewer" });
  read = 0;

  const some = await mayHear(bench, ADMINS);

  expect([all, some]).toEqual([false, true]);
  expect(read).toBe(CONNECTIONS_LOOKED_AT);
});
