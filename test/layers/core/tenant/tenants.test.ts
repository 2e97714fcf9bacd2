import { expect, test } from "vitest";
import { TENANT_LIMITS } from "../../../../layers/core/quota/tenant-limits.ts";
import type { Result } from "../../../../layers/core/result.ts";
import { refused } from "../../../../layers/core/result.ts";
import { ERASURE_GRACE_MS } from "../../../../layers/core/tenant/limits.ts";
import type { Tenant } from "../../../../layers/core/tenant/tenant.ts";
import type { TenantProblem } from "../../../../layers/core/tenant/tenant-problem.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { memoryTable } from "../../../fixtures/memory-table.ts";
import { ACME, actor, OPERATOR, tenantParts } from "../../../fixtures/tenant-parts.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const acme = ACME.tenantId;
const byOwner = { actor: actor() };
const byAdmin = { actor: actor({ subject: "abe", role: "admin" }) };
const byOperator = { actor: OPERATOR };

async function withAcme() {
  const parts = tenantParts();
  const made = await parts.tenants.create(ACME, byOperator);
  return { ...parts, made };
}

function reasonOf(result: Result<Tenant, TenantProblem>): string {
  return result.ok ? "ok" : result.problem.reason;
}

test("a tenant that was made is there, with all toolkits, everywhere, and one owner", async () => {
  const { tenants, made, clock } = await withAcme();

  const found = await tenants.get(acme);

  expect(made).toEqual({ ok: true, value: found });
  expect(found).toEqual({
    tenantId: acme,
    version: 1,
    name: "Acme",
    status: "active",
    plan: "free",
    toolkits: "all",
    regions: "all",
    members: new Map([["ann", { role: "owner", name: "Ann", addedAtEpochMs: clock.nowMs() }]]),
    removedMembers: new Map(),
    limits: {},
    keysVersion: 0,
    createdAtEpochMs: clock.nowMs(),
  });
});

test("an id is given once, and that of the fleet never", async () => {
  const { tenants } = await withAcme();

  const again = await tenants.create({ ...ACME, name: "Other" }, byOperator);
  const fleet = await tenants.create({ ...ACME, tenantId: tenant("fleet") }, byOperator);

  expect(again).toEqual(refused({ reason: "tenant_exists" }));
  expect(fleet).toEqual(refused({ reason: "tenant_exists" }));
  expect((await tenants.get(acme))?.name).toBe("Acme");
});

test("the first tenant is made once, however often it is asked for, also at once", async () => {
  const { tenants, audit } = tenantParts();

  const all = await Promise.all([tenants.ensure(ACME), tenants.ensure(ACME)]);
  const later = await tenants.ensure({ ...ACME, name: "Another" });

  expect([...all, later].map((made) => made.ok && made.value.name)).toEqual(["Acme", "Acme", "Acme"]);
  const listed = await audit.list(acme, {});
  expect(listed.ok && listed.value.records.filter(({ outcome }) => outcome === "done")).toHaveLength(1);
});

test("a change names what it touches and leaves the rest", async () => {
  const { tenants, changed } = await withAcme();

  const after = await tenants.change(acme, { regions: ["eu-west-1"], toolkits: ["cyberchef"] }, byOwner);

  expect(after.ok && after.value).toMatchObject({
    version: 2,
    name: "Acme",
    plan: "free",
    regions: ["eu-west-1"],
    toolkits: ["cyberchef"],
  });
  expect(changed).toEqual([acme, acme]);
});

test("a change that changes nothing writes nothing", async () => {
  const { tenants, audit } = await withAcme();
  const before = await audit.verify(acme);

  const suspended = await tenants.resume(acme, byOperator);

  expect(suspended.ok && suspended.value.version).toBe(1);
  expect(await audit.verify(acme)).toEqual(before);
});

test("what the fleet does not have is refused by its name", async () => {
  const { tenants } = await withAcme();

  expect(await tenants.change(acme, { plan: "gold" }, byOwner)).toEqual(
    refused({ reason: "plan_unknown", plan: "gold" }),
  );
  expect(await tenants.change(acme, { toolkits: ["cyberchef", "golf"] }, byOwner)).toEqual(
    refused({ reason: "toolkit_unknown", toolkit: "golf" }),
  );
  expect(await tenants.change(acme, { regions: ["mars-1"] }, byOwner)).toEqual(
    refused({ reason: "region_unknown", region: "mars-1" }),
  );
  expect(reasonOf(await tenants.create({ ...ACME, tenantId: tenant("b"), plan: "gold" }, byOperator))).toBe(
    "plan_unknown",
  );
  expect((await tenants.get(acme))?.version).toBe(1);
});

