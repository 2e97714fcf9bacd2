import { expect, test } from "vitest";
import type { Item } from "../../../../layers/core/ports/table.ts";
import { type ApiKey, apiKeyItem, readApiKey } from "../../../../layers/core/tenant/api-key.ts";
import { tenant } from "../../../fixtures/tenants.ts";

const tenantId = tenant("acme");

const LEAST: ApiKey = {
  tenantId,
  keyId: "0123456789abcdef",
  name: "ci",
  role: "developer",
  scopes: ["mcp:read", "mcp:call"],
  hash: "a.b",
  createdAtEpochMs: 1,
  createdBy: "ada",
};

test.each<ApiKey>([
  LEAST,
  { ...LEAST, scopes: [], expiresAtEpochMs: 2, replacedBy: "fedcba9876543210", lastUsedAtEpochMs: 3 },
])("a key is read as it was written", (key) => {
  expect(readApiKey(tenantId, apiKeyItem(key))).toEqual(key);
});

test.each<[string, Item[string]]>([
  ["keyId", 1],
  ["role", "operator"],
  ["scopes", ["all"]],
  ["scopes", "mcp:read"],
  ["hash", null],
  ["createdAtEpochMs", "1"],
  ["expiresAtEpochMs", "2"],
  ["lastUsedAtEpochMs", true],
])("a record with this %s is none of a key: %j", (name, value) => {
  const item = { ...apiKeyItem(LEAST), [name]: value };

  expect(() => readApiKey(tenantId, item)).toThrow(expect.objectContaining({ code: "api_key_corrupt" }));
});
