import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { StoreFault } from "../../../../layers/core/ports/store-fault.ts";
import type { ItemKey, Table } from "../../../../layers/core/ports/table.ts";
import { BLOB_KINDS, blobKey, RECORD_KINDS } from "../../../../layers/core/store/keys.ts";
import { ERASURE_GRACE_MS } from "../../../../layers/core/tenant/limits.ts";
import { TenantErasure } from "../../../../layers/core/tenant/tenant-erasure.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { fileLogs } from "../../../../layers/local/log/file-logs.ts";
import { workspaceFolders } from "../../../../layers/local/workspace/workspace-folders.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryBlob } from "../../../fixtures/memory-blob.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { testFolder } from "../../../fixtures/temporary-folder.ts";
import { ACME, actor, OPERATOR, tenantParts } from "../../../fixtures/tenant-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = ACME.tenantId;
const bar = tenant("acme-two");
const byOwner = { actor: actor() };
const byOperator = { actor: OPERATOR };
const wholly = { deletionsMax: 10_000, signal: new AbortController().signal };
const partitionKinds = Object.entries(RECORD_KINDS).flatMap(([kind, { erasedBy }]) =>
  erasedBy === "partition" ? [kind] : [],
);

/** A table that knows every key that was ever written to it. */
function witnessedTable(table: Table) {
  const keys = new Map<string, ItemKey>();
  const saw = ({ pk, sk }: ItemKey) => keys.set(JSON.stringify([pk, sk]), { pk, sk });
  const witnessed: Table = {
    ...table,
    put: (item, condition) => {
      saw(item);
      return table.put(item, condition);
    },
    update: (key, change, condition) => {
      saw(key);
      return table.update(key, change, condition);
    },
  };
  /** The keys of what is there now. */
  const all = async () => {
    const there = await Promise.all([...keys.values()].map(({ pk, sk }) => table.get({ pk, sk })));
    return there.flatMap((item) => (item === undefined ? [] : [`${item.pk} ${item.sk}`])).sort();
  };
  return { table: witnessed, all };
}

/** Acme and another tenant, both with something in each place that there is, and acme deleted so long ago as is asked. */
async function fleetWithRemains({ recordsEach = 3 } = {}) {
  const clock = manualClock();
  const { table, all } = witnessedTable(memoryTable(clock));
  const state = witnessedTable(memoryTable(clock));
  const blob = memoryBlob();
  const parts = tenantParts({ clock, table });
  for (const tenantId of [acme, bar]) {
    await parts.tenants.create({ ...ACME, tenantId }, byOperator);
    for (const [kind] of Object.entries(RECORD_KINDS)) await fill(state.table, tenantId, kind, recordsEach);
    for (const kind of BLOB_KINDS) await blob.put(blobKey(tenantId, kind, "b1"), Buffer.from("x"));
  }
  await parts.tenants.delete(acme, byOwner);
  const erasureOn = (tables: readonly Table[], control = table) =>
    new TenantErasure({ ...parts, control, tables, blobs: [blob] });
  const erasure = erasureOn([table, state.table]);
  return { ...parts, table, state, all, blob, erasure, erasureOn };
}

async function fill(table: Table, tenantId: TenantId, kind: string, count: number): Promise<void> {
  if (!partitionKinds.includes(kind)) return;
  for (let index = 0; index < count; index++) await table.put({ pk: `TENANT#${tenantId}#${kind}`, sk: `r${index}` });
}

test("nothing is erased before the grace is over", async () => {
  const { clock, erasure, state, tenants } = await fleetWithRemains();
  const before = await state.all();
  clock.advance(ERASURE_GRACE_MS - 1);

  expect(await erasure.run(wholly)).toEqual({ erased: [], isUnfinished: false });
  expect(await state.all()).toEqual(before);
  expect((await tenants.get(acme))?.status).toBe("deleted");
});

