import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { REPLY_HEADER_BYTES_MAX, REPLY_TIMEOUT_MS } from "../../../../layers/http/passage/limits.ts";
import { problemReply } from "../../../../layers/http/problem-reply.ts";
import type { Passage } from "../../../../layers/local/http-exchange.ts";
import { LOCAL_DOOR } from "../../../../layers/local/limits.ts";
import { SOCKET_IDLE_MS } from "../../../../layers/local/proxy/limits.ts";
import { eventually } from "../../../fixtures/eventually.ts";
import { freePort } from "../../../fixtures/free-port.ts";
import { openDoor, type TestDoor } from "../../../fixtures/test-door.ts";

/** What becomes of a call when one of the two ends does not do its part. */

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function projectThat(answers: RequestListener): Promise<Server> {
  const server = createServer(answers).listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return server;
}

async function doorTo(
  port: number,
  { replyTimeoutMs = REPLY_TIMEOUT_MS, callTimeoutMs = LOCAL_DOOR.callTimeoutMs } = {},
) {
  const passage: Passage = {
    replyTimeoutMs,
    takes: (target) => target.startsWith("/p/"),
    targetOf: () => ({ host: "127.0.0.1", port, path: "/", prefix: "/p/web" }),
  };
  const door = await openDoor(async () => ({ status: 200, headers: {}, body: "" }), { callTimeoutMs }, passage);
  ends.push(() => door.server.close({ cut: true }));
  return door;
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

async function told({ url }: TestDoor) {
  const reply = await fetch(`${url}/p/web/`);
  return [reply.status, await reply.json()];
}

test("a project that does not begin to answer is given up, and its connection closed", async () => {
  let connected = 0;
  let left = 0;
  const project = await projectThat(() => {});
  project.on("connection", (socket) => {
    connected += 1;
    socket.on("close", () => {
      left += 1;
    });
  });
  const door = await doorTo(portOf(project), { replyTimeoutMs: 500 });

  expect(await told(door)).toMatchObject([504, { code: "project_timeout" }]);

  await eventually(() => expect([connected, left]).toEqual([1, 1]));
  expect(door.lines).toMatchObject([{ status: 504, outcome: "project_timeout" }]);
});

test("a caller that leaves is left by the project's answer too, and nothing of it is a fault", async () => {
  let begun = 0;
  let left = 0;
  const project = await projectThat((_request, reply) => {
    begun += 1;
    reply.write("first");
    reply.on("close", () => {
      left += 1;
    });
  });
  const door = await doorTo(portOf(project));
  const [, port] = /:(\d+)$/.exec(door.url) ?? [];
  const caller = connect(Number(port), "127.0.0.1");
  caller.write("GET /p/web/ HTTP/1.1\r\nhost: x\r\n\r\n");
  await once(caller, "data");

  caller.destroy();

  await eventually(() => expect([begun, left]).toEqual([1, 1]));
  await eventually(() => expect(door.lines).toMatchObject([{ outcome: "broken_off" }]));
  expect(door.faults).toEqual([]);
  expect(door.server.openCallCount()).toBe(0);
});

test("a caller that leaves before there is an answer is no fault either", async () => {
  const asked = Promise.withResolvers<undefined>();
  const project = await projectThat(() => asked.resolve(undefined));
  const door = await doorTo(portOf(project));
  const [, port] = /:(\d+)$/.exec(door.url) ?? [];
  const caller = connect(Number(port), "127.0.0.1");
  caller.write("GET /p/web/ HTTP/1.1\r\nhost: x\r\n\r\n");
  await asked.promise;

  caller.destroy();

  await eventually(() => expect(door.server.openCallCount()).toBe(0));
  expect(door.faults).toEqual([]);
});

test("a call that lasts too long is broken off", async () => {
  const project = await projectThat((_request, reply) => void reply.write("first"));
  const door = await doorTo(portOf(project), { callTimeoutMs: 3_000 });

  const reply = await fetch(`${door.url}/p/web/`);

  await expect(reply.text()).rejects.toThrow();
  await eventually(() => expect(door.lines).toMatchObject([{ outcome: "broken_off" }]));
});

test("where nothing listens, that is said", async () => {
  expect(await told(await doorTo(await freePort()))).toMatchObject([502, { code: "project_not_listening" }]);
});

test("a head that is too large is no answer", async () => {
  const project = await projectThat((_request, reply) => {
    reply.setHeader("x-large", "x".repeat(REPLY_HEADER_BYTES_MAX)).end("body");
  });

  expect(await told(await doorTo(portOf(project)))).toMatchObject([502, { code: "project_reply_broken" }]);
});

test("where the handler refuses, no project is asked, and no body is waited for", async () => {
  const asked = vi.fn();
  await projectThat(asked);
  const passage: Passage = { replyTimeoutMs: 1_000, takes: () => true, targetOf: () => undefined };
  const refusing = { status: 401, code: "credential_absent", detail: "no" } as const;
  const door = await openDoor(async (_, { requestId }) => problemReply(refusing, requestId), {}, passage);
  ends.push(() => door.server.close({ cut: true }));
  const [, port] = /:(\d+)$/.exec(door.url) ?? [];
  const caller = connect(Number(port), "127.0.0.1");
  caller.write("POST /p/web/ HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf");

  const [head] = await once(caller, "data");

  expect(String(head)).toMatch(/^HTTP\/1\.1 401 /);
  expect(asked).not.toHaveBeenCalled();
  caller.destroy();
});

test("a project has less time to begin an answer than a call has, and a quiet WebSocket no more than one", () => {
  expect(REPLY_TIMEOUT_MS).toBeLessThan(LOCAL_DOOR.callTimeoutMs);
  expect(SOCKET_IDLE_MS).toBeLessThanOrEqual(LOCAL_DOOR.callTimeoutMs);
});
