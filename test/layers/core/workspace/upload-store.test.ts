import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { inParallel } from "../../../../layers/core/in-parallel.ts";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { Quotas } from "../../../../layers/core/quota/quotas.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import { projectUploadKey } from "../../../../layers/core/store/keys.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import {
  UPLOAD_ACCEPT_MS,
  UPLOADS_BESIDE_PROJECTS_MAX,
  UPLOADS_PAGE_ITEMS,
} from "../../../../layers/core/workspace/limits.ts";
import { UploadStore, uploadCounters } from "../../../../layers/core/workspace/upload-store.ts";
import { sqliteTable } from "../../../../layers/local/sqlite-table.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { localDynamoTable } from "../../../fixtures/dynamo-table.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { temporaryFolder } from "../../../fixtures/temporary-folder.ts";
import { tenant } from "../../../fixtures/tenants.ts";

interface Made {
  readonly table: Table;
  close(): Promise<void>;
}

const manual = manualClock();
const clock = { ...manual, sleep: systemClock().sleep };

const TABLES: readonly (readonly [string, () => Promise<Made>])[] = [
  ["DynamoDB", () => localDynamoTable(clock)],
  [
    "SQLite",
    async () => {
      const folder = await temporaryFolder();
      const table = await sqliteTable({ file: join(folder.path, "state.db"), clock });
      return { table, close: () => table.close().then(folder.remove) };
    },
  ],
  ["memory", async () => ({ table: memoryTable(clock), close: async () => undefined })],
];

const OVER_MS = UPLOAD_ACCEPT_MS + CALL_DURATION_MS_MAX + 1_000;
const REF = { projectId: "shop", uploadId: "0a1b2c3d-0000-4000-8000-000000000001" };
const SAID = { bytes: 70, sha256: "ab".repeat(32), region: "eu-west-1" };