test("after it nothing of the tenant is left but a tombstone, and the others keep all they have", async () => {
  const { clock, erasure, state, all, blob, tenants } = await fleetWithRemains();
  clock.advance(ERASURE_GRACE_MS);

  expect(await erasure.run(wholly)).toEqual({ erased: [acme], isUnfinished: false });

  const left = [...(await all()), ...(await state.all())];
  expect(left.filter((key) => key.startsWith("TENANT#acme#"))).toEqual(["TENANT#acme#TENANT TENANT"]);
  expect(left.filter((key) => key.startsWith("TENANT#fleet#TENANT-"))).toEqual(["TENANT#fleet#TENANT-INDEX acme-two"]);
  expect(left.filter((key) => key.startsWith("TENANT#acme-two#RECIPE "))).toHaveLength(3);
  expect((await blob.list("mcp-call/", { limit: 10 })).blobs.map(({ key }) => key)).toEqual(["mcp-call/acme-two/b1"]);
  expect(await tenants.get(acme)).toBeUndefined();
  expect(await tenants.policyOf(acme)).toBeUndefined();
  expect((await tenants.list({})).tenants.map(({ tenantId }) => tenantId)).toEqual([bar]);
});

test("the logs of its projects go, before the records that some are found by, and are counted", async () => {
  const { clock, audit, chance, table, state, blob } = await fleetWithRemains();
  const logs = fileLogs({ folder: await testFolder(), clock });
  clock.advance(ERASURE_GRACE_MS);
  for (const [tenantId, projectId] of [[acme, "p1"] as const, [acme, "p2"] as const, [bar, "p1"] as const]) {
    const writer = logs.writer(tenantId, projectId);
    await writer.append([{ runId: "r", atEpochMs: clock.nowMs(), stream: "stdout", text: "x" }]);
    writer.close();
  }
  const recordsBefore: number[] = [];
  const witnessed: Pick<typeof logs, "projects" | "erase"> = {
    projects: logs.projects,
    async erase(tenantId, projectId) {
      recordsBefore.push((await state.all()).filter((key) => key.startsWith("TENANT#acme#PROJECT-LOG ")).length);
      await logs.erase(tenantId, projectId);
    },
  };
  const stores = { control: table, tables: [table, state.table], blobs: [blob], logs: [witnessed] };

  await new TenantErasure({ ...stores, clock, chance, audit }).run(wholly);

  expect([await logs.projects(acme, 10), await logs.projects(bar, 10)]).toEqual([[], ["p1"]]);
  expect(recordsBefore).toEqual([3, 3]);
});

test("blobs go in every region, and are named in the report with how many they were in all", async () => {
  const { clock, chance, audit, table, state, blob } = await fleetWithRemains();
  const elsewhere = memoryBlob();
  for (const tenantId of [acme, bar])
    await elsewhere.put(blobKey(tenantId, "workspace", "shop.tar.gz"), Buffer.from("x"));
  clock.advance(ERASURE_GRACE_MS);
  const stores = { control: table, tables: [table, state.table], blobs: [blob, elsewhere] };

  await new TenantErasure({ ...stores, clock, chance, audit }).run(wholly);

  const left = (await elsewhere.list("", { limit: 10 })).blobs.map(({ key }) => key);
  expect(left).toEqual([blobKey(bar, "workspace", "shop.tar.gz")]);
  const listed = await audit.list(tenant("fleet"), {});
  expect(listed.ok && listed.value.records[0]?.after?.amounts).toMatchObject({ "blob workspace": 2 });
});

test("a tenant is not buried before every region has answered", async () => {
  const { clock, chance, audit, table, state, blob, tenants } = await fleetWithRemains();
  clock.advance(ERASURE_GRACE_MS);
  const away: typeof blob = {
    ...memoryBlob(),
    list: () => Promise.reject(new StoreFault("blob", "list", { cause: undefined })),
  };
  const erasureIn = (blobs: readonly (typeof blob)[]) =>
    new TenantErasure({ control: table, tables: [table, state.table], blobs, clock, chance, audit });

  await expect(erasureIn([blob, away]).run(wholly)).rejects.toThrow(StoreFault);
  expect((await tenants.get(acme))?.status).toBe("deleted");

  expect((await erasureIn([blob, memoryBlob()]).run(wholly)).erased).toEqual([acme]);
});

