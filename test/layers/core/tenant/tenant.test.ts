import { describe, expect, test } from "vitest";
import type { Item } from "../../../../layers/core/ports/table.ts";
import { parseTenant, type Tenant, tenantItem, tombstoneItem } from "../../../../layers/core/tenant/tenant.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const tenantId = tenant("acme");

const WHOLE: Tenant = {
  tenantId,
  version: 3,
  name: "Acme",
  status: "deleted",
  plan: "scale",
  toolkits: ["cyberchef"],
  regions: "all",
  members: new Map([
    ["ada", { role: "owner", name: "Ada", addedAtEpochMs: 1 }],
    ["__proto__", { role: "viewer", name: "", addedAtEpochMs: 2 }],
  ]),
  removedMembers: new Map([["bob", 5]]),
  limits: { requestsPerSecond: 9 },
  keysVersion: 4,
  createdAtEpochMs: 1,
  suspendedAtEpochMs: 2,
  suspendReason: "unpaid",
  deletedAtEpochMs: 3,
  deletedBy: "ada",
  eraseAfterEpochMs: 4,
  erasing: { sinceEpochMs: 5, counts: { recipe: 6 }, auditHead: "7:abc" },
};

test("a tenant is read as it was written, with all that it may have", () => {
  expect(parseTenant(tenantId, tenantItem(WHOLE))).toEqual(WHOLE);
});

test("a tenant is read as it was written, with no more than it must have", () => {
  const { suspendedAtEpochMs, suspendReason, deletedAtEpochMs, deletedBy, eraseAfterEpochMs, erasing, ...least } =
    WHOLE;

  expect(parseTenant(tenantId, tenantItem(least))).toEqual(least);
});

test("what stays of an erased tenant is read as it was written", () => {
  const tombstone = { tenantId, version: 8, status: "erased", erasedAtEpochMs: 9 } as const;

  expect(parseTenant(tenantId, tombstoneItem(tombstone))).toEqual(tombstone);
});

test("a limit that another release knows is left out", () => {
  const item = { ...tenantItem(WHOLE), limits: { requestsPerSecond: 9, ofAnother: 1 } };

  expect(parseTenant(tenantId, item)).toMatchObject({ limits: { requestsPerSecond: 9 } });
  expect(parseTenant(tenantId, item)).not.toHaveProperty("limits.ofAnother");
});

describe("a record is none of a tenant", () => {
  test.each<[string, Item[string]]>([
    ["version", 0],
    ["name", 5],
    ["status", "asleep"],
    ["plan", ["scale"]],
    ["toolkits", "some"],
    ["regions", [1]],
    ["members", { ada: "owner" }],
    ["members", [["ada", "king", "Ada", 1]]],
    ["members", [["ada", "owner", "Ada"]]],
    ["removedMembers", [["bob", "yesterday"]]],
    ["limits", { requestsPerSecond: -1 }],
    ["keysVersion", 1.5],
    ["createdAtEpochMs", "1"],
    ["suspendedAtEpochMs", "2"],
    ["suspendReason", 1],
    ["deletedAtEpochMs", -1],
    ["deletedBy", 1],
    ["eraseAfterEpochMs", true],
    ["erasing", { sinceEpochMs: 5, counts: { recipe: "six" }, auditHead: "7:abc" }],
    ["erasing", "yes"],
  ])("with this %s: %j", (name, value) => {
    const item = { ...tenantItem(WHOLE), [name]: value };

    expect(() => parseTenant(tenantId, item)).toThrow(expect.objectContaining({ code: "tenant_corrupt" }));
  });

  test("that is said to be erased, and not when", () => {
    const item = { ...tenantItem(WHOLE), status: "erased" };

    expect(() => parseTenant(tenantId, item)).toThrow(expect.objectContaining({ code: "tenant_corrupt" }));
  });
});
