import { describe, expect, test } from "vitest";
import { Clients } from "../../../../layers/identity/authorization-server/clients.ts";
import { DocumentUnreadable } from "../../../../layers/identity/authorization-server/document-fetch.ts";
import { hmacSeal } from "../../../../layers/node/hmac-seal.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";

const sealOf = (byte: number) => hmacSeal([{ id: "k1", secret: Buffer.alloc(32, byte) }]);
const clientsOf = (byte = 1, document: () => unknown = () => expect.unreachable("nothing is fetched")) =>
  new Clients({ seal: sealOf(byte), clock: manualClock(), fetchDocument: async () => document() });
const UNKNOWN = { ok: false, problem: { reason: "client_unknown" } };
const CALLBACK = "https://app.example.com/cb";

function registered(metadata: object) {
  const client = clientsOf().register({ redirect_uris: [CALLBACK], ...metadata });
  if (!client.ok) throw new TypeError(JSON.stringify(client.problem));
  return client.value;
}

describe("a client that registers", () => {
  test("is known to every process that holds the seal, and to no other", async () => {
    const { issuedAtEpochSeconds, ...client } = registered({ client_name: "App" });

    expect(client).toMatchObject({ name: "App", redirectUris: [CALLBACK], refreshes: false });
    expect(issuedAtEpochSeconds).toBeGreaterThan(0);
    expect(await clientsOf().clientOf(client.clientId)).toEqual({ ok: true, value: client });
    expect(await clientsOf(2).clientOf(client.clientId)).toEqual(UNKNOWN);
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

test.each([
  ...["", "app", "k1.e30.AAAA", sealOf(1).seal("oauth-code", "[]")],
  ...["http://app.example.com/client", "https://app.example.com", "https://app.example.com/"],
  ...["https://app.example.com/a/../client", "https://app.example.com/client#part", "https://APP.example.com/client"],
  ...["https://ann@app.example.com/client", "https://10.0.0.1/client", "https://[::1]/client", "https://2130706433/a"],
  ...["https://localhost/client", "urn:example.com/client"],
])("the id %j is no client's, and nothing is fetched for it", async (clientId) => {
  expect(await clientsOf().clientOf(clientId)).toEqual(UNKNOWN);
  expect(clientsOf().isClient(clientId)).toBe(false);
});

describe("a client whose id is the address of a document", () => {
  const ID = "https://app.example.com/client.json";
  const DOCUMENT = { client_id: ID, client_name: "App", redirect_uris: [CALLBACK] };

  test("is as the document says, which is read once in five minutes", async () => {
    let reads = 0;
    const clients = clientsOf(1, () => {
      reads++;
      return DOCUMENT;
    });

    const [first] = [await clients.clientOf(ID), await clients.clientOf(ID)];

    expect(first).toEqual({
      ok: true,
      value: { clientId: ID, name: "App", redirectUris: [CALLBACK], refreshes: false },
    });
    expect(clients.isClient(ID)).toBe(true);
    expect(reads).toBe(1);
  });

  test.each<[what: string, document: unknown]>([
    ["of another client", { ...DOCUMENT, client_id: "https://other.example/client.json" }],
    ["of nobody", { redirect_uris: [CALLBACK] }],
    ["with a secret that all can read", { ...DOCUMENT, client_secret: "s" }],
    ["without an address for the answer", { client_id: ID }],
    ["with an address without TLS", { ...DOCUMENT, redirect_uris: ["http://app.example.com/cb"] }],
    ["that is no object", "client"],
  ])("is not believed a document %s, and is asked again", async (_what, document) => {
    let published = document;
    const clients = clientsOf(1, () => published);
    const before = await clients.clientOf(ID);
    published = DOCUMENT;

    expect(before).toMatchObject({ ok: false, problem: { reason: "client_unreadable" } });
    expect(await clients.clientOf(ID)).toMatchObject({ ok: true });
  });

  test("can't be used where the document can't be had", async () => {
    const clients = clientsOf(1, () => {
      throw new DocumentUnreadable("it answers 404 with text/html");
    });

    expect(await clients.clientOf(ID)).toEqual({
      ok: false,
      problem: { reason: "client_unreadable", why: "it answers 404 with text/html" },
    });
  });
});
