import { beforeEach, describe, expect, test } from "vitest";
import { ENDED_RUN_KEPT_MS } from "../../../../layers/core/ports/runner.ts";
import { ORDER_LOST_MS, START_SEEN_MS_MAX, STOP_OVERDUE_MS } from "../../../../layers/core/project/limits.ts";
import { openRun, type Project, statusOf } from "../../../../layers/core/project/project.ts";
import { projectCounters } from "../../../../layers/core/project/project-counters.ts";
import type { StartAsked } from "../../../../layers/core/project/run-draft.ts";
import { TENANT_LIMITS, type TenantLimits } from "../../../../layers/core/quota/tenant-limits.ts";
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
let shop: string;

beforeEach(async () => {
  world = projectWorld();
  process = projectProcess(world);
  shop = await aProject(process, acme);
});

function start(projectId = shop, asked: StartAsked = {}, limits: Partial<TenantLimits> = {}, by = process) {
  return by.runs.start(acme, projectId, { asked, call: callWith(world, limits) });
}

async function started(projectId = shop, asked: StartAsked = {}): Promise<Project> {
  const outcome = await start(projectId, asked);
  if (!outcome.ok) throw new TypeError(JSON.stringify(outcome.problem));
  return outcome.value.project;
}

async function looked(projectId = shop): Promise<Project> {
  const project = await process.runs.look(acme, projectId);
  if (project === undefined) throw new TypeError(`no project ${projectId}`);
  return project;
}

const uses = async () => {
  const { containers, cpus, memoryBytes, ports } = await process.quotas.uses(acme, TENANT_LIMITS);
  return [containers.used, cpus.used, memoryBytes.used / 1024 ** 3, ports.used];
};