test("its folders go with all that its programs have made, those of others stay, and the report says how many", async () => {
  const { clock, chance, audit, table, state, blob } = await fleetWithRemains();
  const dataDir = await testFolder();
  const outside = join(dataDir, "outside");
  mkdirSync(outside);
  for (const tenantId of [acme, bar]) {
    const root = join(dataDir, "workspaces", tenantId);
    for (const name of ["shop/src", ".home", "blog"]) mkdirSync(join(root, name), { recursive: true });
    symlinkSync(outside, join(root, "shop", "link"));
    symlinkSync(outside, join(root, "linked"));
  }
  writeFileSync(join(outside, "theirs"), "stays");
  clock.advance(ERASURE_GRACE_MS);
  const stores = { control: table, tables: [table, state.table], blobs: [blob], folders: [workspaceFolders(dataDir)] };

  expect((await new TenantErasure({ ...stores, clock, chance, audit }).run(wholly)).erased).toEqual([acme]);

  expect(readdirSync(join(dataDir, "workspaces"))).toEqual([bar]);
  expect(readdirSync(join(dataDir, "workspaces", bar)).sort()).toEqual([".home", "blog", "linked", "shop"]);
  expect(readdirSync(outside)).toEqual(["theirs"]);
  const listed = await audit.list(tenant("fleet"), {});
  expect(listed.ok && listed.value.records[0]?.after?.amounts).toMatchObject({ "workspace folder": 4 });
});

test("a link in the place of its folder goes, and what it leads to stays", async () => {
  const { clock, chance, audit, table, state, blob } = await fleetWithRemains();
  const dataDir = await testFolder();
  mkdirSync(join(dataDir, "outside", "theirs"), { recursive: true });
  mkdirSync(join(dataDir, "workspaces"));
  symlinkSync(join(dataDir, "outside"), join(dataDir, "workspaces", acme));
  clock.advance(ERASURE_GRACE_MS);
  const stores = { control: table, tables: [table, state.table], blobs: [blob], folders: [workspaceFolders(dataDir)] };

  await new TenantErasure({ ...stores, clock, chance, audit }).run(wholly);

  expect([readdirSync(join(dataDir, "workspaces")), readdirSync(join(dataDir, "outside"))]).toEqual([[], ["theirs"]]);
});

test("every kind of record is emptied that is kept by partition", async () => {
  const { clock, erasure, state } = await fleetWithRemains();
  expect((await state.all()).filter((key) => key.startsWith("TENANT#acme#"))).toHaveLength(3 * partitionKinds.length);
  clock.advance(ERASURE_GRACE_MS);

  await erasure.run(wholly);

  expect((await state.all()).filter((key) => key.startsWith("TENANT#acme#"))).toEqual([]);
});

test("what can't be listed is over by itself before the grace is, with a week for the store to delete it", () => {
  const lastingSeconds = Object.values(RECORD_KINDS).flatMap((kind) => ("secondsMax" in kind ? [kind.secondsMax] : []));
  const weekMs = 7 * 24 * 60 * 60 * 1_000;

  expect(lastingSeconds.length).toBeGreaterThan(0);
  expect(Math.max(...lastingSeconds) * 1_000 + weekMs).toBeLessThanOrEqual(ERASURE_GRACE_MS);
});

test("the report stays in the fleet's own log: who deleted it, what was erased, and how far its own log went", async () => {
  const { clock, erasure, audit } = await fleetWithRemains();
  const deletedAtEpochMs = clock.nowMs();
  const { seq, hash } = await audit.end(acme);
  clock.advance(ERASURE_GRACE_MS);

  await erasure.run(wholly);

  const listed = await audit.list(tenant("fleet"), {});
  const counts = Object.fromEntries(partitionKinds.map((kind) => [kind, 3]));
  expect(listed.ok && listed.value.records).toMatchObject([
    {
      action: "fleet.tenant.erase",
      outcome: "done",
      atEpochMs: clock.nowMs(),
      target: { kind: "tenant", id: "acme" },
      before: { deletedBy: "ann", deletedAtEpochMs, auditHead: `${seq}:${hash}` },
      after: { amounts: { ...counts, "blob mcp-call": 1, AUDIT: 4, "AUDIT-HEAD": 1 } },
    },
  ]);
});

test("the id of an erased tenant is never given again", async () => {
  const { clock, erasure, tenants } = await fleetWithRemains();
  clock.advance(ERASURE_GRACE_MS);
  await erasure.run(wholly);

  expect(await tenants.create(ACME, byOperator)).toMatchObject({ ok: false, problem: { reason: "tenant_exists" } });
  expect(await tenants.ensure(ACME)).toMatchObject({ ok: false, problem: { reason: "tenant_exists" } });
});