test("a tenant that is not there can't be changed", async () => {
  const { tenants } = tenantParts();
  const absent = refused({ reason: "tenant_absent" });

  expect(await tenants.get(acme)).toBeUndefined();
  expect(await tenants.policyOf(acme)).toBeUndefined();
  expect(await tenants.change(acme, { name: "x" }, byOwner)).toEqual(absent);
  expect(await tenants.suspend(acme, "unpaid", byOperator)).toEqual(absent);
  expect(await tenants.delete(acme, byOperator)).toEqual(absent);
});

test("a change meant for a version that is gone is refused with the one that is there", async () => {
  const { tenants } = await withAcme();
  await tenants.change(acme, { name: "Acme 2" }, { ...byOwner, version: 1 });

  const late = await tenants.change(acme, { name: "Acme 3" }, { ...byOwner, version: 1 });

  expect(late).toEqual(refused({ reason: "version_conflict", version: 2 }));
  expect((await tenants.get(acme))?.name).toBe("Acme 2");
});

test("changes made at once are all kept", async () => {
  const { tenants } = await withAcme();

  const results = await Promise.all([
    tenants.change(acme, { name: "New" }, byOwner),
    tenants.change(acme, { regions: ["us-east-1"] }, byOwner),
    tenants.setMember(acme, { subject: "bob", role: "viewer" }, byOwner),
  ]);

  expect(results.map(reasonOf)).toEqual(["ok", "ok", "ok"]);
  expect(await tenants.get(acme)).toMatchObject({ name: "New", regions: ["us-east-1"], version: 4 });
  expect((await tenants.get(acme))?.members.get("bob")?.role).toBe("viewer");
});

test("a suspended tenant keeps what it has and changes nothing until it is resumed", async () => {
  const { tenants, clock } = await withAcme();
  const suspended = await tenants.suspend(acme, "unpaid", byOperator);
  clock.advance(1_000);

  expect(await tenants.change(acme, { name: "x" }, byOwner)).toEqual(refused({ reason: "tenant_suspended" }));
  expect(reasonOf(await tenants.setMember(acme, { subject: "bob", role: "viewer" }, byOwner))).toBe("tenant_suspended");
  expect(reasonOf(await tenants.removeMember(acme, "ann", byOwner))).toBe("tenant_suspended");
  expect((await tenants.policyOf(acme))?.status).toBe("suspended");
  const resumed = await tenants.resume(acme, byOperator);

  expect(suspended.ok && suspended.value.suspendReason).toBe("unpaid");
  expect(resumed.ok && resumed.value).not.toHaveProperty("suspendedAtEpochMs");
  expect(await tenants.get(acme)).toMatchObject({ status: "active", name: "Acme" });
});

test("suspending again tells another reason and keeps the moment", async () => {
  const { tenants, clock } = await withAcme();
  const startMs = clock.nowMs();
  await tenants.suspend(acme, "unpaid", byOperator);
  clock.advance(1_000);

  await tenants.suspend(acme, "abuse", byOperator);

  expect(await tenants.get(acme)).toMatchObject({ suspendReason: "abuse", suspendedAtEpochMs: startMs });
});

test("a deleted tenant comes back within its grace, and not after", async () => {
  const { tenants, clock } = await withAcme();
  const deletedAtEpochMs = clock.nowMs();
  await tenants.delete(acme, byOwner);
  expect(await tenants.get(acme)).toMatchObject({
    status: "deleted",
    deletedBy: "ann",
    eraseAfterEpochMs: deletedAtEpochMs + ERASURE_GRACE_MS,
  });
  expect(reasonOf(await tenants.change(acme, { name: "x" }, byOwner))).toBe("tenant_deleted");
  expect(reasonOf(await tenants.limit(acme, { ports: 1 }, byOperator))).toBe("tenant_deleted");
  expect(reasonOf(await tenants.suspend(acme, "unpaid", byOperator))).toBe("tenant_deleted");
  clock.advance(ERASURE_GRACE_MS - 1);

  const back = await tenants.resume(acme, byOperator);
  expect(back.ok && back.value).toMatchObject({ status: "active" });
  expect(back.ok && back.value).not.toHaveProperty("eraseAfterEpochMs");
  await tenants.delete(acme, byOwner);
  clock.advance(ERASURE_GRACE_MS);

  expect(await tenants.resume(acme, byOperator)).toEqual(refused({ reason: "tenant_deleted" }));
});

