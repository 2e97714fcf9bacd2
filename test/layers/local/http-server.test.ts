import { once } from "node:events";
import { Agent, request as sendRequest } from "node:http";
import { afterEach, expect, test } from "vitest";
import type { DoorCall, HttpHandler, HttpReply, HttpRequest } from "../../../layers/core/http/http-message.ts";
import { BODY_BYTES_MAX, HEADER_BYTES_MAX } from "../../../layers/http/limits.ts";
import type { DoorLimits } from "../../../layers/local/limits.ts";
import { eventually } from "../../fixtures/eventually.ts";
import { answering } from "../../fixtures/http-call.ts";
import { socketDoor, wholeText } from "../../fixtures/http-exchange.ts";
import { rawSocket } from "../../fixtures/raw-socket.ts";
import { openDoor, type TestDoor } from "../../fixtures/test-door.ts";

const opened: TestDoor[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map(({ server }) => server.close({ cut: true })));
});

async function serve(handler: HttpHandler<DoorCall>, limits: Partial<DoorLimits> = {}): Promise<TestDoor> {
  const door = await openDoor(handler, limits);
  opened.push(door);
  return door;
}

/** A handler that keeps what it was asked. */
function recording(reply: Partial<HttpReply> = {}): { handler: HttpHandler<DoorCall>; requests: HttpRequest[] } {
  const requests: HttpRequest[] = [];
  return {
    requests,
    handler: (request, context) => {
      requests.push(request);
      return answering(reply)(request, context);
    },
  };
}

test("a request reaches the handler as plain data", async () => {
  const { handler, requests } = recording();
  const { server } = await serve(handler);

  const socket = await rawSocket(
    server.port,
    "PATCH /a%20b?c=%2F&d HTTP/1.1\r\nHost: x\r\nX-Two: 1\r\nx-two: 2\r\nCookie: a=1\r\nCookie: b=2\r\n" +
      "Authorization: one\r\nAuthorization: two\r\nSet-Cookie: c\r\nContent-Length: 4\r\n\r\nbody",
  );
  await socket.receives("200 OK");

  expect(requests).toEqual([
    {
      method: "PATCH",
      path: "/a%20b",
      query: "c=%2F&d",
      headers: expect.objectContaining({
        host: "x",
        "x-two": "1, 2",
        cookie: "a=1; b=2",
        authorization: "one, two",
        "set-cookie": undefined,
      }),
      body: Buffer.from("body"),
      remoteAddress: "127.0.0.1",
      tls: false,
    },
  ]);
});

test("a reply goes out whole, with its length, its cookies and the request's id", async () => {
  const { url, lines } = await serve(
    answering({ status: 201, headers: { "x-a": "1" }, cookies: ["a=1", "b=2"], body: "größer" }),
  );

  const reply = await socketDoor(url)({ method: "GET", headers: {} });

  expect(await wholeText(reply)).toBe("größer");
  expect(reply).toMatchObject({
    status: 201,
    headers: { "x-a": "1", "set-cookie": "a=1, b=2", "content-length": "8" },
  });
  expect(lines).toMatchObject([{ requestId: reply.headers["x-request-id"], status: 201, bytes: 8 }]);
});

test("HEAD gets the headers of the reply and no body", async () => {
  const { url } = await serve(answering({ body: "four" }));

  const reply = await socketDoor(url)({ method: "HEAD", headers: {} });

  expect(reply).toMatchObject({ status: 200, headers: { "content-length": "4" } });
  expect(await wholeText(reply)).toBe("");
});

test("a reply of 204 tells no length", async () => {
  const { url } = await serve(answering({ status: 204, headers: {}, body: "" }));

  const reply = await socketDoor(url)({ method: "GET", headers: {} });

  expect(reply.status).toBe(204);
  expect(reply.headers).not.toHaveProperty("content-length");
});

test("many calls follow each other on one connection", async () => {
  const { url, lines } = await serve(answering());
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  const statuses: (number | undefined)[] = [];
  for (let n = 0; n < 20; n++) {
    const outgoing = sendRequest(url, { agent, method: "POST" }).end("{}");
    const [incoming] = await once(outgoing, "response");
    statuses.push(incoming.statusCode);
    await once(incoming.resume(), "end");
  }
  agent.destroy();

  expect(statuses).toEqual(Array.from({ length: 20 }, () => 200));
  expect(lines).toHaveLength(20);
});

test("a body of the largest size is taken", async () => {
  const { handler, requests } = recording();
  const { url } = await serve(handler);

  const reply = await socketDoor(url)({ method: "POST", headers: {}, body: Buffer.alloc(BODY_BYTES_MAX, 7) });

  expect(reply.status).toBe(200);
  expect(requests[0]?.body.byteLength).toBe(BODY_BYTES_MAX);
});

test("a body whose told length is too large is refused before it comes", async () => {
  const { handler, requests } = recording();
  const { server } = await serve(handler);

  const socket = await rawSocket(
    server.port,
    `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${BODY_BYTES_MAX + 1}\r\n\r\n`,
  );
  await socket.receives("body_too_large");

  expect(socket.received()).toContain("HTTP/1.1 413");
  expect(socket.received()).toContain("connection: close");
  expect(requests).toEqual([]);
});

