import { expect, test } from "vitest";
import { upkeepWorks } from "../../../functions/upkeep/handler.ts";
import { FLEET_ACTOR } from "../../../layers/core/audit/audit-entry.ts";
import { planLimits } from "../../../layers/core/billing/price-plans.ts";
import { Tenants } from "../../../layers/core/tenant/tenants.ts";
import { aProject, callWith, projectProcess, projectWorld, REGION } from "../../fixtures/project-parts.ts";
import { tenant } from "../../fixtures/tenants.ts";
import { upkeepParts } from "./upkeep-parts.ts";

const acme = tenant("acme");
const beta = tenant("beta");

/** Upkeep of a region where both tenants have a project that runs. */
async function subject() {
  const world = projectWorld();
  const projects = projectProcess(world, { isShared: false });
  const parts = { ...upkeepParts(), state: world.table, clock: world.clock, region: REGION };
  const { control, chance, audit } = parts;
  const offer = { planLimits, toolkits: new Set<string>(), regions: new Set<string>() };
  const tenants = new Tenants({ table: control, clock: world.clock, chance, audit, offer, changed: () => {} });
  const runIds: string[] = [];
  for (const tenantId of [acme, beta]) {
    const made = await tenants.create({ tenantId, name: tenantId, plan: "team" }, { actor: FLEET_ACTOR });
    const projectId = await aProject(projects, tenantId, "shop");
    const started = await projects.runs.start(tenantId, projectId, { asked: {}, call: callWith(world) });
    expect([made.ok, started.ok]).toEqual([true, true]);
    if (started.ok) runIds.push(started.value.project.run?.runId ?? "");
  }
  const sweep = (runner: typeof world.runner | undefined) =>
    upkeepWorks({ ...parts, runner }).get("sweep-runs")?.({ untilEpochMs: Number.POSITIVE_INFINITY });
  return { world, tenants, runIds, sweep };
}

test("the runs of a tenant that was suspended are stopped within a minute, and no other's", async () => {
  const { world, tenants, runIds, sweep } = await subject();
  const suspended = await tenants.suspend(acme, "unpaid", { actor: FLEET_ACTOR });

  const swept = await sweep(world.runner);

  expect(suspended.ok).toBe(true);
  expect(swept).toEqual({ isFinished: true });
  expect(world.runner.open()).toEqual([runIds[1]]);
});

test("where nothing runs projects there is nothing to sweep", async () => {
  const { world, tenants, runIds, sweep } = await subject();
  await tenants.suspend(acme, "unpaid", { actor: FLEET_ACTOR });

  expect(await sweep(undefined)).toEqual({ isFinished: true });
  expect(world.runner.open()).toEqual(runIds);
});
