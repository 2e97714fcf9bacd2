import { beforeEach, expect, test } from "vitest";
import { statusOf } from "../../../../layers/core/project/project.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import {
  aProject,
  callWith,
  type ProjectProcess,
  type ProjectWorld,
  projectProcess,
  projectWorld,
} from "../../../fixtures/project-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const other = tenant("other");

let world: ProjectWorld;
let process: ProjectProcess;

beforeEach(() => {
  world = projectWorld();
  process = projectProcess(world);
});

async function running(tenantId: typeof acme, workspace: string) {
  const projectId = await aProject(process, tenantId, workspace);
  const started = await process.runs.start(tenantId, projectId, { asked: {}, call: callWith(world) });
  return { projectId, runId: started.ok ? (started.value.project.run?.runId ?? "") : "" };
}

const stored = async (tenantId: typeof acme, projectId: string) => {
  const project = await process.store.get(tenantId, projectId);
  return project && statusOf(project);
};

test("a run that ended while nobody looked is written down and gives back what it held", async () => {
  const shop = await running(acme, "shop");
  world.runner.exit(shop.runId);

  await process.sweep();

  expect(await stored(acme, shop.projectId)).toBe("stopped");
  expect((await process.quotas.uses(acme, TENANT_LIMITS)).containers.used).toBe(0);
  expect(await process.ports.held(acme)).toEqual([]);
});

test("the runs of a tenant that is suspended are stopped, and no other's", async () => {
  const [shop, blog, theirs] = [await running(acme, "shop"), await running(acme, "blog"), await running(other, "x")];
  process.suspended.add(acme);

  await process.sweep();

  expect(world.runner.open()).toEqual([theirs.runId]);
  expect([await stored(acme, shop.projectId), await stored(acme, blog.projectId)]).toEqual(["stopped", "stopped"]);
});

test("a run that can't be looked at is told, and the others are looked at all the same", async () => {
  const shop = await running(acme, "shop");
  const theirs = await running(other, "x");
  world.runner.exit(shop.runId);
  world.runner.exit(theirs.runId);
  const look = world.runner.look.bind(world.runner);
  const failing = projectProcess({
    ...world,
    runner: { ...world.runner, look: (of, runs) => (of === acme ? Promise.reject(new Error("torn")) : look(of, runs)) },
  });

  await failing.sweep();

  expect(failing.faults).toEqual([new Error("torn")]);
  expect([await stored(acme, shop.projectId), await stored(other, theirs.projectId)]).toEqual(["running", "stopped"]);
});

test("what runs and may run is left alone", async () => {
  const shop = await running(acme, "shop");
  const before = await process.store.get(acme, shop.projectId);

  await process.sweep();
  await process.sweep();

  expect(await process.store.get(acme, shop.projectId)).toEqual(before);
  expect(world.runner.open()).toEqual([shop.runId]);
});
