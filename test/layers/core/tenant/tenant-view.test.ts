import { expect, test } from "vitest";
import { memberViews, tenantView } from "../../../../layers/core/tenant/tenant-view.ts";
import { ACME, actor, OPERATOR, tenantParts } from "../../../fixtures/tenant-parts.ts";

test("a tenant is shown as JSON, with its version, and without what is its own business", async () => {
  const { tenants, clock } = tenantParts();
  const at = clock.nowMs();
  await tenants.create(ACME, { actor: OPERATOR });
  await tenants.setMember(ACME.tenantId, { subject: "bob", role: "viewer" }, { actor: actor() });
  await tenants.removeMember(ACME.tenantId, "bob", { actor: actor() });
  await tenants.limit(ACME.tenantId, { ports: 7 }, { actor: OPERATOR });
  const deleted = await tenants.delete(ACME.tenantId, { actor: actor() });
  if (!deleted.ok) throw new TypeError(deleted.problem.reason);

  const shown = JSON.parse(JSON.stringify(tenantView(deleted.value)));

  expect(shown).toEqual({
    tenantId: "acme",
    version: 5,
    name: "Acme",
    status: "deleted",
    plan: "free",
    toolkits: "all",
    regions: "all",
    memberCount: 1,
    limitOverrides: { ports: 7 },
    createdAtEpochMs: at,
    deletedAtEpochMs: at,
    eraseAfterEpochMs: at + 30 * 24 * 60 * 60 * 1_000,
  });
  expect(memberViews(deleted.value)).toEqual([{ subject: "ann", role: "owner", name: "Ann", addedAtEpochMs: at }]);
});
