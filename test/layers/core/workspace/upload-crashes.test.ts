import { expect, test } from "vitest";
import type { WorkspaceArchives } from "../../../../layers/core/ports/workspace-archives.ts";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import { UPLOAD_ACCEPT_MS } from "../../../../layers/core/workspace/limits.ts";
import { uploadCounters } from "../../../../layers/core/workspace/upload-store.ts";
import { archiveOf, type PackedArchive } from "../../../fixtures/archives.ts";
import {
  callWith,
  type ProjectProcess,
  type ProjectWorld,
  projectProcess,
  projectWorld,
} from "../../../fixtures/project-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

/**
 * A process dies after each single step of an offer, an acceptance, a removal and a sweep, also between a step and its
 * answer. The project always has one whole workspace, what was acknowledged stays, and once the sweeper and the reconciler
 * have come by, nothing lies there and nothing is counted that is not the project's.
 */

const acme = tenant("acme");
const limits = TENANT_LIMITS;

class Died extends Error {
  readonly code = "died";
}

function mortal(world: ProjectWorld, stepsMax: number): ProjectProcess {
  let steps = 0;
  const step = async <T>(work: () => Promise<T>): Promise<T> => {
    if (steps >= stepsMax) throw new Died();
    steps += 1;
    const done = await work();
    if (steps >= stepsMax) throw new Died();
    return done;
  };
  const { table, archives } = world;
  const dying: WorkspaceArchives = {
    linkTo: (...args) => archives.linkTo(...args),
    admit: (...args) => step(() => archives.admit(...args)),
    remove: (...args) => step(() => archives.remove(...args)),
    pages: () => archives.pages(),
  };
  return projectProcess({
    ...world,
    table: {
      get: (...args) => step(() => table.get(...args)),
      put: (...args) => step(() => table.put(...args)),
      update: (...args) => step(() => table.update(...args)),
      delete: (...args) => step(() => table.delete(...args)),
      query: (...args) => step(() => table.query(...args)),
    },
    archives: { ...archives, ...dying },
  });
}

async function sent(world: ProjectWorld, by: ProjectProcess, archive: PackedArchive): Promise<string> {
  world.clock.advance(1);
  const offer = await by.uploads.offer(acme, "shop", { said: archive, limits });
  if (!offer.ok) throw new TypeError(offer.problem.reason);
  await world.archives.send(offer.value.link, archive.content);
  return offer.value.uploadId;
}

async function accepted(world: ProjectWorld, by: ProjectProcess, archive: PackedArchive): Promise<string> {
  const uploadId = await sent(world, by, archive);
  const answer = await by.uploads.accept(acme, "shop", uploadId);
  if (!answer.ok) throw new TypeError(answer.problem.reason);
  return uploadId;
}

/** The one file that a start would find now. */
async function filesNow(world: ProjectWorld): Promise<readonly string[]> {
  const project = await projectProcess(world).store.get(acme, "shop");
  const look = await world.workspaces.look(acme, project?.workspace ?? "none", []);
  return look.ok ? look.value.names : [`none: ${look.problem.reason}`];
}

async function expectClean(world: ProjectWorld, what: string): Promise<void> {
  const { quotas, stored, store, sweepArchives, faults } = projectProcess(world);
  for (let round = 0; round < 2; round++) {
    world.clock.advance(UPLOAD_ACCEPT_MS + CALL_DURATION_MS_MAX + 1_000);
    await sweepArchives();
    await quotas.reconcile(acme, uploadCounters(stored));
  }
  const project = await store.get(acme, "shop");
  const own = project?.upload === undefined ? [] : [`acme/${project.workspace}`];
  const bytes = project?.upload?.bytes ?? 0;
  const { storageBytes } = await quotas.uses(acme, limits);
  const found = { archives: world.archives.names(), used: storageBytes.used, counted: await stored.countBytes(acme) };
  expect({ what, faults, ...found }).toEqual({ what, faults: [], archives: own, used: bytes, counted: bytes });
}

const STEPS_MAX = 60;

