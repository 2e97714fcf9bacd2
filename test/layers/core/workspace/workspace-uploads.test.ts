import { beforeEach, describe, expect, test } from "vitest";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import { ARCHIVE_BYTES_MAX, UPLOAD_ACCEPT_MS, UPLOAD_LINK_MS } from "../../../../layers/core/workspace/limits.ts";
import { uploadCounters } from "../../../../layers/core/workspace/upload-store.ts";
import { archiveOf, type PackedArchive, packed, tarOf } from "../../../fixtures/archives.ts";
import {
  aProject,
  callWith,
  type ProjectProcess,
  type ProjectWorld,
  projectProcess,
  projectWorld,
  REGION,
} from "../../../fixtures/project-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = tenant("acme");
const other = tenant("other");
const limits = TENANT_LIMITS;

let world: ProjectWorld;
let own: ProjectProcess;
let first: PackedArchive;
let second: PackedArchive;
beforeEach(async () => {
  world = projectWorld();
  own = projectProcess(world);
  first = await archiveOf({ "server.js": "first" });
  second = await archiveOf({ "main.py": "second" });
});

async function offered(archive: PackedArchive, projectId = "shop") {
  world.clock.advance(1);
  const offer = await own.uploads.offer(acme, projectId, { said: archive, limits });
  if (!offer.ok) throw new TypeError(JSON.stringify(offer.problem));
  return offer.value;
}

async function sent(archive: PackedArchive, projectId = "shop") {
  const offer = await offered(archive, projectId);
  await world.archives.send(offer.link, archive.content);
  return offer.uploadId;
}

async function accepted(archive: PackedArchive, projectId = "shop") {
  const uploadId = await sent(archive, projectId);
  expect(await own.uploads.accept(acme, projectId, uploadId)).toMatchObject({ ok: true });
  return uploadId;
}

const usedBytes = async (): Promise<number> => (await own.quotas.uses(acme, limits)).storageBytes.used;
const countedBytes = () => own.stored.countBytes(acme);

