import { afterAll, beforeAll, expect, test } from "vitest";
import { nowEpochSeconds } from "../../../layers/core/ports/clock.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { type ApiCell, type Asked, apiCell } from "../../fixtures/api-cell.ts";
import { type ServedProvider, servedProvider } from "../../fixtures/provider.ts";

const URL = "http://cell.example.com";
let identities: ServedProvider;
let cell: ApiCell;

beforeAll(async () => {
  identities = await servedProvider({ audience: URL, nowEpochSeconds: () => nowEpochSeconds(systemClock()) });
  cell = await apiCell({ issuer: identities.issuer, url: URL, signUp: true });
});
afterAll(async () => {
  identities.close();
  await cell.close();
});

async function ask(subject: string, method: string, path: string, asked: Asked = {}) {
  const token = await identities.token({ sub: subject, scope: "tenant:read tenant:admin" });
  return cell.ask(method, path, { token, ...asked });
}

test("a provider's people make a tenant, name each other as members, and join", async () => {
  expect(await ask("ann", "GET", "/api/tenants/self")).toMatchObject({
    status: 403,
    json: { code: "tenant_required" },
  });
  expect(await ask("ann", "POST", "/api/tenants", { json: { tenantId: "anns", name: "Ann's" } })).toMatchObject({
    status: 201,
  });
  expect(await ask("bob", "POST", "/api/tenants/anns/join")).toMatchObject({ status: 404 });
  expect(await ask("ann", "PUT", "/api/tenants/self/members/bob", { json: { role: "viewer" } })).toMatchObject({
    status: 200,
  });
  expect(await ask("bob", "POST", "/api/tenants/anns/join")).toMatchObject({ status: 200, json: { tenantId: "anns" } });
  expect(await ask("bob", "GET", "/api/tenants/self")).toMatchObject({ status: 200, json: { memberCount: 2 } });
  expect(await ask("bob", "DELETE", "/api/tenants/self")).toMatchObject({
    status: 403,
    json: { code: "role_forbidden" },
  });
});

test("those who are at home can't join another", async () => {
  expect(await cell.ask("POST", "/api/tenants/self/join", { token: cell.owner })).toMatchObject({
    status: 409,
    json: { code: "home_taken" },
  });
  expect(await cell.ask("POST", "/api/tenants/anns/join", { token: cell.owner })).toMatchObject({ status: 404 });
});
