import { createServer, type RequestListener, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { HttpConnection } from "../../bench/http/http-client.ts";

let server: Server | undefined;
let connection: HttpConnection | undefined;
afterEach(() => {
  connection?.close();
  server?.close();
});

async function connectedTo(answer: RequestListener): Promise<HttpConnection> {
  const listening = createServer(answer);
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const address = listening.address();
  if (address === null || typeof address === "string") throw new TypeError("a TCP server has an address");
  connection = new HttpConnection(address.port);
  return connection;
}

test("one connection carries call after call, and what is sent arrives", async () => {
  const client = await connectedTo((incoming, outgoing) => {
    incoming.setEncoding("utf8").once("data", (body: string) => {
      const reply = `${incoming.method} ${incoming.url} ${incoming.headers["mcp-name"]} ${body}`;
      outgoing.writeHead(201, { "content-length": reply.length }).end(reply);
    });
  });

  const first = await client.post("/mcp", { "mcp-name": "a" }, "1");
  const second = await client.post("/mcp", { "mcp-name": "b" }, "22");

  expect([first, second]).toEqual([
    { status: 201, body: "POST /mcp a 1" },
    { status: 201, body: "POST /mcp b 22" },
  ]);
});

test("a reply in chunks is read to its last one", async () => {
  const client = await connectedTo((_, outgoing) => {
    outgoing.write("data: 1\n\n");
    // The caller has read the first by the second turn of the loop.
    setImmediate(() => setImmediate(() => outgoing.end("data: 2\n\n")));
  });

  const { body } = await client.post("/mcp", {}, "{}");

  expect(body).toContain("data: 1\n\n");
  expect(body).toContain("data: 2\n\n");
});

test("a connection that is cut in the middle of a call says so", async () => {
  const client = await connectedTo((_, outgoing) => outgoing.destroy());

  await expect(client.post("/mcp", {}, "{}")).rejects.toMatchObject({ code: "connection_cut" });
});