describe("an upload", () => {
  test("is the project's workspace once it is accepted, and not before", async () => {
    const uploadId = await sent(first);
    const before = await own.store.get(acme, "shop");

    const answer = await own.uploads.accept(acme, "shop", uploadId);

    expect(before).toMatchObject({ workspace: "shop" });
    const upload = {
      ...{ uploadId, bytes: first.bytes, sha256: first.sha256, region: REGION, unpackedBytes: 5, entryCount: 1 },
      ...{ offeredAtEpochMs: world.clock.nowMs(), acceptedAtEpochMs: world.clock.nowMs() },
    };
    expect(answer).toEqual({ ok: true, value: upload });
    expect(await own.uploads.show(acme, "shop")).toEqual({ ok: true, value: upload });
    expect(await own.store.get(acme, "shop")).toMatchObject({
      ...{ workspace: `shop.${uploadId}`, upload, tech: "node" },
      start: { command: "node server.js", from: "server.js" },
    });
  });

  test("replaces another in one step, and the bytes of that one are given back", async () => {
    const before = await accepted(first);

    const now = await accepted(second);

    expect(await own.store.get(acme, "shop")).toMatchObject({ workspace: `shop.${now}` });
    expect(world.archives.names()).toEqual([`acme/shop.${now}`]);
    expect(await own.stored.get(acme, { projectId: "shop", uploadId: before })).toBeUndefined();
    expect([await usedBytes(), await countedBytes()]).toEqual([second.bytes, second.bytes]);
  });

  test("tells how it is started, but for what somebody said", async () => {
    await accepted(first);
    await own.projects.change(acme, "shop", { command: "mine" });

    await accepted(second);

    expect(await own.store.get(acme, "shop")).toMatchObject({ start: { command: "mine" }, tech: "python" });
  });

  test("keeps a stack that was said when the project was registered", async () => {
    world.workspaces.put(acme, "shop", {});
    const draft = { workspace: "shop", name: "Shop", stack: ["python"] };
    const made = await own.projects.register(acme, draft, limits);

    expect(made).toMatchObject({ ok: true, value: { isStackGiven: true, tech: "python" } });
  });

  test("may be accepted again, with the same answer", async () => {
    const uploadId = await sent(first);
    const answer = await own.uploads.accept(acme, "shop", uploadId);
    world.clock.advance(2 * UPLOAD_ACCEPT_MS);

    expect(await own.uploads.accept(acme, "shop", uploadId)).toEqual(answer);
    expect(await usedBytes()).toBe(first.bytes);
  });

  test("may be accepted by two at once, and is there once", async () => {
    const uploadId = await sent(first);

    const answers = await Promise.all([1, 2].map(() => projectProcess(world).uploads.accept(acme, "shop", uploadId)));

    expect(answers.map(({ ok }) => ok)).toEqual([true, true]);
    expect(await own.store.get(acme, "shop")).toMatchObject({ workspace: `shop.${uploadId}` });
    expect(world.archives.names()).toEqual([`acme/shop.${uploadId}`]);
    expect(await usedBytes()).toBe(first.bytes);
  });

  test("that was offered earlier does not take the place of a later one", async () => {
    const earlier = await sent(first);
    const later = await accepted(second);

    expect(await own.uploads.accept(acme, "shop", earlier)).toEqual({
      ok: false,
      problem: { reason: "upload_superseded" },
    });
    expect(await own.store.get(acme, "shop")).toMatchObject({ workspace: `shop.${later}` });
    expect(world.archives.names()).toEqual([`acme/shop.${later}`]);
    expect(await usedBytes()).toBe(second.bytes);
  });

  test("is refused where the archive is not taken, and leaves nothing", async () => {
    const bad = packed(Buffer.from("no archive"));
    const uploadId = await sent(bad);

    expect(await own.uploads.accept(acme, "shop", uploadId)).toMatchObject({
      ok: false,
      problem: { reason: "archive_malformed" },
    });
    expect([world.archives.names(), await usedBytes(), await countedBytes()]).toEqual([[], 0, 0]);
    expect(await own.uploads.accept(acme, "shop", uploadId)).toEqual({
      ok: false,
      problem: { reason: "upload_unknown" },
    });
  });

  test("that has not come yet can be accepted once it has", async () => {
    const { uploadId, link } = await offered(first);
    const early = await own.uploads.accept(acme, "shop", uploadId);
    await world.archives.send(link, first.content);

    expect(early).toEqual({ ok: false, problem: { reason: "archive_absent" } });
    expect(await own.uploads.accept(acme, "shop", uploadId)).toMatchObject({ ok: true });
  });

  test("is over when nobody accepts it in time", async () => {
    const uploadId = await sent(first);
    world.clock.advance(UPLOAD_ACCEPT_MS);

    expect(await own.uploads.accept(acme, "shop", uploadId)).toEqual({
      ok: false,
      problem: { reason: "upload_unknown" },
    });
  });

  test("tells until when its link is good and it may be accepted", async () => {
    const now = world.clock.nowMs() + 1;

    expect(await offered(first)).toMatchObject({
      linkUntilEpochMs: now + UPLOAD_LINK_MS,
      acceptUntilEpochMs: now + UPLOAD_ACCEPT_MS,
    });
  });

  test("has a project made for it, with an empty workspace until then", async () => {
    await offered(first, "new");

    expect(await own.store.get(acme, "new")).toMatchObject({ workspace: "new", stack: [] });
  });

  test("is another's to nobody", async () => {
    const uploadId = await sent(first);
    await own.projects.ensure(other, "shop", limits);

    expect(await own.uploads.accept(other, "shop", uploadId)).toEqual({
      ok: false,
      problem: { reason: "upload_unknown" },
    });
    expect(await own.uploads.accept(acme, "shop", uploadId)).toMatchObject({ ok: true });
    expect(await own.uploads.show(other, "shop")).toEqual({ ok: false, problem: { reason: "not_uploaded" } });
  });

  test("of one project is not taken for another's", async () => {
    const uploadId = await sent(first, "shop");
    await own.projects.ensure(acme, "blog", limits);

    expect(await own.uploads.accept(acme, "blog", uploadId)).toEqual({
      ok: false,
      problem: { reason: "upload_unknown" },
    });
  });

  test("can't be registered as the workspace of another project", async () => {
    const uploadId = await accepted(first);

    const made = await own.projects.register(acme, { workspace: `shop.${uploadId}`, name: "x" }, limits);

    expect(made).toEqual({ ok: false, problem: { reason: "workspace_taken", projectId: "shop" } });
  });
});

describe("an offer is refused", () => {
  test("past the tenant's storage, and nothing is taken of it", async () => {
    const small = { ...limits, storageBytes: first.bytes + 1 };
    const said = { said: first, limits: small };
    expect(await own.uploads.offer(acme, "shop", said)).toMatchObject({ ok: true });

    expect(await own.uploads.offer(acme, "shop", said)).toEqual({
      ok: false,
      problem: { reason: "quota_reached", quota: "storageBytes", limit: first.bytes + 1 },
    });
    expect(await usedBytes()).toBe(first.bytes);
  });

  test("for an archive that is too long, by a byte", async () => {
    const said = (bytes: number) => ({ said: { bytes, sha256: "0".repeat(64) }, limits });

    expect(await own.uploads.offer(acme, "shop", said(ARCHIVE_BYTES_MAX))).toMatchObject({ ok: true });
    expect(await own.uploads.offer(acme, "shop", said(ARCHIVE_BYTES_MAX + 1))).toEqual({
      ok: false,
      problem: { reason: "archive_too_large", what: "sent", max: ARCHIVE_BYTES_MAX },
    });
  });

  test("for a project whose folder lies elsewhere", async () => {
    const projectId = await aProject(own, acme, "code/shop");

    expect(await own.uploads.offer(acme, projectId, { said: first, limits })).toEqual({
      ok: false,
      problem: { reason: "workspace_elsewhere", workspace: "code/shop" },
    });
  });

  test("where no project may be made", async () => {
    expect(await own.uploads.offer(acme, "shop", { said: first, limits: { ...limits, projects: 0 } })).toMatchObject({
      ok: false,
      problem: { reason: "quota_reached", quota: "projects" },
    });
  });
});

