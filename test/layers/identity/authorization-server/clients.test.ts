import { describe, expect, test } from "vitest";
import { Clients } from "../../../../layers/identity/authorization-server/clients.ts";
import { hmacSeal } from "../../../../layers/node/hmac-seal.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";

const sealOf = (byte: number) => hmacSeal([{ id: "k1", secret: Buffer.alloc(32, byte) }]);
const clientsOf = (byte = 1) => new Clients({ seal: sealOf(byte), clock: manualClock() });
const CALLBACK = "https://app.example.com/cb";

function registered(metadata: object) {
  const client = clientsOf().register({ redirect_uris: [CALLBACK], ...metadata });
  if (!client.ok) throw new TypeError(JSON.stringify(client.problem));
  return client.value;
}

describe("a client that registers", () => {
  test("is known to every process that holds the seal, and to no other", () => {
    const client = registered({ client_name: "App" });

    expect(client).toMatchObject({ name: "App", redirectUris: [CALLBACK], refreshes: false });
    expect(clientsOf().clientOf(client.clientId)).toEqual(client);
    expect(clientsOf(2).clientOf(client.clientId)).toBeUndefined();
  });

  test("refreshes its tokens when it says so", () => {
    expect(registered({ grant_types: ["authorization_code", "refresh_token"] })).toMatchObject({ refreshes: true });
  });

  test("can't write over the words around its name", () => {
    expect(registered({ client_name: "App\u202e\u0000\n <b>" }).name).toBe("App <b>");
  });

  test("may say more about itself than is used here", () => {
    const more = { logo_uri: "https://app.example.com/logo", token_endpoint_auth_method: "client_secret_basic" };

    expect(registered(more)).toMatchObject({ redirectUris: [CALLBACK] });
  });
});

test.each<[what: string, metadata: unknown, error: string]>([
  ["nothing", undefined, "invalid_client_metadata"],
  ["no address", {}, "invalid_client_metadata"],
  ["an empty list of them", { redirect_uris: [] }, "invalid_client_metadata"],
  ["nine addresses", { redirect_uris: Array(9).fill(CALLBACK) }, "invalid_client_metadata"],
  ["an address without TLS", { redirect_uris: [CALLBACK, "http://app.example.com/cb"] }, "invalid_redirect_uri"],
  ["an address that is none", { redirect_uris: ["app"] }, "invalid_redirect_uri"],
  ["more than an id may hold", { redirect_uris: [`${CALLBACK}?${"a".repeat(2_500)}`] }, "invalid_client_metadata"],
  ["too long a name", { redirect_uris: [CALLBACK], client_name: "a".repeat(101) }, "invalid_client_metadata"],
  ["no grant of ours", { redirect_uris: [CALLBACK], grant_types: ["implicit"] }, "invalid_client_metadata"],
])("a client that registers with %s is refused", (_what, metadata, error) => {
  const refusal = clientsOf().register(metadata);

  expect(refusal).toMatchObject({ ok: false, problem: { error } });
  expect(JSON.stringify(refusal)).not.toContain("\\\\");
});

test.each(["", "app", "k1.e30.AAAA", sealOf(1).seal("oauth-code", "[]")])("the id %j is no client's", (clientId) => {
  expect(clientsOf().clientOf(clientId)).toBeUndefined();
});
