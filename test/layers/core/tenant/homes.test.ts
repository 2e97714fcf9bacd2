import { beforeEach, expect, test } from "vitest";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { homeKey } from "../../../../layers/core/store/keys.ts";
import { Homes } from "../../../../layers/core/tenant/homes.ts";
import { sha256 } from "../../../../layers/node/sha256.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const ANN = { issuer: "https://id.example.com", subject: "ann" };
const [ONE, TWO] = [tenant("one"), tenant("two")];
const TAKEN = { ok: false, problem: { reason: "home_taken", tenantId: "one" } };

let table: Table;
let homes: Homes;
beforeEach(() => {
  table = memoryTable(manualClock());
  homes = new Homes({ table, digest: sha256 });
});

test("a person has no home, then one, and keeps it", async () => {
  expect(await homes.homeOf(ANN)).toBeUndefined();
  expect(await homes.settle(ANN, { tenantId: ONE })).toMatchObject({ ok: true });
  expect(await homes.settle(ANN, { tenantId: TWO })).toEqual(TAKEN);
  expect(await homes.settle(ANN, { tenantId: ONE })).toMatchObject({ ok: true });
  expect(await homes.homeOf(ANN)).toBe("one");
});

test("of two homes at the same moment a person gets one", async () => {
  const settled = await Promise.all([ONE, TWO].map((tenantId) => homes.settle(ANN, { tenantId })));

  expect(settled.filter(({ ok }) => ok)).toHaveLength(1);
});

test("a home is given anew in place of the one that is named, and of no other", async () => {
  await homes.settle(ANN, { tenantId: ONE });

  expect(await homes.settle(ANN, { tenantId: TWO, instead: TWO })).toEqual(TAKEN);
  expect(await homes.settle(ANN, { tenantId: TWO, instead: ONE })).toMatchObject({ ok: true });
  expect(await homes.homeOf(ANN)).toBe("two");
});

test("a person leaves the home that is theirs, and no other", async () => {
  await homes.settle(ANN, { tenantId: ONE });

  await homes.leave(ANN, TWO);
  expect(await homes.homeOf(ANN)).toBe("one");
  await homes.leave(ANN, ONE);
  expect(await homes.homeOf(ANN)).toBeUndefined();
});

test.each([
  [
    { issuer: "https://a", subject: "b c" },
    { issuer: "https://a b", subject: "c" },
  ],
  [
    { issuer: "https://a", subject: "ann" },
    { issuer: "https://b", subject: "ann" },
  ],
  [
    { issuer: "https://a", subject: "ann" },
    { issuer: "https://a", subject: "Ann" },
  ],
])("%j is somebody else than %j", async (one, other) => {
  await homes.settle(one, { tenantId: ONE });

  expect(await homes.homeOf(other)).toBeUndefined();
});

test("who they are is not in the store, and what is stored and can be no tenant leads nowhere", async () => {
  const key = homeKey(homes.digestOf(ANN));
  await table.put({ ...key, tenantId: "NO TENANT" });

  expect(JSON.stringify(key)).not.toMatch(/ann|example/);
  expect(await homes.homeOf(ANN)).toBeUndefined();
});