test("deleting again does not prolong the grace", async () => {
  const { tenants, clock } = await withAcme();
  const first = await tenants.delete(acme, byOwner);
  clock.advance(1_000);

  expect(await tenants.delete(acme, byOperator)).toEqual(first);
});

test("limits that the operators give come before the plan's, and those of a plan that is unknown are the common ones", async () => {
  const { tenants, table } = await withAcme();
  await tenants.limit(acme, { requestsPerSecond: 7 }, byOperator);

  expect((await tenants.policyOf(acme))?.limits).toMatchObject({ requestsPerSecond: 7, members: 3, ports: 100 });
  await tenants.limit(acme, {}, byOperator);
  expect((await tenants.policyOf(acme))?.limits).toMatchObject({ requestsPerSecond: 100, members: 3 });
  await table.update({ pk: "TENANT#acme#TENANT", sk: "TENANT" }, { set: { plan: "of another release" } });

  expect((await tenants.policyOf(acme))?.limits).toEqual(TENANT_LIMITS);
});

test("members are added, changed and removed, and who was removed has no role", async () => {
  const { tenants } = await withAcme();
  await tenants.setMember(acme, { subject: "bob", role: "viewer", name: "Bob" }, byAdmin);
  await tenants.setMember(acme, { subject: "bob", role: "developer" }, byAdmin);
  expect((await tenants.get(acme))?.members.get("bob")).toMatchObject({ role: "developer", name: "Bob" });
  expect((await tenants.policyOf(acme))?.members).toEqual({ ann: "owner", bob: "developer" });

  await tenants.removeMember(acme, "bob", byAdmin);

  expect((await tenants.policyOf(acme))?.members).toEqual({ ann: "owner", bob: "none" });
  expect(await tenants.removeMember(acme, "bob", byAdmin)).toEqual(refused({ reason: "member_absent" }));
  await tenants.setMember(acme, { subject: "bob", role: "viewer" }, byAdmin);
  expect((await tenants.policyOf(acme))?.members).toEqual({ ann: "owner", bob: "viewer" });
});

test("any text can be a subject, also one that every object has", async () => {
  const { tenants } = await withAcme();

  await tenants.setMember(acme, { subject: "__proto__", role: "viewer" }, byOwner);
  await tenants.setMember(acme, { subject: "constructor", role: "admin" }, byOwner);

  const members = (await tenants.policyOf(acme))?.members ?? {};
  expect(Object.entries(members)).toEqual([
    ["ann", "owner"],
    ["__proto__", "viewer"],
    ["constructor", "admin"],
  ]);
});

test("the last owner stays, whoever asks", async () => {
  const { tenants } = await withAcme();

  expect(await tenants.removeMember(acme, "ann", byOwner)).toEqual(refused({ reason: "last_owner" }));
  expect(await tenants.setMember(acme, { subject: "ann", role: "admin" }, byOperator)).toEqual(
    refused({ reason: "last_owner" }),
  );
  await tenants.setMember(acme, { subject: "bob", role: "owner" }, byOwner);
  const both = await Promise.all([
    tenants.removeMember(acme, "ann", byOwner),
    tenants.removeMember(acme, "bob", byOwner),
  ]);

  expect(both.map(reasonOf).sort()).toEqual(["last_owner", "ok"]);
});

test("an admin neither makes an owner nor touches one, and that is noted as a right refused", async () => {
  const { tenants, audit } = await withAcme();
  const tooHigh = refused({ reason: "role_too_high", role: "owner" });

  expect(await tenants.setMember(acme, { subject: "abe", role: "owner" }, byAdmin)).toEqual(tooHigh);
  expect(await tenants.setMember(acme, { subject: "ann", role: "viewer" }, byAdmin)).toEqual(tooHigh);
  expect(await tenants.removeMember(acme, "ann", byAdmin)).toEqual(tooHigh);

  const listed = await audit.list(acme, { subject: "abe" });
  expect(listed.ok && listed.value.records).toMatchObject([{ outcome: "denied", action: "member.change", count: 1 }]);
});

test("a tenant at its limit of members gets no more, also of two who come at once", async () => {
  const { tenants } = await withAcme();
  await tenants.setMember(acme, { subject: "bob", role: "viewer" }, byOwner);

  const both = await Promise.all([
    tenants.setMember(acme, { subject: "cat", role: "viewer" }, byOwner),
    tenants.setMember(acme, { subject: "dan", role: "viewer" }, byOwner),
  ]);

  expect(both).toContainEqual(refused({ reason: "members_reached", limit: 3 }));
  expect((await tenants.get(acme))?.members.size).toBe(3);
  expect(reasonOf(await tenants.setMember(acme, { subject: "bob", role: "admin" }, byOwner))).toBe("ok");
});