/** @returns after how many steps the work was done before its process died. */
async function eachDeath(
  work: (world: ProjectWorld, dying: ProjectProcess) => Promise<unknown>,
  judge: (world: ProjectWorld, what: string, isDone: boolean) => Promise<void>,
  prepare: (world: ProjectWorld, own: ProjectProcess) => Promise<unknown>,
): Promise<number> {
  for (let steps = 1; steps < STEPS_MAX; steps++) {
    const world = projectWorld(steps);
    await prepare(world, projectProcess(world));
    const isDone = await work(world, mortal(world, steps)).then(
      () => true,
      (error: unknown) => {
        if (error instanceof Died) return false;
        throw error;
      },
    );
    await judge(world, `${steps} steps`, isDone);
    await expectClean(world, `${steps} steps`);
    if (isDone) return steps;
  }
  throw new RangeError("the work has no end");
}

test("whoever dies on the way to a new workspace leaves the old one or the new one, and the new one once it was told so", async () => {
  const [old, fresh] = [await archiveOf({ old: "o" }), await archiveOf({ fresh: "fresh" })];
  const seen = new Set<string>();

  const steps = await eachDeath(
    (world, dying) => accepted(world, dying, fresh),
    async (world, _what, isDone) => {
      const files = await filesNow(world);
      seen.add(files.join());
      expect(isDone ? [["fresh"]] : [["old"], ["fresh"]]).toContainEqual(files);
    },
    (world, own) => accepted(world, own, old),
  );

  expect(steps).toBeGreaterThan(10);
  expect([...seen].sort()).toEqual(["fresh", "old"]);
});

test("whoever was not answered asks again, and has it", async () => {
  const fresh = await archiveOf({ fresh: "fresh" });
  let uploadId = "";

  await eachDeath(
    (_world, dying) => dying.uploads.accept(acme, "shop", uploadId),
    async (world, what) => {
      const again = await projectProcess(world).uploads.accept(acme, "shop", uploadId);
      expect({ what, ok: again.ok, files: await filesNow(world) }).toEqual({ what, ok: true, files: ["fresh"] });
    },
    async (world, own) => {
      uploadId = await sent(world, own, fresh);
    },
  );
});

test("whoever dies on the way to refuse an archive leaves nothing of it", async () => {
  const odd = await archiveOf({ "../odd": "" });

  await eachDeath(
    async (world, dying) => {
      const uploadId = await sent(world, dying, odd);
      expect(await dying.uploads.accept(acme, "shop", uploadId)).toMatchObject({ ok: false });
    },
    async (world) => expect([["none: workspace_absent"], []]).toContainEqual(await filesNow(world)),
    async () => undefined,
  );
});

test("whoever dies on the way to remove a workspace leaves it, or an empty one", async () => {
  const old = await archiveOf({ old: "o" });

  await eachDeath(
    (_world, dying) => dying.uploads.remove(acme, "shop"),
    async (world, _what, isDone) => expect(isDone ? [[]] : [["old"], []]).toContainEqual(await filesNow(world)),
    (world, own) => accepted(world, own, old),
  );
});

test("whoever dies on the way to remove a project leaves nothing of its workspace", async () => {
  const old = await archiveOf({ old: "o" });

  await eachDeath(
    async (_world, dying) => {
      const project = await dying.store.get(acme, "shop");
      if (project !== undefined) await dying.projects.remove(project);
    },
    async () => undefined,
    (world, own) => accepted(world, own, old),
  );
});

test("a sweeper that dies leaves what is used, and the next one goes on", async () => {
  const [old, fresh] = [await archiveOf({ old: "o" }), await archiveOf({ fresh: "fresh" })];

  await eachDeath(
    async (world, dying) => {
      await dying.sweepArchives();
      if (dying.faults.length > 0) throw dying.faults[0];
      expect(world.archives.names()).toHaveLength(1);
    },
    async (world) => expect(await filesNow(world)).toEqual(["fresh"]),
    async (world, own) => {
      await accepted(world, own, old);
      await own.runs.start(acme, "shop", { asked: { command: "x" }, call: callWith(world) });
      await accepted(world, own, fresh);
      await own.runs.stop(acme, "shop", { call: callWith(world) });
      await sent(world, own, old);
      world.clock.advance(UPLOAD_ACCEPT_MS + CALL_DURATION_MS_MAX + 1_000);
    },
  );
});
