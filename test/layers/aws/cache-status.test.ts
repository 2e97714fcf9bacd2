import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { cacheAvailable } from "../../../layers/aws/cache-status.ts";
import { type CachesClient, cachesClient } from "../../../layers/aws/client.ts";
import { manualClock } from "../../fixtures/manual-clock.ts";

let server: Server;
let client: CachesClient;
let status = "available";
const asked: URLSearchParams[] = [];

/** DescribeServerlessCaches, as its API reference writes the answer. */
const answer = () => `<DescribeServerlessCachesResponse xmlns="http://elasticache.amazonaws.com/doc/2015-02-02/">
  <DescribeServerlessCachesResult><ServerlessCaches><member>
    <ServerlessCacheName>skein</ServerlessCacheName><Status>${status}</Status>
  </member></ServerlessCaches></DescribeServerlessCachesResult></DescribeServerlessCachesResponse>`;

beforeEach(async () => {
  status = "available";
  asked.length = 0;
  server = createServer(async (incoming, reply) => {
    asked.push(new URLSearchParams(await text(incoming)));
    reply.writeHead(status === "broken" ? 500 : 200, { "content-type": "text/xml" }).end(answer());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new TypeError("a TCP server without a port");
  client = cachesClient({
    region: "eu-west-1",
    endpoint: `http://127.0.0.1:${address.port}`,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
});

afterEach(async () => {
  await client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

test.each([
  ["available", true],
  ["modifying", false],
  ["deleting", false],
])("a cache that is %s: %s", async (now, expected) => {
  status = now;

  expect(await cacheAvailable({ client, name: "skein", clock: manualClock() })()).toBe(expected);
  expect(asked.map((request) => request.get("ServerlessCacheName"))).toEqual(["skein"]);
});

test("the service is asked once a minute, whatever the probes", async () => {
  const clock = manualClock();
  const available = cacheAvailable({ client, name: "skein", clock });
  await available();
  status = "deleting";

  clock.advance(60_000);
  const remembered = await available();
  clock.advance(1);
  const later = await available();

  expect({ remembered, later, count: asked.length }).toEqual({ remembered: true, later: false, count: 2 });
});

test("a service that fails is a fault of its store", async () => {
  status = "broken";

  await expect(cacheAvailable({ client, name: "skein", clock: manualClock() })()).rejects.toMatchObject({
    code: "store_unavailable",
    store: "cache",
  });
});