describe("a start", () => {
  test("has the runner run the project's own command in its folder, with a port and what a run may take", async () => {
    const project = await started();

    expect(statusOf(project)).toBe("running");
    expect(world.runner.orders).toEqual([
      {
        runId: project.run?.runId,
        projectId: shop,
        command: { shell: "node server.js" },
        workingDirectory: "shop",
        environment: { NODE_ENV: "development" },
        port: project.run?.port,
        limits: {
          ...{ cpuShare: 1, memoryBytes: 1024 ** 3, diskBytes: 1024 ** 3, processCount: 128 },
          lifetimeMs: 24 * 60 * 60 * 1_000,
        },
        graceMs: 10_000,
      },
    ]);
    expect(project.run?.port).toBeGreaterThanOrEqual(3000);
    expect(project.run?.port).toBeLessThanOrEqual(3999);
    expect(await uses()).toEqual([1, 1, 1, 1]);
  });

  test("takes what it says itself before what the project says", async () => {
    await process.projects.change(acme, shop, { environment: { A: "project", B: "project" }, wantedPorts: [3100] });

    await started(shop, { command: "echo hi", environment: { A: "start" }, environmentName: "staging" });

    const [order] = world.runner.orders;
    expect(order).toMatchObject({ command: { shell: "echo hi" }, port: 3100 });
    expect(order?.environment).toEqual({ NODE_ENV: "staging", A: "start", B: "project" });
  });

  test("of a project that runs as asked for tells of the run and starts nothing", async () => {
    const first = await started(shop, { command: "serve" });

    const second = await start(shop, { command: "serve" });

    expect(second).toMatchObject({
      ok: true,
      value: { wasRunning: true, project: { run: { runId: first.run?.runId } } },
    });
    expect(world.runner.orders).toHaveLength(1);
  });

  test.each([
    { command: "other" },
    { port: 3001 },
    { environmentName: "production" },
    { environment: { A: "1" } },
  ] as const)("that asks for %j of a project that runs otherwise is refused", async (asked) => {
    const { run } = await started(shop, { command: "serve", port: 3000 });

    expect(await start(shop, asked)).toEqual(refused({ reason: "run_open", projectId: shop, port: run?.port }));
    expect(world.runner.orders).toHaveLength(1);
  });

  test("of a project whose run has ended by itself starts another, on the same port", async () => {
    const first = await started();
    world.runner.exit(first.run?.runId ?? "");

    const second = await started();

    expect(second.term).toBe(2);
    expect(second.run?.runId).not.toBe(first.run?.runId);
    expect(second.run?.port).toBe(first.run?.port);
    expect(await uses()).toEqual([1, 1, 1, 1]);
  });

  test("waits for the end of a run that is being stopped", async () => {
    const { run } = await started();
    world.runner.isObedient = false;
    await process.runs.askToStop(await looked(), { force: false });

    const again = start();
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    expect(world.runner.orders).toHaveLength(1);
    world.runner.exit(run?.runId ?? "", { reason: "stopped" });
    const outcome = await advancing(again);

    expect(outcome).toMatchObject({ ok: true, value: { wasRunning: false, project: { term: 2 } } });
  });

  test("that ten processes make at once makes one run", async () => {
    const processes = Array.from({ length: 10 }, () => projectProcess(world));

    const outcomes = await Promise.all(processes.map((each) => start(shop, {}, {}, each)));

    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(world.runner.orders).toHaveLength(1);
    expect(world.runner.open()).toHaveLength(1);
    expect(await uses()).toEqual([1, 1, 1, 1]);
    expect(await process.ports.held(acme)).toHaveLength(1);
  });

  test("of what there is not is refused, and says nothing of another tenant's", async () => {
    expect(await start("proj_none")).toEqual(refused({ reason: "project_unknown", projectId: "proj_none" }));

    const theirs = await process.runs.start(other, shop, { asked: { command: "x" }, call: callWith(world) });
    expect(theirs).toEqual(refused({ reason: "project_unknown", projectId: shop }));
  });

  test("that nothing says how to do is refused", async () => {
    process.workspaces.put("acme", "empty", {});
    const empty = await process.projects.register(acme, { workspace: "empty", name: "e" }, TENANT_LIMITS);
    const projectId = empty.ok ? empty.value.projectId : "";

    expect(await start(projectId)).toEqual(refused({ reason: "command_unknown", projectId }));
    expect(await uses()).toEqual([0, 0, 0, 0]);
  });

  test.each([
    ["containers", { containers: 1 }],
    ["cpus", { cpus: 1 }],
    ["memoryBytes", { memoryBytes: 1024 ** 3 + 5 }],
    ["ports", { ports: 1 }],
  ] as const)("beyond the tenant's quota of %s is refused, and takes nothing", async (quota, limits) => {
    await started();
    const blog = await aProject(process, acme, "blog");

    const second = await start(blog, {}, limits);

    expect(second).toMatchObject({ ok: false, problem: { reason: "quota_reached", quota } });
    expect(await uses()).toEqual([1, 1, 1, 1]);
    expect(world.runner.orders).toHaveLength(1);
  });

  test("of a tenant with less memory than a run takes has a smaller run", async () => {
    expect(await start(shop, {}, { memoryBytes: 1_000 })).toMatchObject({ ok: true });
    expect(world.runner.orders[0]?.limits.memoryBytes).toBe(1_000);
  });

  test("at a full quota finds the places of runs that have ended by themselves", async () => {
    world.runner.onStart = (runId) => world.runner.exit(runId);
    const blog = await aProject(process, acme, "blog");
    world.runner.onStart = undefined;
    const { run } = await started(shop);
    world.runner.exit(run?.runId ?? "");

    expect(await start(blog, {}, { containers: 1 })).toMatchObject({ ok: true });
    expect(statusOf(await looked(shop))).toBe("stopped");
  });

  test("that the runner refuses is told why, holds nothing, and shows as an error", async () => {
    world.runner.refusal = { reason: "environment_refused", name: "PORT" };

    expect(await start()).toEqual(refused({ reason: "environment_refused", name: "PORT" }));

    const project = await looked();
    expect(statusOf(project)).toBe("error");
    expect(project.run).toMatchObject({
      state: "ended",
      end: { reason: "start_failed", detail: "environment_refused" },
    });
    expect(await uses()).toEqual([0, 0, 0, 0]);
    expect(await process.ports.held(acme)).toEqual([]);
  });

  test("that finds its port taken after all tries another; a port that was asked for is refused", async () => {
    const blind = projectProcess({ ...world, runner: { ...world.runner, portState: async () => ({ state: "free" }) } });
    world.runner.busyPorts.add(3000);
    await process.projects.change(acme, shop, { wantedPorts: [3000] });

    expect(await start(shop, { port: 3000 }, {}, blind)).toEqual(refused({ reason: "port_taken", port: 3000 }));
    expect(await uses()).toEqual([0, 0, 0, 0]);
    const any = await start(shop, {}, {}, blind);
    expect(any.ok && any.value.project.run?.port).not.toBe(3000);
    expect(any).toMatchObject({ ok: true, value: { project: { run: { state: "running" } } } });
  });

  test("that can't reach the runner to try out a port gives back what it took, and says so", async () => {
    world.runner.isDown = true;

    await expect(start()).rejects.toMatchObject({ code: "runner_unavailable" });

    expect(await uses()).toEqual([0, 0, 0, 0]);
  });

  test("that ended at once tells how", async () => {
    world.runner.onStart = (runId) => world.runner.exit(runId, { code: 3 });

    const project = await started();

    expect(statusOf(project)).toBe("error");
    expect(project.run).toMatchObject({ state: "ended", end: { reason: "exited", exitCode: 3 } });
    expect(await uses()).toEqual([0, 0, 0, 0]);
  });
});

