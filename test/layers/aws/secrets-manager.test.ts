import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { secretsClient, secretsManagerSecret } from "../../../layers/aws/secrets-manager.ts";
import type { Secret } from "../../../layers/core/ports/secrets.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { answeringService } from "../../fixtures/answering-service.ts";
import { type LocalSecrets, localSecrets } from "../../fixtures/local-secrets.ts";
import { type ManualClock, manualClock } from "../../fixtures/manual-clock.ts";
import { seededChance } from "../../fixtures/seeded-chance.ts";

let server: LocalSecrets;

beforeAll(async () => {
  server = await localSecrets();
});

beforeEach(() => {
  server.broken.now = false;
  server.asked.count = 0;
  server.secrets.set("key", { AWSCURRENT: "one" });
});

afterAll(async () => {
  await server.close();
});

function aSecret(id = "key"): { readonly secret: Secret; readonly clock: ManualClock } {
  const clock = manualClock();
  const { href: endpoint } = server.place.endpoint;
  const waitless = { ...systemClock(), sleep: async () => {} };
  const client = secretsClient({ ...server.place, endpoint, clock: waitless, chance: seededChance(1) });
  onTestFinished(() => client.close());
  return { secret: secretsManagerSecret({ client, id, clock }), clock };
}

test("a secret that was never rotated has no previous version", async () => {
  const { secret } = aSecret();

  expect(await secret.read(1000)).toEqual({ current: "one" });
});

test("a rotated secret has both", async () => {
  server.secrets.set("key", { AWSCURRENT: "two", AWSPREVIOUS: "one" });
  const { secret } = aSecret();

  expect(await secret.read(1000)).toEqual({ current: "two", previous: "one" });
});

test("what was read is remembered for as long as the reader allows", async () => {
  const { secret, clock } = aSecret();
  const first = await secret.read(1000);
  server.secrets.set("key", { AWSCURRENT: "two", AWSPREVIOUS: "one" });

  clock.advance(1000);
  const remembered = await secret.read(1000);
  const shorter = await secret.read(999);

  expect(remembered).toBe(first);
  expect(shorter).toEqual({ current: "two", previous: "one" });
});

test("reads at the same time ask once", async () => {
  const { secret } = aSecret();

  await Promise.all([secret.read(0), secret.read(0), secret.read(0)]);

  expect(server.asked.count).toBe(2);
});

test("a secret that can't be read is a fault of its store", async () => {
  await expect(aSecret("absent").secret.read(0)).rejects.toMatchObject({
    code: "store_unavailable",
    store: "secrets",
    cause: { code: "service_refused", name: "ResourceNotFoundException" },
  });
});

test("what was read last outlives an outage, without asking at every call", async () => {
  const { secret, clock } = aSecret();
  await secret.read(1000);
  server.broken.now = true;
  clock.advance(2000);

  const during = await secret.read(1000);
  const askedCount = server.asked.count;
  const again = await secret.read(1000);

  expect(during).toEqual({ current: "one" });
  expect(again).toEqual({ current: "one" });
  expect(server.asked.count).toBe(askedCount);
});

test("after an outage from the start on, the next read asks again", async () => {
  const { secret } = aSecret();
  server.broken.now = true;
  await expect(secret.read(0)).rejects.toMatchObject({ code: "store_unavailable" });
  server.broken.now = false;

  expect(await secret.read(0)).toEqual({ current: "one" });
});

test("a secret that holds no text is a fault of its store", async () => {
  const service = await answeringService((response) => void response.end('{"SecretBinary":"AAAA"}'));
  const clock = manualClock();
  const parts = { credentials: server.place.credentials, clock, chance: seededChance(1) };
  const client = secretsClient({ ...service.settings, ...parts });
  onTestFinished(() => client.close());

  await expect(secretsManagerSecret({ client, id: "key", clock }).read(0)).rejects.toMatchObject({
    code: "store_unavailable",
    cause: { code: "secret_not_text" },
  });
});

test("all that a function reads at its start takes three connections", async () => {
  const service = await answeringService((response) => void response.end('{"SecretString":"text"}'));
  const clock = manualClock();
  const parts = { credentials: server.place.credentials, clock, chance: seededChance(1) };
  const client = secretsClient({ ...service.settings, ...parts });
  onTestFinished(() => client.close());

  await Promise.all(["a", "b", "c"].map((id) => secretsManagerSecret({ client, id, clock }).read(0)));

  expect(service.requests).toHaveLength(6);
  expect(new Set(service.requests.map(({ socket }) => socket)).size).toBe(3);
});
