import { expect, test } from "vitest";
import type { ConnectionDraft } from "../../../../layers/core/connection/connections.ts";
import { Hearers } from "../../../../layers/core/delivery/hearers.ts";
import { KEY_STANDING_STALE_MS_MAX } from "../../../../layers/core/delivery/limits.ts";
import { type Audience, channelOf } from "../../../../layers/core/message/channel.ts";
import { ok, refused } from "../../../../layers/core/result.ts";
import type { Principal } from "../../../../layers/core/tenant/principal.ts";
import type { TenantPolicy } from "../../../../layers/core/tenant/tenant-policy.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { connectionBench, GATEWAY } from "../../../fixtures/connection-bench.ts";
import { laneBench } from "../../../fixtures/lane-bench.ts";
import { policyOf } from "../../../fixtures/principals.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const ACME = tenant("acme");

/** Ann the owner has c1, Bob the viewer c2 and c3, a developer's key c4; c3 has joined `deploys`. */
async function hearersBench(given: { policy?: Partial<TenantPolicy>; isKeyGood?: () => boolean } = {}) {
  const bench = await connectionBench();
  const open = (id: string, who: Partial<Principal> & Partial<ConnectionDraft>) => bench.opened(id, who);
  await open("c1", { subject: "ann", role: "owner" });
  await open("c2", { subject: "bob", role: "viewer" });
  await open("c3", { subject: "bob", role: "viewer" });
  await open("c4", { subject: "key:k1", role: "developer", credential: "api-key" });
  const deploys = channelOf({ kind: "channel", name: "deploys" }, sha256);
  await bench.connections.join(ACME, { connectionId: "c3", channel: deploys });
  let policy = policyOf(ACME, given.policy);
  let asked = 0;
  const hearers = new Hearers({
    policies: { policyOf: () => policy },
    async standingOf(principal) {
      asked++;
      return (given.isKeyGood?.() ?? true) ? ok({ principal, policy }) : refused({ reason: "api_key_over" });
    },
    clock: bench.clock,
  });
  return {
    ...bench,
    hearers,
    asked: () => asked,
    setPolicy: (next: Partial<TenantPolicy>) => {
      policy = policyOf(ACME, next);
    },
    async hearing(audience: Audience): Promise<readonly string[]> {
      const all = await bench.ofShard(ACME, 0);
      const { hearers: heard } = await hearers.among(ACME, channelOf(audience, sha256), all);
      return heard.map(({ connectionId }) => connectionId).sort();
    },
    async barred(): Promise<readonly string[]> {
      const { barred } = await hearers.among(
        ACME,
        channelOf({ kind: "everyone" }, sha256),
        await bench.ofShard(ACME, 0),
      );
      return barred.map(({ connection, why }) => `${connection.connectionId} ${why}`).sort();
    },
  };
}

test.each([
  [{ kind: "everyone" }, ["c1", "c2", "c3", "c4"]],
  [{ kind: "role", role: "viewer" }, ["c2", "c3"]],
  [{ kind: "role", role: "admin" }, []],
  [{ kind: "member", subject: "bob" }, ["c2", "c3"]],
  [{ kind: "member", subject: "eve" }, []],
  [{ kind: "channel", name: "deploys" }, ["c3"]],
  [{ kind: "channel", name: "deploy" }, []],
  [{ kind: "connection", connectionId: "c2" }, ["c2"]],
] as const)("of those who are connected %o is heard by %o", async (audience, ids) => {
  const bench = await hearersBench();

  expect(await bench.hearing(audience)).toEqual(ids);
});

test("a member who was removed hears nothing, and one whose role has changed hears what their role hears now", async () => {
  const bench = await hearersBench();

  bench.setPolicy({ members: { ann: "none", bob: "admin" } });

  expect(await bench.hearing({ kind: "everyone" })).toEqual(["c2", "c3", "c4"]);
  expect(await bench.hearing({ kind: "role", role: "viewer" })).toEqual([]);
  expect(await bench.hearing({ kind: "role", role: "admin" })).toEqual(["c2", "c3"]);
  expect(await bench.barred()).toEqual(["c1 member_removed"]);
});

