import { expect, test } from "vitest";
import { upkeepWorks } from "../../../functions/upkeep/handler.ts";
import { FLEET_ACTOR } from "../../../layers/core/audit/audit-entry.ts";
import { planLimits } from "../../../layers/core/billing/price-plans.ts";
import { CALL_DURATION_MS_MAX } from "../../../layers/core/quota/limits.ts";
import { TENANT_LIMITS } from "../../../layers/core/quota/tenant-limits.ts";
import { Tenants } from "../../../layers/core/tenant/tenants.ts";
import { archiveKey } from "../../../layers/core/workspace/archive-key.ts";
import { sweptBlobs } from "../../../layers/core/workspace/archive-pages.ts";
import { UPLOAD_ACCEPT_MS } from "../../../layers/core/workspace/limits.ts";
import { UploadStore } from "../../../layers/core/workspace/upload-store.ts";
import { tenant } from "../../fixtures/tenants.ts";
import { upkeepParts } from "./upkeep-parts.ts";

const acme = tenant("acme");
const UPLOAD = {
  ...{ projectId: "shop", uploadId: "0a1b2c3d-0000-4000-8000-000000000001", region: "eu-west-1" },
  ...{ bytes: 70, sha256: "0".repeat(64) },
};
const KEY = archiveKey(acme, `shop.${UPLOAD.uploadId}`);

test("an upload that nobody accepted goes, and the count of its bytes is repaired", async () => {
  const parts = upkeepParts();
  const { clock, state: table, control, blob, quotas } = parts;
  const offer = { planLimits, toolkits: new Set<string>(), regions: new Set<string>() };
  const tenants = new Tenants({ ...parts, table: control, offer, changed: () => {} });
  await tenants.create({ tenantId: acme, name: "Acme", plan: "team" }, { actor: FLEET_ACTOR });
  await new UploadStore({ table, quotas, clock }).offer(acme, UPLOAD, TENANT_LIMITS);
  await blob.put(KEY, Buffer.from("x"));
  const works = upkeepWorks({ ...parts, archives: sweptBlobs(blob) });
  const run = (work: string) => works.get(work)?.({ untilEpochMs: clock.nowMs() + 60_000 });
  const left = async () => [(await blob.head(KEY))?.key, (await quotas.uses(acme, TENANT_LIMITS)).storageBytes.used];

  await run("sweep-workspaces");
  await run("reconcile");
  expect(await left()).toEqual([KEY, 70]);
  clock.advance(UPLOAD_ACCEPT_MS + CALL_DURATION_MS_MAX + 1_000);
  expect(await run("sweep-workspaces")).toEqual({ isFinished: true });
  await run("reconcile");

  expect(await left()).toEqual([undefined, 0]);
  expect(parts.reports).toEqual([]);
});

test("where nothing is uploaded there is nothing to do", async () => {
  const parts = upkeepParts();

  const answer = await upkeepWorks(parts).get("sweep-workspaces")?.({ untilEpochMs: parts.clock.nowMs() + 1 });

  expect(answer).toEqual({ isFinished: true });
});