test("operators see all tenants by pages, in the order of their ids", async () => {
  const { tenants } = await withAcme();
  for (const name of ["zoo", "bar", "cup"]) await tenants.create({ ...ACME, tenantId: tenant(name) }, byOperator);

  const first = await tenants.list({ limit: 3 });
  const second = await tenants.list({ limit: 3, cursor: first.cursor });

  expect(first.tenants.map(({ tenantId }) => tenantId)).toEqual(["acme", "bar", "cup"]);
  expect(second.tenants.map(({ tenantId }) => tenantId)).toEqual(["zoo"]);
  expect(second.cursor).toBeUndefined();
});

test("a row of the index whose tenant was never made shows nothing", async () => {
  const { tenants, table } = await withAcme();
  await table.put({ pk: "TENANT#fleet#TENANT-INDEX", sk: "abandoned" });

  expect((await tenants.list({})).tenants.map(({ tenantId }) => tenantId)).toEqual(["acme"]);
});

test("a record whose write was sent twice by the store's client was written once", async () => {
  const clock = manualClock();
  const table = memoryTable(clock);
  const lossy = {
    ...table,
    put: async (...given: Parameters<typeof table.put>) => {
      await table.put(...given);
      return table.put(...given);
    },
  };
  const { tenants, audit } = tenantParts({ clock, table: lossy });

  const made = await tenants.create(ACME, byOperator);
  const changed = await tenants.change(acme, { name: "New" }, byOwner);

  expect([reasonOf(made), reasonOf(changed)]).toEqual(["ok", "ok"]);
  expect((await tenants.get(acme))?.version).toBe(2);
  expect(await audit.verify(acme)).toMatchObject({ ok: true, value: { seq: 4 } });
});

test("a writer who never comes first gives up and says so", async () => {
  const clock = manualClock();
  const table = memoryTable(clock);
  const key = { pk: "TENANT#acme#TENANT", sk: "TENANT" };
  const overtaken = {
    ...table,
    put: async (...[item, condition]: Parameters<typeof table.put>) => {
      if (item.pk === key.pk && item.version !== 1) await table.update(key, { add: { version: 1 } });
      return table.put(item, condition);
    },
  };
  const { tenants } = tenantParts({ clock: { ...clock, sleep: async () => {} }, table: overtaken });
  await tenants.create(ACME, byOperator);

  expect(await tenants.change(acme, { name: "New" }, byOwner)).toEqual(refused({ reason: "tenant_contended" }));
});

test("names that no record can hold are refused", async () => {
  const { tenants } = await withAcme();

  expect(await tenants.change(acme, { name: "x".repeat(500_000) }, byOwner)).toEqual(
    refused({ reason: "tenant_too_large" }),
  );
});

test("what lies under a tenant's key and is none is a fault", async () => {
  const { tenants, table } = await withAcme();
  await table.update({ pk: "TENANT#acme#TENANT", sk: "TENANT" }, { set: { members: "nobody" } });

  await expect(tenants.get(acme)).rejects.toMatchObject({ code: "tenant_corrupt" });
});

test("the audit log tells who changed what, from what to what", async () => {
  const { tenants, audit } = await withAcme();
  await tenants.change(acme, { plan: "team", name: "Acme" }, byOwner);
  await tenants.setMember(acme, { subject: "bob", role: "viewer", name: "Bob" }, byAdmin);
  await tenants.suspend(acme, "unpaid", byOperator);

  const listed = await audit.list(acme, {});

  expect(listed.ok && listed.value.records).toMatchObject([
    {
      action: "fleet.tenant.suspend",
      actor: { subject: "olga" },
      after: { status: "suspended", suspendReason: "unpaid" },
    },
    {
      action: "member.change",
      actor: { subject: "abe", remoteAddress: "192.0.2.1" },
      target: { kind: "member", id: "bob" },
      before: {},
      after: { role: "viewer", name: "Bob" },
    },
    { action: "tenant.subscribe", outcome: "done", before: { plan: "free" }, after: { plan: "team" } },
    { action: "fleet.tenant.create", outcome: "done", after: { name: "Acme", plan: "free", status: "active" } },
  ]);
});