describe.each(TABLES)("records of uploads on %s", (_, make) => {
  let made: Made;
  let quotas: Quotas;
  let uploads: UploadStore;
  let acme: TenantId;
  let tenantCount = 0;
  beforeAll(async () => {
    made = await make();
  });
  afterAll(() => made.close());
  beforeEach(() => {
    quotas = new Quotas({ table: made.table, clock });
    uploads = new UploadStore({ table: made.table, quotas, clock });
    acme = tenant(`acme-${tenantCount++}`);
  });

  const offer = (uploadId = REF.uploadId) => uploads.offer(acme, { ...REF, ...SAID, uploadId }, TENANT_LIMITS);
  const usedBytes = async () => (await quotas.uses(acme, TENANT_LIMITS)).storageBytes.used;

  test("an offer is over by itself, and what it took is given back by a repair", async () => {
    await offer();
    expect(await uploads.get(acme, REF)).toEqual({
      ...REF,
      ...SAID,
      state: "offered",
      offeredAtEpochMs: clock.nowMs(),
    });
    manual.advance(OVER_MS);

    expect(await uploads.get(acme, REF)).toBeUndefined();
    expect([await usedBytes(), await uploads.countBytes(acme)]).toEqual([70, 0]);
    await quotas.reconcile(acme, uploadCounters(uploads));
    expect(await usedBytes()).toBe(0);
  });

  test("one that is kept stays, and its bytes with it", async () => {
    await offer();
    expect(await uploads.keep(acme, REF)).toBe(true);
    const admittedAtEpochMs = clock.nowMs();
    manual.advance(OVER_MS);
    await quotas.reconcile(acme, uploadCounters(uploads));

    expect(await uploads.get(acme, REF)).toMatchObject({ state: "admitted", admittedAtEpochMs });
    expect([await usedBytes(), await uploads.countBytes(acme)]).toEqual([70, 70]);
  });

  test("one that is over can't be kept", async () => {
    await offer();
    manual.advance(OVER_MS);

    expect(await uploads.keep(acme, REF)).toBe(false);
    expect(await uploads.get(acme, REF)).toBeUndefined();
  });

  test("of those who drop it at once, one gives its bytes back", async () => {
    await offer();
    await offer("0a1b2c3d-0000-4000-8000-000000000002");

    await Promise.all([1, 2, 3].map(() => uploads.drop(acme, { ...REF, ...SAID })));

    expect([await usedBytes(), await uploads.countBytes(acme)]).toEqual([70, 70]);
    expect(await uploads.get(acme, REF)).toBeUndefined();
  });

  test("of two who want the last bytes, one has them", async () => {
    const limits = { ...TENANT_LIMITS, storageBytes: 100 };
    const ids = [1, 2].map((each) => `0a1b2c3d-0000-4000-8000-00000000000${each}`);

    const offers = await Promise.all(ids.map((uploadId) => uploads.offer(acme, { ...REF, ...SAID, uploadId }, limits)));

    expect(offers.map(({ ok }) => ok).sort()).toEqual([false, true]);
    expect(await usedBytes()).toBe(70);
  });

  test("a tenant with as many as it may have is offered no more, however small they are, and nothing is taken of it", async () => {
    const limits = { ...TENANT_LIMITS, projects: 0 };
    const small = (index: number) => ({ ...REF, ...SAID, bytes: 1, uploadId: uploadIdOf(index) });
    await records(made.table, acme, { count: UPLOADS_BESIDE_PROJECTS_MAX + 1 });
    const before = await usedBytes();

    const refusal = await uploads.offer(acme, small(UPLOADS_BESIDE_PROJECTS_MAX + 1), limits);
    const withProjects = await uploads.offer(acme, small(UPLOADS_BESIDE_PROJECTS_MAX + 2), TENANT_LIMITS);

    const problem = { reason: "uploads_reached", limit: UPLOADS_BESIDE_PROJECTS_MAX };
    expect(refusal).toEqual({ ok: false, problem });
    expect(withProjects.ok).toBe(true);
    expect(await usedBytes()).toBe(before + 1);
    expect(await uploads.countBytes(acme)).toBe(UPLOADS_BESIDE_PROJECTS_MAX + 2);
  });
});

test("records that are over count where DynamoDB has not deleted them yet, so that what is read of a tenant has a bound", async () => {
  const { table, close } = await localDynamoTable(clock);
  onTestFinished(close);
  const uploads = new UploadStore({ table, quotas: new Quotas({ table, clock }), clock });
  const acme = tenant("acme");
  await records(table, acme, { count: UPLOADS_BESIDE_PROJECTS_MAX + UPLOADS_PAGE_ITEMS, overAtEpochSeconds: 1 });

  const offer = await uploads.offer(acme, { ...REF, ...SAID }, { ...TENANT_LIMITS, projects: 0 });

  expect(offer).toMatchObject({ problem: { reason: "uploads_reached" } });
  expect(await uploads.countBytes(acme)).toBe(0);
});

const uploadIdOf = (index: number): string => `0a1b2c3d-0000-4000-8000-${String(index).padStart(12, "0")}`;

/** Records of offers of one byte, as they are written. */
async function records(
  table: Table,
  tenantId: TenantId,
  { count, overAtEpochSeconds }: { readonly count: number; readonly overAtEpochSeconds?: number },
): Promise<void> {
  const expiresAtEpochSeconds = overAtEpochSeconds ?? Math.ceil((clock.nowMs() + OVER_MS) / 1_000);
  const indices = Array.from({ length: count }, (_, index) => index);
  await inParallel(indices, { parallelMax: 32 }, async (index) => {
    const upload = { ...REF, ...SAID, bytes: 1, uploadId: uploadIdOf(index) };
    const offered = { ...upload, state: "offered", offeredAtEpochMs: clock.nowMs() };
    await table.put({ ...projectUploadKey(tenantId, upload), ...offered, expiresAtEpochSeconds });
  });
}
