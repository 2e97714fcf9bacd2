import { afterAll, beforeAll, expect, test } from "vitest";
import { ERASURE_GRACE_MS } from "../../../../layers/core/tenant/limits.ts";
import { TenantErasure } from "../../../../layers/core/tenant/tenant-erasure.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { type LocalDynamoTable, localDynamoTable } from "../../../fixtures/dynamo-table.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryBlob } from "../../../fixtures/memory-blob.ts";
import { ACME, actor, OPERATOR, tenantParts } from "../../../fixtures/tenant-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const clock = { ...manualClock(), sleep: systemClock().sleep };
const acme = ACME.tenantId;

let dynamo: LocalDynamoTable;
let parts: ReturnType<typeof tenantParts>;
beforeAll(async () => {
  dynamo = await localDynamoTable(clock);
  parts = tenantParts({ clock, table: dynamo.table });
});
afterAll(() => dynamo.close());

test("a tenant lives and ends on DynamoDB as it does on one machine", async () => {
  const { tenants, audit, table } = parts;
  // Another process beside this one.
  const other = tenantParts({ clock, table, seed: 2 });
  await tenants.create(ACME, { actor: OPERATOR });
  await tenants.limit(acme, { members: 20 }, { actor: OPERATOR });

  const added = await Promise.all(
    Array.from({ length: 10 }, (_, index) => {
      const { tenants: either } = index % 2 === 0 ? parts : other;
      return either.setMember(acme, { subject: `m${index}`, role: "viewer" }, { actor: actor() });
    }),
  );
  await tenants.removeMember(acme, "m0", { actor: actor() });

  expect(added.every(({ ok }) => ok)).toBe(true);
  const members = (await tenants.policyOf(acme))?.members ?? {};
  expect(Object.keys(members)).toHaveLength(11);
  expect(members.m0).toBe("none");
  const listed = await audit.list(acme, { subject: "ann" });
  expect(listed.ok && listed.value.records.filter(({ outcome }) => outcome === "done")).toHaveLength(11);
  expect(await audit.verify(acme)).toMatchObject({ ok: true });

  await tenants.delete(acme, { actor: actor() });
  clock.advance(ERASURE_GRACE_MS);
  const erasure = new TenantErasure({ ...parts, control: table, tables: [table], blobs: [memoryBlob()] });
  const bounds = { deletionsMax: 1_000, signal: new AbortController().signal };

  expect(await erasure.run(bounds)).toEqual({ erased: [acme], isUnfinished: false });
  expect(await tenants.get(acme)).toBeUndefined();
  expect((await table.query({ pk: "TENANT#acme#AUDIT", limit: 1 })).items).toEqual([]);
  expect(await audit.verify(tenant("fleet"))).toMatchObject({ ok: true, value: { seq: 2 } });
});
