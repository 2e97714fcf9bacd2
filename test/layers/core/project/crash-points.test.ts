import { expect, test } from "vitest";
import type { Runner } from "../../../../layers/core/ports/runner.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { ENTRY_UNUSED_MS, ORDER_LOST_MS } from "../../../../layers/core/project/limits.ts";
import type { OpenRunEntry } from "../../../../layers/core/project/open-runs.ts";
import { openRun, type Project } from "../../../../layers/core/project/project.ts";
import { projectCounters } from "../../../../layers/core/project/project-counters.ts";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
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

/**
 * A process dies after each single step of a start, a stop and a removal, also between a step and its answer. Whatever it
 * left, others make whole: one run at most, nothing held that nobody runs, and all counts right.
 */

const acme = tenant("acme");

class Died extends Error {
  readonly code = "died";
}

/** A process that takes so many steps and no more; the last one takes effect, and nobody learns of it. */
function mortal(world: ProjectWorld, stepsMax: number): { readonly process: ProjectProcess; steps(): number } {
  let steps = 0;
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    if (steps >= stepsMax) throw new Died();
    steps += 1;
    const done = await work();
    if (steps >= stepsMax) throw new Died();
    return done;
  };
  const table: Table = {
    get: (...args) => step(() => world.table.get(...args)),
    put: (...args) => step(() => world.table.put(...args)),
    update: (...args) => step(() => world.table.update(...args)),
    delete: (...args) => step(() => world.table.delete(...args)),
    query: (...args) => step(() => world.table.query(...args)),
  };
  const runner: Runner = {
    start: (...args) => step(() => world.runner.start(...args)),
    stop: (...args) => step(() => world.runner.stop(...args)),
    look: (...args) => step(() => world.runner.look(...args)),
    output: (...args) => step(() => world.runner.output(...args)),
    portState: (...args) => step(() => world.runner.portState(...args)),
  };
  return { process: projectProcess({ ...world, table, runner: { ...world.runner, ...runner } }), steps: () => steps };
}

/** All that is held must be somebody's, once the sweeper and the reconciler have come by. */
async function expectWhole(world: ProjectWorld, what: string): Promise<void> {
  const { sweep, quotas, ports, faults, store, openRuns } = projectProcess(world);
  for (const waitMs of [ORDER_LOST_MS, ENTRY_UNUSED_MS, 1_000]) {
    world.clock.advance(waitMs);
    await sweep();
  }
  for (let round = 0; round < 2; round++) {
    world.clock.advance(CALL_DURATION_MS_MAX);
    await quotas.reconcile(acme, projectCounters(store));
  }
  const projects = await store.list(acme);
  const open = projects.flatMap((project) => openRun(project) ?? []);
  const uses = await quotas.uses(acme, TENANT_LIMITS);
  const entries: OpenRunEntry[] = [];
  for await (const page of openRuns.pages()) entries.push(...page);
  expect({
    what,
    faults,
    running: world.runner.open(),
    used: [uses.projects.used, uses.containers.used, uses.cpus.used, uses.ports.used],
    ports: (await ports.held(acme)).map(({ runId }) => runId),
    entries: entries.map(({ runId }) => runId),
  }).toEqual({
    what,
    faults: [],
    running: open.map(({ runId }) => runId),
    used: [projects.length, open.length, open.length, open.length],
    ports: open.map(({ runId }) => runId),
    entries: open.map(({ runId }) => runId),
  });
}

interface Story {
  /** What stands before. */
  readonly before?: (process: ProjectProcess, shop: string) => Promise<unknown>;
  readonly act: (process: ProjectProcess, shop: string, world: ProjectWorld) => Promise<unknown>;
  /** What somebody else does afterwards, and finds. */
  readonly after: (process: ProjectProcess, shop: string, world: ProjectWorld) => Promise<Project | undefined>;
  readonly open: number;
}

const start = (process: ProjectProcess, shop: string, world: ProjectWorld) =>
  process.runs.start(acme, shop, { asked: {}, call: callWith(world) });

async function startedBy(process: ProjectProcess, shop: string, world: ProjectWorld): Promise<Project | undefined> {
  const outcome = await start(process, shop, world);
  if (!outcome.ok) throw new TypeError(JSON.stringify(outcome.problem));
  return outcome.value.project;
}

const look = (process: ProjectProcess, shop: string) => process.runs.look(acme, shop);

const STORIES: Readonly<Record<string, Story>> = {
  "a start, and then nobody asks for it": { act: start, after: look, open: Number.NaN },
  "a start, and then another": {
    act: start,
    after: async (process, shop, world) => {
      world.clock.advance(ORDER_LOST_MS);
      return startedBy(process, shop, world);
    },
    open: 1,
  },
  "a start after the end of a run": {
    before: async (process, shop) => {
      const outcome = await process.runs.start(acme, shop, { asked: {}, call: callWith(process) });
      if (outcome.ok) process.runner.exit(outcome.value.project.run?.runId ?? "");
    },
    act: start,
    after: startedBy,
    open: 1,
  },
  "a stop": {
    before: (process, shop) => start(process, shop, process),
    act: (process, shop, world) => process.runs.stop(acme, shop, { call: callWith(world) }),
    after: async (process, shop, world) => {
      const stopped = await process.runs.stop(acme, shop, { force: true, call: callWith(world) });
      return stopped.ok ? stopped.value.project : undefined;
    },
    open: 0,
  },
  "a removal": {
    act: async (process, shop) => {
      const project = await process.runs.look(acme, shop);
      if (project !== undefined) await process.projects.remove(project);
    },
    after: look,
    open: 0,
  },
};

test.each(Object.entries(STORIES))("%s: a process may die after any step of it", async (name, story) => {
  let isDone = false;
  let deaths = 0;
  for (let stepsMax = 1; !isDone && stepsMax < 200; stepsMax++) {
    const world = projectWorld(stepsMax);
    const whole = projectProcess(world);
    const shop = await aProject(whole, acme);
    await story.before?.(whole, shop);
    const dying = mortal(world, stepsMax);

    try {
      await story.act(dying.process, shop, world);
      isDone = dying.steps() < stepsMax;
    } catch (fault) {
      if (!(fault instanceof Died)) throw fault;
      deaths += 1;
    }

    const what = `${name}, dead after step ${stepsMax}`;
    await story.after(projectProcess(world), shop, world);
    await expectWhole(world, what);
    if (!Number.isNaN(story.open)) expect(`${what}: ${world.runner.open().length}`).toBe(`${what}: ${story.open}`);
  }

  expect(isDone).toBe(true);
  expect(deaths).toBeGreaterThan(2);
});