describe("what runs", () => {
  const start = async (command?: string) =>
    own.runs.start(acme, "shop", { asked: command === undefined ? {} : { command }, call: callWith(world) });

  test("keeps the upload that it was started in until it ends, and what is started next has the new one", async () => {
    const before = await accepted(first);
    await start();
    const now = await accepted(second);
    await own.sweepArchives();
    expect(world.archives.names()).toEqual([`acme/shop.${before}`, `acme/shop.${now}`].sort());
    expect(world.runner.orders.at(-1)?.workingDirectory).toBe(`shop.${before}`);

    await own.runs.stop(acme, "shop", { call: callWith(world) });
    await start();
    world.clock.advance(CALL_DURATION_MS_MAX);
    await own.sweepArchives();

    expect(world.runner.orders.at(-1)?.workingDirectory).toBe(`shop.${now}`);
    expect(world.archives.names()).toEqual([`acme/shop.${now}`]);
    expect(await usedBytes()).toBe(second.bytes);
  });

  test("keeps it also where its acceptance is asked for once more", async () => {
    const before = await accepted(first);
    await start();
    await accepted(second);

    expect(await own.uploads.accept(acme, "shop", before)).toMatchObject({ problem: { reason: "upload_superseded" } });
    expect(world.archives.names()).toContain(`acme/shop.${before}`);
  });

  test("is sent again with the workspace that it was ordered with", async () => {
    const before = await accepted(first);
    const { start: taken } = world.runner;
    world.runner.start = () => Promise.reject(new TypeError("away"));
    await expect(start()).rejects.toThrow("away");
    world.runner.start = taken;
    await accepted(second);
    world.clock.advance(60_000);

    await own.runs.look(acme, "shop");

    expect(world.runner.orders.at(-1)?.workingDirectory).toBe(`shop.${before}`);
  });
});

/** Accepts in a process that stands still once it has looked at what it is about to make the workspace. */
async function stalledAcceptance(uploadId: string) {
  const [looked, goOn] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const workspaces: ProjectWorld["workspaces"] = {
    ...world.workspaces,
    async look(...args) {
      const look = await world.workspaces.look(...args);
      looked.resolve();
      await goOn.promise;
      return look;
    },
  };
  const answer = projectProcess({ ...world, workspaces }).uploads.accept(acme, "shop", uploadId);
  await looked.promise;
  return {
    goOn: () => {
      goOn.resolve();
      return answer;
    },
  };
}

