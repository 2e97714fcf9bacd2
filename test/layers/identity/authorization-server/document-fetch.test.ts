import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type DocumentFetch,
  DocumentUnreadable,
  documentFetch,
} from "../../../../layers/identity/authorization-server/document-fetch.ts";
import { CLIENT_EXAMPLE_CERTIFICATE as CERTIFICATE, CLIENT_EXAMPLE_KEY } from "../../../fixtures/client-example-tls.ts";

let server: Server;
let url: URL;
let visits: number;
let answer: (request: IncomingMessage, response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer({ cert: CERTIFICATE, key: CLIENT_EXAMPLE_KEY }, (request, response) => {
    visits++;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = new URL(`https://client.example:${(server.address() as AddressInfo).port}/client.json`);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  visits = 0;
  answer = (_request, response) => {
    response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end('{"client_id":"x"}');
  };
});

/** As if the name led to these addresses, of which those of this machine are allowed. */
function fetchFrom(...addresses: readonly string[]): DocumentFetch {
  return documentFetch({
    addressesOf: async () => addresses.map((address) => ({ address, family: 4 })),
    isAllowed: (address) => address === "127.0.0.1",
    ca: CERTIFICATE,
  });
}

async function refusalOf(fetching: Promise<unknown>): Promise<string> {
  const refusal = await fetching.catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(DocumentUnreadable);
  return refusal instanceof DocumentUnreadable ? refusal.message : "";
}

test("a document is read over TLS, from the address to which its name leads", async () => {
  expect(await fetchFrom("127.0.0.1")(url)).toEqual({ client_id: "x" });
});

describe("nothing is connected to", () => {
  test.each([[["10.0.0.1"]], [["127.0.0.1", "10.0.0.1"]], [[]]])("where the name leads to %j", async (addresses) => {
    expect(await refusalOf(fetchFrom(...addresses)(url))).toBe("its name leads to no public address");
    expect(visits).toBe(0);
  });

  test("where the name leads nowhere", async () => {
    const fetching = documentFetch({
      addressesOf: () => Promise.reject(new TypeError("unknown")),
      isAllowed: () => true,
    })(url);

    expect(await refusalOf(fetching)).toBe("its name leads nowhere");
  });

  test("whose certificate is not trusted, or of another name", async () => {
    const here = async () => [{ address: "127.0.0.1", family: 4 }];
    const untrusted = documentFetch({ addressesOf: here, isAllowed: () => true })(url);
    const other = new URL(String(url).replace("client.example", "other.example"));

    expect(await refusalOf(untrusted)).toBe("it does not answer");
    expect(await refusalOf(fetchFrom("127.0.0.1")(other))).toBe("it does not answer");
    expect(visits).toBe(0);
  });
});

describe("a document is not taken", () => {
  test.each<[what: string, status: number, headers: Record<string, string>, body: string, why: RegExp]>([
    ["from elsewhere", 302, { location: "https://client.example/other.json" }, "", /it answers 302/],
    ["that is not there", 404, { "content-type": "application/json" }, "{}", /it answers 404/],
    ["of another type", 200, { "content-type": "text/html" }, "{}", /with text\/html/],
    ["that is no JSON", 200, { "content-type": "application/json" }, "{", /no JSON/],
    ["that is too long", 200, { "content-type": "application/json" }, `"${"a".repeat(5_200)}"`, /more than 5120 bytes/],
  ])("%s", async (_what, status, headers, body, why) => {
    answer = (_request, response) => response.writeHead(status, headers).end(body);

    expect(await refusalOf(fetchFrom("127.0.0.1")(url))).toMatch(why);
    expect(visits).toBe(1);
  });

  test("where four others are on their way", async () => {
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    answer = async (_request, response) => {
      await held;
      response.writeHead(200, { "content-type": "application/json" }).end("{}");
    };
    const fetching = fetchFrom("127.0.0.1");

    const four = [fetching(url), fetching(url), fetching(url), fetching(url)];
    const fifth = await refusalOf(fetching(url));
    letGo();

    expect(fifth).toBe("too many others are read now");
    expect(await Promise.all(four)).toEqual([{}, {}, {}, {}]);
    expect(await fetching(url)).toEqual({});
  });
});