describe("a start that is overtaken", () => {
  /** Somebody else does something after the run is written down, and before the runner is told. */
  function overtakenBy(meanwhile: () => Promise<unknown>): ProjectProcess {
    const runner = world.runner;
    const start: typeof runner.start = async (...args) => {
      await meanwhile();
      return runner.start(...args);
    };
    return projectProcess({ ...world, runner: { ...runner, start } });
  }

  test("by a stop leaves nothing that runs, and gives everything back", async () => {
    const stop = () => process.runs.stop(acme, shop, { call: callWith(world) });

    const outcome = await start(shop, {}, {}, overtakenBy(stop));

    expect(world.runner.orders).toHaveLength(1);
    expect(world.runner.open()).toEqual([]);
    expect(outcome).toMatchObject({
      ok: true,
      value: { project: { run: { state: "ended", end: { reason: "stopped" } } } },
    });
    expect(await uses()).toEqual([0, 0, 0, 0]);
  });

  test("by the next run leaves that one alone", async () => {
    let isFirst = true;
    const slow = overtakenBy(async () => {
      if (!isFirst) return;
      isFirst = false;
      await process.runs.stop(acme, shop, { call: callWith(world) });
      await started(shop, { command: "the next" });
    });

    await start(shop, {}, {}, slow);

    const { run } = await looked();
    expect(run).toMatchObject({ state: "running", command: "the next" });
    expect(world.runner.open()).toEqual([run?.runId]);
    expect(await uses()).toEqual([1, 1, 1, 1]);
  });

  test("by nobody but itself, where the store's client sends a write again whose answer was lost", async () => {
    const put: typeof world.table.put = async (...args) => {
      const first = await world.table.put(...args);
      return first.ok ? world.table.put(...args) : first;
    };

    expect(await start(shop, {}, {}, projectProcess({ ...world, table: { ...world.table, put } }))).toMatchObject({
      ok: true,
      value: { wasRunning: false, project: { term: 1 } },
    });
    expect(await uses()).toEqual([1, 1, 1, 1]);
  });
});

describe("a start that takes a while", () => {
  test("is waited for until the program runs", async () => {
    world.runner.isPrompt = false;
    const project = await started();
    expect(statusOf(project)).toBe("starting");

    const waiting = process.runs.untilRunning(project, callWith(world));
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    world.runner.launch(project.run?.runId ?? "");

    expect(statusOf(await advancing(waiting))).toBe("running");
  });

  test("is told as it stands after some seconds", async () => {
    world.runner.isPrompt = false;
    const project = await started();
    const startedAtMs = world.clock.nowMs();

    expect(statusOf(await advancing(process.runs.untilRunning(project, callWith(world))))).toBe("starting");
    expect(world.clock.nowMs() - startedAtMs).toBeLessThanOrEqual(START_SEEN_MS_MAX);
  });
});