describe("a removed workspace", () => {
  const SUPERSEDED = { ok: false, problem: { reason: "upload_superseded" } };

  test("does not come back, without its files, by an acceptance that was under way", async () => {
    const uploadId = await sent(first);
    const stalled = await stalledAcceptance(uploadId);
    await own.uploads.accept(acme, "shop", uploadId);
    await own.uploads.remove(acme, "shop");

    expect(await stalled.goOn()).toEqual(SUPERSEDED);
    expect(await own.store.get(acme, "shop")).toMatchObject({ workspace: "shop" });
    expect(await own.uploads.show(acme, "shop")).toEqual({ ok: false, problem: { reason: "not_uploaded" } });
    expect([world.archives.names(), await usedBytes(), await countedBytes()]).toEqual([[], 0, 0]);
  });

  test("does not make way for one that it had replaced", async () => {
    const uploadId = await sent(first);
    const stalled = await stalledAcceptance(uploadId);
    await own.uploads.accept(acme, "shop", uploadId);
    await accepted(second);
    await own.uploads.remove(acme, "shop");

    expect(await stalled.goOn()).toEqual(SUPERSEDED);
    expect(await own.store.get(acme, "shop")).toMatchObject({ workspace: "shop" });
  });

  test("makes way for a later upload, and for one after that", async () => {
    for (const archive of [first, second, first]) {
      const uploadId = await accepted(archive);
      expect(await own.store.get(acme, "shop")).toMatchObject({ workspace: `shop.${uploadId}` });
      await own.uploads.remove(acme, "shop");
    }

    expect([world.archives.names(), await usedBytes()]).toEqual([[], 0]);
  });

  test("does not come back in a project that was made anew under the same name", async () => {
    const uploadId = await sent(first);
    const stalled = await stalledAcceptance(uploadId);
    await own.uploads.accept(acme, "shop", uploadId);
    const project = await own.store.get(acme, "shop");
    if (project === undefined) throw new TypeError("it was accepted");
    await own.projects.remove(project);
    world.clock.advance(1);
    await own.projects.ensure(acme, "shop", limits);

    expect(await stalled.goOn()).toEqual(SUPERSEDED);
    expect(await own.store.get(acme, "shop")).toMatchObject({ workspace: "shop" });
  });

  test("leaves the project with an empty one, and gives its bytes back", async () => {
    const uploadId = await accepted(first);

    expect(await own.uploads.remove(acme, "shop")).toMatchObject({ ok: true, value: { uploadId } });

    const project = await own.store.get(acme, "shop");
    expect(project).toMatchObject({ workspace: "shop", stack: [] });
    expect(project?.upload).toBeUndefined();
    expect(project?.start).toBeUndefined();
    expect([world.archives.names(), await usedBytes(), await countedBytes()]).toEqual([[], 0, 0]);
    expect(await own.uploads.remove(acme, "shop")).toEqual({ ok: false, problem: { reason: "not_uploaded" } });
    expect(await own.uploads.remove(acme, "none")).toMatchObject({ problem: { reason: "project_unknown" } });
  });

  test("goes with its project", async () => {
    await accepted(first);
    const project = await own.store.get(acme, "shop");

    if (project !== undefined) await own.projects.remove(project);

    expect([world.archives.names(), await usedBytes()]).toEqual([[], 0]);
  });
});

describe("the sweeper", () => {
  test("leaves what is offered or used", async () => {
    await accepted(first, "used");
    await sent(second, "offered");
    const names = world.archives.names();

    expect(await own.sweepArchives()).toEqual({ isFinished: true });

    expect(world.archives.names()).toEqual(names);
  });

  test("removes what was sent and never accepted, and its bytes are given back by a repair", async () => {
    await sent(first);
    world.clock.advance(UPLOAD_ACCEPT_MS + CALL_DURATION_MS_MAX + 1_000);

    await own.sweepArchives();
    await own.quotas.reconcile(acme, uploadCounters(own.stored));

    expect([world.archives.names(), await usedBytes()]).toEqual([[], 0]);
  });

  test("removes what is sent by a link after its upload was refused", async () => {
    const bad = packed((await tarOf({ "a.js": "" })).subarray(0, 600));
    const { link, uploadId } = await offered(bad);
    await world.archives.send(link, bad.content);
    await own.uploads.accept(acme, "shop", uploadId);
    await world.archives.send(link, bad.content);

    await own.sweepArchives();

    expect(world.archives.names()).toEqual([]);
  });

  test("leaves what somebody accepts at last while it is about to be removed", async () => {
    const uploadId = await sent(first);
    await own.stored.keep(acme, { projectId: "shop", uploadId });
    world.clock.advance(CALL_DURATION_MS_MAX + 1_000);
    const { table } = world;
    let answer: unknown;
    const overtaken = projectProcess({
      ...world,
      table: {
        get: (...args) => table.get(...args),
        put: (...args) => table.put(...args),
        update: (...args) => table.update(...args),
        query: (...args) => table.query(...args),
        async delete(...args) {
          answer = await own.uploads.accept(acme, "shop", uploadId);
          return table.delete(...args);
        },
      },
    });

    await overtaken.sweepArchives();

    expect(answer).toMatchObject({ ok: true, value: { uploadId } });
    expect(world.archives.names()).toEqual([`acme/shop.${uploadId}`]);
    expect(await usedBytes()).toBe(first.bytes);
  });

  test("begins nothing after its time", async () => {
    await sent(first);
    world.clock.advance(UPLOAD_ACCEPT_MS + CALL_DURATION_MS_MAX + 1_000);

    expect(await own.sweepArchives(world.clock.nowMs())).toEqual({ isFinished: false });
    expect(world.archives.names()).toHaveLength(1);
  });

  test("goes on where one archive fails, and tells of it", async () => {
    await sent(first, "a");
    await sent(second, "b");
    world.clock.advance(UPLOAD_ACCEPT_MS + CALL_DURATION_MS_MAX + 1_000);
    const { remove } = world.archives;
    world.archives.remove = async (tenantId, name) => {
      if (name.startsWith("a.")) throw new TypeError("away");
      await remove(tenantId, name);
    };

    await own.sweepArchives();

    expect(own.faults).toEqual([new TypeError("away")]);
    expect(world.archives.names()).toEqual([expect.stringMatching(/^acme\/a\./)]);
  });
});