test("in a tenant that is not active nobody hears anything", async () => {
  const bench = await hearersBench({ policy: { status: "suspended" } });

  expect(await bench.hearing({ kind: "everyone" })).toEqual([]);
  expect(await bench.hearers.isActive(ACME)).toBe(false);
});

test("a key that was revoked hears nothing after some seconds, and is not looked up for each message", async () => {
  let isGood = true;
  const bench = await hearersBench({ isKeyGood: () => isGood });
  for (let times = 1; times <= 10; times++) await bench.hearing({ kind: "everyone" });
  const asked = bench.asked();

  isGood = false;
  bench.clock.advance(KEY_STANDING_STALE_MS_MAX + 1);

  expect(asked).toBe(1);
  expect(await bench.hearing({ kind: "everyone" })).toEqual(["c1", "c2", "c3"]);
  expect(await bench.barred()).toEqual(["c4 api_key_over"]);
});

test("keys that nobody knows of yet are looked up together", async () => {
  const bench = await connectionBench();
  const subjects = ["key:k1", "key:k2", "key:k3"];
  for (const [index, subject] of subjects.entries())
    await bench.opened(`c${index}`, { subject, role: "developer", credential: "api-key" });
  const asked: string[] = [];
  const allAsked = Promise.withResolvers<void>();
  const hearers = new Hearers({
    policies: { policyOf: () => policyOf(ACME) },
    async standingOf(principal) {
      if (asked.push(principal.subject) === subjects.length) allAsked.resolve();
      await allAsked.promise;
      return principal.subject === "key:k2"
        ? refused({ reason: "api_key_over" })
        : ok({ principal, policy: policyOf(ACME) });
    },
    clock: bench.clock,
  });

  const everyone = channelOf({ kind: "everyone" }, sha256);
  const hearing = await hearers.among(ACME, everyone, await bench.ofShard(ACME, 0));

  expect(asked).toHaveLength(subjects.length);
  expect(hearing.hearers.map(({ connectionId }) => connectionId)).toEqual(["c0", "c2"]);
  expect(hearing.barred).toMatchObject([{ connection: { connectionId: "c1" }, why: "api_key_over" }]);
});

test("a run cuts who may not be there any more, says why, and takes them off the record", async () => {
  const members = { eve: "none" } as const;
  const bench = await laneBench({ hearers: { policies: { policyOf: () => policyOf(ACME, { members }) } } });
  await bench.opened("c1", { subject: "eve" });
  await bench.opened("c2", { subject: "ann" });
  const [eve, ann] = ["c1", "c2"].map((connectionId) => bench.push.connect({ connectionId, gateway: GATEWAY }));
  const all = channelOf({ kind: "everyone" }, sha256);
  await bench.stored(all, ["a"]);

  await bench.take({ channel: all, upTo: 1 });

  expect([eve?.taken, eve?.closedWith]).toEqual([[], { code: 1008, reason: "member_removed" }]);
  expect([ann?.taken, ann?.closedWith]).toEqual([["everyone 1 a"], undefined]);
  expect(await bench.connections.find("c1")).toBeUndefined();
  expect(await bench.quotaUsed(ACME)).toBe(1);
});

test("a suspended tenant's messages are not delivered, and its queue holds nothing up", async () => {
  const bench = await laneBench({ hearers: { policies: { policyOf: () => policyOf(ACME, { status: "suspended" }) } } });
  await bench.opened("c1");
  const all = channelOf({ kind: "everyone" }, sha256);
  await bench.stored(all, ["a"]);

  const taking = await bench.take({ channel: all, upTo: 1 });

  expect(taking).toEqual({ message: "complete" });
  expect([bench.runs, bench.push.sends]).toEqual([[], []]);
});
