import { beforeEach, describe, expect, test } from "vitest";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { ok, refused } from "../../../../layers/core/result.ts";
import { type ApiKey, apiKeyItem } from "../../../../layers/core/tenant/api-key.ts";
import { type StandingOf, standings } from "../../../../layers/core/tenant/standing.ts";
import type { TenantPolicy } from "../../../../layers/core/tenant/tenant-policy.ts";
import { type ManualClock, manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { policyOf, principalOf } from "../../../fixtures/principals.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const ACME = tenant("acme");
const KEY_ID = "0123456789abcdef";
const ANN = principalOf({ role: "developer" });
const PROGRAM = principalOf({ subject: `key:${KEY_ID}`, role: "developer", credential: "api-key" });

let clock: ManualClock;
let table: Table;
let policy: TenantPolicy | undefined;
let standingOf: StandingOf;

beforeEach(() => {
  clock = manualClock();
  table = memoryTable(clock);
  policy = policyOf(ACME);
  standingOf = standings({ policies: { policyOf: () => policy }, table, clock });
});

const storeKey = (given: Partial<ApiKey> = {}) =>
  table.put(
    apiKeyItem({
      tenantId: ACME,
      keyId: KEY_ID,
      name: "ci",
      role: "developer",
      scopes: ["mcp:call"],
      hash: "h",
      createdAtEpochMs: 0,
      createdBy: "ann",
      ...given,
    }),
  );

describe("somebody with a token", () => {
  test("stands as they stood where the tenant says nothing of them", async () => {
    expect(await standingOf(ANN)).toEqual(ok({ principal: ANN, policy }));
  });

  test("has the role that the tenant gives them by now", async () => {
    policy = policyOf(ACME, { members: { ann: "viewer" } });

    expect(await standingOf(ANN)).toEqual(ok({ principal: { ...ANN, role: "viewer" }, policy }));
  });

  test("has lost all where they were removed", async () => {
    policy = policyOf(ACME, { members: { ann: "none" } });

    expect(await standingOf(ANN)).toEqual(refused({ reason: "member_removed" }));
  });

  test.each([["suspended"], ["deleted"]] as const)("has lost all where the tenant is %s", async (status) => {
    policy = policyOf(ACME, { status });

    expect(await standingOf(ANN)).toEqual(refused({ reason: "tenant_inactive" }));
  });

  test("has lost all where there is no such tenant", async () => {
    policy = undefined;

    expect(await standingOf(ANN)).toEqual(refused({ reason: "tenant_inactive" }));
  });
});

describe("a program with an API key", () => {
  test("stands as long as the key holds", async () => {
    await storeKey({ expiresAtEpochMs: clock.nowMs() + 1 });

    const standing = await standingOf(PROGRAM);
    clock.advance(1);

    expect(standing).toEqual(ok({ principal: PROGRAM, policy }));
    expect(await standingOf(PROGRAM)).toEqual(refused({ reason: "api_key_over" }));
  });

  test("has lost all where its key was revoked", async () => {
    expect(await standingOf(PROGRAM)).toEqual(refused({ reason: "api_key_over" }));
  });

  test("stands where its key was rotated, also once the old one is over, until the new one is revoked", async () => {
    const successors = ["1", "2", "3"].map((digit) => digit.repeat(16));
    for (const [index, keyId] of [KEY_ID, ...successors.slice(0, -1)].entries())
      await storeKey({ keyId, replacedBy: successors[index], expiresAtEpochMs: clock.nowMs() - 1 });

    const revoked = await standingOf(PROGRAM);
    await storeKey({ keyId: successors.at(-1) ?? "" });

    expect(revoked).toEqual(refused({ reason: "api_key_over" }));
    expect(await standingOf(PROGRAM)).toEqual(ok({ principal: PROGRAM, policy }));
  });

  test("has lost all where keys that took one another's place have no end", async () => {
    await storeKey({ replacedBy: KEY_ID, expiresAtEpochMs: clock.nowMs() - 1 });

    expect(await standingOf(PROGRAM)).toEqual(refused({ reason: "api_key_over" }));
  });

  test("of another tenant's key of the same id has lost all", async () => {
    await storeKey();

    const other = { ...PROGRAM, tenantId: tenant("globex") };

    expect(await standingOf(other)).toEqual(refused({ reason: "api_key_over" }));
  });
});

test("the holder of a stage's access key, which is no tenant's record, stands as long as the tenant does", async () => {
  const holder = principalOf({ subject: "access-key", credential: "api-key" });

  expect(await standingOf(holder)).toEqual(ok({ principal: holder, policy }));
});
