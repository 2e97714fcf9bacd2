import { beforeEach, describe, expect, test } from "vitest";
import { ENTRY_UNUSED_MS } from "../../../../layers/core/project/limits.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import { refused } from "../../../../layers/core/result.ts";
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
  world.workspaces.put("acme", "shop", { "package.json": '{"scripts":{"dev":"vite"},"dependencies":{"react":"19"}}' });
});

const register = (draft: object = {}, by = process, limits = TENANT_LIMITS) =>
  by.projects.register(acme, { workspace: "shop", name: "Shop", ...draft }, limits);

const used = async () => (await process.quotas.uses(acme, TENANT_LIMITS)).projects.used;

describe("a project", () => {
  test("is registered with what its files tell", async () => {
    const made = await register();

    expect(made).toMatchObject({
      ok: true,
      value: {
        name: "Shop",
        workspace: "shop",
        tech: "node",
        stack: ["nodejs", "react"],
        start: { command: "npm run dev", from: "package.json scripts.dev" },
        detected: { stack: ["nodejs", "react"] },
        term: 0,
      },
    });
    expect(made.ok && made.value.projectId).toMatch(/^proj_[0-9a-z]{13}$/);
    expect(await used()).toBe(1);
  });

  test("is what it is said to be, before what its files tell", async () => {
    const made = await register({ stack: ["Flask"], command: "./run", environment: { A: "1" }, wantedPorts: [5001] });

    expect(made).toMatchObject({
      value: { tech: "python", stack: ["Flask"], start: { command: "./run", from: "given" }, wantedPorts: [5001] },
    });
  });

  test("is one for each folder, however the folder is written", async () => {
    const first = await register();

    const second = await register({ workspace: "shop//" });

    expect(second).toEqual(refused({ reason: "workspace_taken", projectId: first.ok && first.value.projectId }));
    expect(await used()).toBe(1);
  });

  test("is one, when ten register it at once", async () => {
    const made = await Promise.all(Array.from({ length: 10 }, () => register({}, projectProcess(world))));

    expect(made.filter((each) => each.ok)).toHaveLength(1);
    expect(await process.store.list(acme)).toHaveLength(1);
    expect(await used()).toBe(1);
  });

  test("may have a folder whose claim came to nothing, after a while", async () => {
    const [dying] = [projectProcess({ ...world, table: { ...world.table, put: dyingAt(2) } })];
    await expect(register({}, dying)).rejects.toThrow("dead");

    expect(await register()).toMatchObject({ problem: { reason: "workspace_taken" } });
    world.clock.advance(ENTRY_UNUSED_MS);
    expect(await register()).toMatchObject({ ok: true });
  });

  test.each([
    [{ workspace: "gone" }, { reason: "workspace_absent", workspace: "gone" }],
    [{ workspace: "../x" }, { reason: "workspace_forbidden", workspace: "../x", allowed: "its own" }],
    [{ wantedPorts: [3000, 2601] }, { reason: "port_system_reserved", port: 2601 }],
    [{ environment: { A: "x".repeat(500_000) } }, { reason: "project_too_large" }],
  ])("of %j is refused and leaves nothing", async (draft, problem) => {
    expect(await register(draft)).toMatchObject({ ok: false, problem });
    expect(await used()).toBe(0);
    expect(await process.store.list(acme)).toEqual([]);
  });

  test("beyond the quota is refused", async () => {
    expect(await register({}, process, { ...TENANT_LIMITS, projects: 0 })).toEqual(
      refused({ reason: "quota_reached", quota: "projects", limit: 0 }),
    );
  });

  test("is of its tenant alone, though another has a folder of the same name", async () => {
    world.workspaces.put("other", "shop", {});
    const made = await register();
    const theirs = await process.projects.register(other, { workspace: "shop", name: "Theirs" }, TENANT_LIMITS);

    expect(theirs.ok).toBe(true);
    expect((await process.store.list(acme)).map(({ name }) => name)).toEqual(["Shop"]);
    expect(await process.store.get(other, made.ok ? made.value.projectId : "")).toBeUndefined();
  });
});

describe("a project that is started without having been registered", () => {
  test("is made under its id with an empty folder, once", async () => {
    const made = await Promise.all(
      Array.from({ length: 5 }, () => projectProcess(world).projects.ensure(acme, "load-test-1", TENANT_LIMITS)),
    );

    for (const each of made) expect(each).toMatchObject({ ok: true, value: { projectId: "load-test-1", stack: [] } });
    expect(await process.store.list(acme)).toHaveLength(1);
    expect(await used()).toBe(1);
  });

  test("is what there is already", async () => {
    const projectId = await aProject(process, acme, "blog");

    expect(await process.projects.ensure(acme, projectId, TENANT_LIMITS)).toMatchObject({ value: { name: "blog" } });
  });
});

describe("a change", () => {
  test("of some leaves the rest, and holds from the next start on", async () => {
    const projectId = await aProject(process, acme, "blog");
    world.clock.advance(1_000);

    const changed = await process.projects.change(acme, projectId, { command: "serve", wantedPorts: [3300] });

    expect(changed).toMatchObject({
      value: { name: "blog", start: { command: "serve", from: "given" }, changedAtEpochMs: world.clock.nowMs() },
    });
    await process.runs.start(acme, projectId, { asked: {}, call: callWith(world) });
    expect(world.runner.orders).toMatchObject([{ command: { shell: "serve" }, port: 3300 }]);
  });

  test("of what is not there, or to a port that is none, is refused", async () => {
    expect(await process.projects.change(acme, "none", { name: "x" })).toEqual(
      refused({ reason: "project_unknown", projectId: "none" }),
    );
    expect(await process.projects.change(acme, "none", { wantedPorts: [1] })).toMatchObject({
      problem: { reason: "port_system_reserved" },
    });
  });
});

describe("a removal", () => {
  test("gives back the place and the folder", async () => {
    const made = await register();
    if (made.ok) expect(await process.projects.remove(made.value)).toBe(true);

    expect(await used()).toBe(0);
    expect(await register()).toMatchObject({ ok: true });
  });

  test("of a project that was changed since does nothing", async () => {
    const made = await register();
    const project = made.ok ? made.value : undefined;
    await process.projects.change(acme, project?.projectId ?? "", { name: "New" });

    if (project !== undefined) expect(await process.projects.remove(project)).toBe(false);

    expect(await used()).toBe(1);
  });
});

/** Puts that end with the process, from the given one on. */
function dyingAt(putsMax: number): ProjectWorld["table"]["put"] {
  let puts = 0;
  return async (item, condition) => {
    puts += 1;
    if (puts >= putsMax) throw new Error("dead");
    return world.table.put(item, condition);
  };
}