test("a tenant that was brought back is not erased, and one deleted anew only after a grace of its own", async () => {
  const { clock, erasure, tenants, state } = await fleetWithRemains();
  const before = await state.all();
  clock.advance(ERASURE_GRACE_MS - 1_000);
  await tenants.resume(acme, byOperator);
  clock.advance(2_000);
  expect(await erasure.run(wholly)).toEqual({ erased: [], isUnfinished: false });
  await tenants.delete(acme, byOwner);

  expect(await erasure.run(wholly)).toEqual({ erased: [], isUnfinished: false });
  expect(await state.all()).toEqual(before);
  clock.advance(ERASURE_GRACE_MS);
  expect((await erasure.run(wholly)).erased).toEqual([acme]);
});

test("one whose erasing has begun is never brought back", async () => {
  const { clock, erasure, tenants } = await fleetWithRemains();
  clock.advance(ERASURE_GRACE_MS);
  await erasure.run({ ...wholly, deletionsMax: 1 });
  clock.advance(-1_000);

  expect(await tenants.resume(acme, byOperator)).toMatchObject({ ok: false, problem: { reason: "tenant_deleted" } });
});

test("small steps come to the same end, and the counts add up", async () => {
  const { clock, erasure, audit } = await fleetWithRemains({ recordsEach: 30 });
  clock.advance(ERASURE_GRACE_MS);

  let run = await erasure.run({ ...wholly, deletionsMax: 7 });
  let runCount = 1;
  while (run.isUnfinished && runCount < 1_000) {
    run = await erasure.run({ ...wholly, deletionsMax: 7 });
    runCount += 1;
  }

  expect(run.erased).toEqual([acme]);
  expect(runCount).toBeGreaterThan(10);
  const listed = await audit.list(tenant("fleet"), {});
  expect(listed.ok && listed.value.records[0]?.after?.amounts).toMatchObject({ RECIPE: 30, "MCP-FEED": 30, AUDIT: 4 });
});

test("a run that is told to stop deletes nothing more", async () => {
  const { clock, erasure, state } = await fleetWithRemains();
  const before = await state.all();
  clock.advance(ERASURE_GRACE_MS);

  expect(await erasure.run({ ...wholly, signal: AbortSignal.abort() })).toEqual({ erased: [], isUnfinished: true });
  expect(await state.all()).toEqual(before);
});

test("two processes that erase at once leave one report and nothing else", async () => {
  const { clock, erasure, erasureOn, table, state, audit } = await fleetWithRemains();
  clock.advance(ERASURE_GRACE_MS);

  await Promise.all([erasure.run(wholly), erasureOn([table, state.table]).run(wholly)]);
  await erasure.run(wholly);

  const listed = await audit.list(tenant("fleet"), {});
  expect(listed.ok && listed.value.records.filter(({ outcome }) => outcome === "done")).toHaveLength(1);
  expect((await state.all()).filter((key) => key.startsWith("TENANT#acme#"))).toEqual([]);
});

test("wherever a process ends, another one finishes its work", async () => {
  let survived = 0;
  for (let lastCall = 1; survived === 0; lastCall++) {
    const { clock, erasureOn, table, state, all } = await fleetWithRemains();
    clock.advance(ERASURE_GRACE_MS);
    const dying = mortal(lastCall);

    const ending = erasureOn([dying(table), dying(state.table)], dying(table)).run({ ...wholly, deletionsMax: 50 });
    const isDead = await ending.then(
      () => false,
      () => true,
    );
    if (!isDead) survived = lastCall;
    await erasureOn([table, state.table]).run(wholly);

    const left = [...(await all()), ...(await state.all())];
    expect(left.filter((key) => key.startsWith("TENANT#acme#"))).toEqual(["TENANT#acme#TENANT TENANT"]);
    expect(left.filter((key) => key.startsWith("TENANT#fleet#TENANT-"))).toEqual([
      "TENANT#fleet#TENANT-INDEX acme-two",
    ]);
  }
  expect(survived).toBeGreaterThan(20);
});

/** Tables of a process that ends after so many calls: the last one still takes effect. */
function mortal(callCount: number): (table: Table) => Table {
  let left = callCount;
  const counted = async <T>(call: () => Promise<T>): Promise<T> => {
    left -= 1;
    if (left < 0) throw new StoreFault("table", "reach", { cause: undefined });
    const answer = await call();
    if (left === 0) throw new StoreFault("table", "reach", { cause: undefined });
    return answer;
  };
  return (table) => ({
    get: (...given) => counted(() => table.get(...given)),
    put: (...given) => counted(() => table.put(...given)),
    update: (...given) => counted(() => table.update(...given)),
    delete: (...given) => counted(() => table.delete(...given)),
    query: (...given) => counted(() => table.query(...given)),
  });
}