describe("a stop", () => {
  const stop = (force = false, by = process) => by.runs.stop(acme, shop, { force, call: callWith(world) });

  test("ends the run, and frees its port and places", async () => {
    await started();

    const stopped = await stop();

    expect(stopped).toMatchObject({ ok: true, value: { wasOpen: true, project: { run: { end: { exitCode: 143 } } } } });
    expect(statusOf(await looked())).toBe("stopped");
    expect(await uses()).toEqual([0, 0, 0, 0]);
    expect(await process.ports.held(acme)).toEqual([]);
  });

  test("of what does not run changes nothing", async () => {
    const before = await looked();

    expect(await stop()).toEqual({ ok: true, value: { wasOpen: false, project: before } });
  });

  test("waits for the end, and answers at its deadline where there is none", async () => {
    world.runner.isObedient = false;
    await started();

    const stopped = await advancing(
      process.runs.stop(acme, shop, { call: { deadlineEpochMs: world.clock.nowMs() + 500 } }),
    );

    expect(stopped).toMatchObject({ ok: true, value: { wasOpen: true, project: { run: { state: "stopping" } } } });
    expect(await uses()).toEqual([1, 1, 1, 1]);
  });

  test("that is overdue is asked for again, without grace", async () => {
    world.runner.isObedient = false;
    await started();
    await process.runs.askToStop(await looked(), { force: false });
    world.clock.advance(10_000 + STOP_OVERDUE_MS);

    await looked();

    expect(statusOf(await looked())).toBe("stopped");
    expect(world.runner.open()).toEqual([]);
  });

  test("by force leaves no grace, also after one without", async () => {
    world.runner.isObedient = false;
    await started();
    await process.runs.askToStop(await looked(), { force: false });

    expect(await stop(true)).toMatchObject({ ok: true, value: { project: { run: { end: { exitCode: 137 } } } } });
  });

  test("by ten processes at once gives back once", async () => {
    await started();

    await Promise.all(Array.from({ length: 10 }, () => stop(false, projectProcess(world))));

    expect(await uses()).toEqual([0, 0, 0, 0]);
  });

  test("of another tenant's project finds none", async () => {
    await started();

    expect(await process.runs.stop(other, shop, { call: callWith(world) })).toEqual(
      refused({ reason: "project_unknown", projectId: shop }),
    );
    expect(world.runner.open()).toHaveLength(1);
  });
});

describe("a look", () => {
  test("writes down how a run ended, for when the runner has forgotten it", async () => {
    const { run } = await started();
    world.runner.exit(run?.runId ?? "", { code: 7, reason: "memory_exceeded" });
    await looked();
    world.runner.forget(run?.runId ?? "");

    const project = await looked();

    expect(project.run).toMatchObject({ end: { reason: "memory_exceeded", exitCode: 7 } });
    expect(statusOf(project)).toBe("error");
  });

  test("at a run that the runner does not know finds that its host was lost", async () => {
    const { run } = await started();
    world.runner.forget(run?.runId ?? "");

    expect(await looked()).toMatchObject({ run: { state: "ended", end: { reason: "host_lost" } } });
    expect(await uses()).toEqual([0, 0, 0, 0]);
  });

  test("at all of a tenant's projects finds each as it is, and none of another's", async () => {
    const blog = await aProject(process, acme, "blog");
    await aProject(process, other, "theirs");
    const { run } = await started(shop);
    await started(blog);
    world.runner.exit(run?.runId ?? "");

    const listed = await process.runs.list(acme);

    expect(Object.fromEntries(listed.map((each) => [each.projectId, statusOf(each)]))).toEqual({
      [shop]: "stopped",
      [blog]: "running",
    });
  });

  test("at an order that was written down long ago and never sent sends it", async () => {
    await unsentOrder();
    expect(openRun(await looked())?.state).toBe("starting");
    world.clock.advance(ORDER_LOST_MS);

    expect(statusOf(await looked())).toBe("running");
    expect(world.runner.orders).toHaveLength(1);
  });

  test("at an order so old that nobody can tell whether it was sent counts it as ended", async () => {
    await unsentOrder();
    world.clock.advance(ENDED_RUN_KEPT_MS);

    expect(await looked()).toMatchObject({ run: { end: { reason: "host_lost" } } });
    expect(world.runner.orders).toEqual([]);
  });

  /** As a process leaves it that dies between the two. */
  async function unsentOrder(): Promise<void> {
    const dying = projectProcess({
      ...world,
      runner: { ...world.runner, start: () => Promise.reject(new Error("dead")) },
    });
    await expect(start(shop, {}, {}, dying)).rejects.toThrow("dead");
  }
});

test("what the open runs use can be counted, for the reconciler", async () => {
  await started();
  await aProject(process, acme, "blog");
  const counters = projectCounters(process.store);

  const counted = await Promise.all(Object.entries(counters).map(async ([name, count]) => [name, await count(acme)]));

  expect(Object.fromEntries(counted)).toEqual({
    projects: 2,
    containers: 1,
    cpus: 1,
    memoryBytes: 1024 ** 3,
    ports: 1,
  });
});

/** Lets time pass until a call has its answer. */
async function advancing<T>(call: Promise<T>): Promise<T> {
  let isOver = false;
  const over = call.finally(() => {
    isOver = true;
  });
  for (let step = 0; step < 2_000 && !isOver; step++) {
    world.clock.advance(10);
    await new Promise(setImmediate);
  }
  return over;
}