test("who sends a body too large in one go gets to read the refusal", async () => {
  const { server } = await serve(answering());
  const bytes = 2 * BODY_BYTES_MAX;

  const socket = await rawSocket(server.port, `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes}\r\n\r\n`);
  socket.socket.write(Buffer.alloc(bytes));
  await socket.closed;

  expect(socket.received()).toContain("body_too_large");
});

test("a body that tells no length is refused at the first byte too many", async () => {
  const { handler, requests } = recording();
  const { server } = await serve(handler);
  const chunk = Buffer.alloc(64 * 1024, 97);
  const framed = Buffer.concat([Buffer.from(`${chunk.byteLength.toString(16)}\r\n`), chunk, Buffer.from("\r\n")]);

  const socket = await rawSocket(server.port, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (let sent = 0; sent <= BODY_BYTES_MAX; sent += chunk.byteLength) socket.socket.write(framed);
  await socket.receives("body_too_large");

  expect(requests).toEqual([]);
});

test("a body too large is not asked for", async () => {
  const { server } = await serve(answering());
  const head = (bytes: number) =>
    `POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${bytes}\r\n\r\n`;

  const refused = await rawSocket(server.port, head(BODY_BYTES_MAX + 1));
  const asked = await rawSocket(server.port, head(2));
  await refused.receives("body_too_large");
  await asked.receives("100 Continue");
  asked.socket.write("{}");
  await asked.receives("200 OK");

  expect(refused.received()).not.toContain("100 Continue");
});

test("bodies that would not fit the memory for them wait for none of it", async () => {
  const release = Promise.withResolvers<void>();
  const { url, server } = await serve(
    async (request, context) => {
      await release.promise;
      return answering()(request, context);
    },
    { heldBodyBytesMax: 1000 },
  );
  const door = socketDoor(url);

  const first = door({ method: "POST", headers: {}, body: "a".repeat(600) });
  await eventually(() => expect(server.openCallCount()).toBe(1));
  const second = await door({ method: "POST", headers: {}, body: "a".repeat(600) });
  release.resolve();
  const third = await first.then(() => door({ method: "POST", headers: {}, body: "a".repeat(1000) }));

  expect(second.status).toBe(503);
  expect((await first).status).toBe(200);
  expect(third.status).toBe(200);
});

test("who leaves in the middle of its body has called nobody", async () => {
  const { handler, requests } = recording();
  const { server, lines } = await serve(handler);

  const socket = await rawSocket(server.port, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
  await eventually(() => expect(server.openCallCount()).toBe(1));
  socket.socket.destroy();
  await eventually(() => expect(server.openCallCount()).toBe(0));

  expect(requests).toEqual([]);
  expect(lines).toEqual([]);
});

test.each([
  ["headers past their size", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"a".repeat(HEADER_BYTES_MAX)}\r\n\r\n`, "431"],
  ["what is no HTTP", "hello\r\n\r\n", "400"],
  ["no Host", "GET / HTTP/1.1\r\n\r\n", "400"],
  [
    "two lengths",
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "400",
  ],
])("%s is refused", async (_, said, status) => {
  const { handler, requests } = recording();
  const { server } = await serve(handler);

  const socket = await rawSocket(server.port, said);
  await socket.closed;

  expect(socket.received()).toContain(`HTTP/1.1 ${status}`);
  expect(requests).toEqual([]);
});

test.each([
  ["says nothing", ""],
  ["never ends its headers", "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "],
  ["never ends its body", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf"],
])("a caller that %s is let go", async (_, said) => {
  const { server } = await serve(answering(), {
    headersTimeoutMs: 100,
    requestTimeoutMs: 150,
    timeoutCheckIntervalMs: 20,
  });

  const socket = await rawSocket(server.port, said);
  await socket.closed;

  expect(socket.received()).toMatch(/^$|^HTTP\/1\.1 408 /);
  expect(server.openCallCount()).toBe(0);
});

test("connections past their number are closed, and served again when others have gone", async () => {
  const { server } = await serve(answering(), { connectionsMax: 2 });
  const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

  const [first, second] = [await rawSocket(server.port, get), await rawSocket(server.port, get)];
  await Promise.all([first.receives("200"), second.receives("200")]);
  const third = await rawSocket(server.port, get);
  await third.closed;
  first.socket.destroy();
  await first.closed;
  await eventually(async () => (await rawSocket(server.port, get)).receives("200"));

  expect(third.received()).toBe("");
});

test("the signal is aborted when the caller is gone, and what the handler says then is lost to nobody", async () => {
  const aborted = Promise.withResolvers<void>();
  const { server, lines } = await serve(async (_, { signal }) => {
    signal.addEventListener("abort", () => aborted.resolve());
    await aborted.promise;
    return { status: 200, headers: {}, body: "too late", log: { outcome: "cancelled" } };
  });

  const socket = await rawSocket(server.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await eventually(() => expect(server.openCallCount()).toBe(1));
  socket.socket.destroy();
  await eventually(() => expect(server.openCallCount()).toBe(0));

  expect(lines).toMatchObject([{ outcome: "cancelled" }]);
});

test("a call that nobody left is not aborted", async () => {
  let signal: AbortSignal | undefined;
  const { url } = await serve(async (request, context) => {
    signal = context.signal;
    return answering()(request, context);
  });

  const reply = await socketDoor(url)({ method: "GET", headers: {} });
  await wholeText(reply);

  expect(signal?.aborted).toBe(false);
});
