import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Table } from "../../../../layers/core/ports/table.ts";
import { CALL_DURATION_MS_MAX } from "../../../../layers/core/quota/limits.ts";
import { Quotas } from "../../../../layers/core/quota/quotas.ts";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import type { TenantId } from "../../../../layers/core/tenant/tenant-id.ts";
import { UPLOAD_ACCEPT_MS } from "../../../../layers/core/workspace/limits.ts";
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
});
