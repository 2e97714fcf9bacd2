import { expect, test } from "vitest";
import { Tenancy } from "../../../functions/tenancy.ts";
import { tenantOperations } from "../../../functions/tenants/tenant-operations.ts";
import { POLICY_STALE_MS_MAX } from "../../../layers/core/tenant/limits.ts";
import { operationRouter } from "../../../layers/http/operation/operation-router.ts";
import { ChangeFeed } from "../../../layers/mcp/feed/change-feed.ts";
import { aCall, aRequest } from "../../fixtures/http-call.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";
import { memoryTable } from "../../fixtures/memory-table.ts";
import { principalOf } from "../../fixtures/principals.ts";
import { seededChance } from "../../fixtures/seeded-chance.ts";
import { ACME, OPERATOR } from "../../fixtures/tenant-parts.ts";

test("who listens is told of other toolkits once every process goes by them, and of no other change", async () => {
  const clock = manualClock();
  const table = memoryTable(clock);
  const tenancy = new Tenancy({
    state: table,
    control: table,
    clock,
    chance: seededChance(1),
    hash: { of: () => "", matches: () => "no" },
    region: "local",
    regions: new Set(["local"]),
    toolkits: new Set(["cyberchef"]),
    issuers: [],
    report: (fault) => expect.unreachable(String(fault)),
  });
  await tenancy.tenants.create({ ...ACME, plan: "team" }, { actor: OPERATOR });
  const answer = operationRouter(tenantOperations(tenancy));
  const change = async (json: unknown) => {
    const body = new TextEncoder().encode(JSON.stringify(json));
    const headers = { "content-type": "application/json" };
    const call = { ...aCall, tenantId: ACME.tenantId, principal: principalOf() };
    const { status } = await answer(aRequest({ method: "PATCH", path: "/api/tenants/self", headers, body }), call);
    expect(status).toBe(200);
  };
  const reader = new ChangeFeed({ table, clock, chance: seededChance(2) }).reader(ACME.tenantId);
  const told = async () => (await reader.read()).map(({ change }) => change);

  await change({ name: "Acme Inc." });
  clock.advance(POLICY_STALE_MS_MAX);
  expect(await told()).toEqual([]);

  await change({ toolkits: [] });
  clock.advance(POLICY_STALE_MS_MAX - 1);
  expect(await told()).toEqual([]);
  clock.advance(1);
  expect((await told()).toSorted()).toEqual(["prompts", "resources", "tools"]);
});
