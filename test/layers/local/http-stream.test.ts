import { once } from "node:events";
import { connect } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import type { DoorCall, HttpHandler, HttpReply } from "../../../layers/core/http/http-message.ts";
import type { DoorLimits } from "../../../layers/local/limits.ts";
import { eventually } from "../../fixtures/eventually.ts";
import { socketDoor, wholeText } from "../../fixtures/http-exchange.ts";
import { PATIENCE_MS } from "../../fixtures/patience.ts";
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

const streamed = (body: AsyncIterable<string>, log = {}): HttpReply => ({
  status: 200,
  headers: { "content-type": "text/event-stream" },
  body,
  log,
});

const GET = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

test("each piece of a stream is sent when it is there, the headers before the first", async () => {
  const go = Promise.withResolvers<void>();
  const { server, lines } = await serve(async () =>
    streamed(
      (async function* () {
        await go.promise;
        yield "one";
        yield "";
        yield "zwö";
      })(),
    ),
  );

  const socket = await rawSocket(server.port, GET);
  await socket.receives("text/event-stream");
  go.resolve();
  await socket.receives("0\r\n\r\n");

  expect(socket.received()).toMatch(/3\r\none\r\n4\r\nzwö\r\n0\r\n\r\n$/);
  expect(lines).toMatchObject([{ bytes: 7 }]);
});

test("the log tells what the stream has learned on its way", async () => {
  const log = { outcome: "running" };
  const { url, lines } = await serve(async () =>
    streamed(
      (async function* () {
        yield "x";
        log.outcome = "done";
      })(),
      log,
    ),
  );

  await wholeText(await socketDoor(url)({ method: "GET", headers: {} }));

  expect(lines).toMatchObject([{ outcome: "done" }]);
});

test("a stream is read to its end though its caller has gone", async () => {
  const left = Promise.withResolvers<void>();
  let lastWord = "";
  const { server } = await serve(async (_, { signal }) => {
    signal.addEventListener("abort", () => left.resolve());
    return streamed(
      (async function* () {
        yield "first";
        await left.promise;
        for (const word of ["second", "third", "last"]) {
          yield word;
          lastWord = word;
        }
      })(),
    );
  });

  const socket = await rawSocket(server.port, GET);
  await socket.receives("first");
  socket.socket.destroy();
  await eventually(() => expect(server.openCallCount()).toBe(0));

  expect(lastWord).toBe("last");
});

test("a stream waits for a caller that does not read", async () => {
  const piece = "a".repeat(64 * 1024);
  const pieceCountMax = 1000;
  let given = 0;
  const { server } = await serve(async () =>
    streamed(
      (async function* () {
        for (; given < pieceCountMax; given++) {
          yield piece;
          await nextTurn();
        }
      })(),
    ),
  );

  const socket = connect(server.port, "127.0.0.1");
  socket.write(GET);
  await once(socket, "readable");
  await settled(() => given);
  const givenWhileNobodyReads = given;
  socket.resume();
  await eventually(() => expect(server.openCallCount()).toBe(0));
  socket.destroy();

  expect(givenWhileNobodyReads).toBeLessThan(pieceCountMax);
  expect(given).toBe(pieceCountMax);
});

/** Resolves when a count has stood still for a while. */
async function settled(count: () => number): Promise<void> {
  let before = -1;
  await vi.waitFor(
    () => {
      const now = count();
      const isStill = now === before;
      before = now;
      expect(isStill).toBe(true);
    },
    { interval: 300, timeout: PATIENCE_MS },
  );
}

test("a stream that breaks ends its connection, and is reported", async () => {
  const fault = new Error("broken");
  const { server, faults } = await serve(async () =>
    streamed(
      (async function* () {
        yield "first";
        throw fault;
      })(),
    ),
  );

  const socket = await rawSocket(server.port, GET);
  await socket.closed;

  expect(socket.received()).toContain("first");
  expect(socket.received()).not.toContain("0\r\n\r\n");
  expect(faults).toEqual([fault]);
});

test("a handler that breaks ends its connection, and is reported", async () => {
  const fault = new Error("broken");
  const { server, faults } = await serve(async () => {
    throw fault;
  });

  const socket = await rawSocket(server.port, GET);
  await socket.closed;

  expect(socket.received()).toBe("");
  expect(faults).toEqual([fault]);
});

test("at the deadline the signal is aborted, and a handler that heeds it still answers", async () => {
  const { url } = await serve(
    async (_, { signal }) => {
      await once(signal, "abort");
      return { status: 200, headers: {}, body: "so far" };
    },
    { callTimeoutMs: 50 },
  );

  const reply = await socketDoor(url)({ method: "GET", headers: {} });

  expect(await wholeText(reply)).toBe("so far");
});

test("a handler that does not heed its deadline is answered for, and its late stream is read to its end", async () => {
  const late = Promise.withResolvers<void>();
  let isRead = false;
  const { url, lines } = await serve(
    async () => {
      await late.promise;
      return streamed(
        (async function* () {
          yield "late";
          isRead = true;
        })(),
      );
    },
    { callTimeoutMs: 30, cutAfterAbortMs: 30 },
  );

  const reply = await socketDoor(url)({ method: "GET", headers: {} });
  late.resolve();
  await eventually(() => expect(isRead).toBe(true));

  expect(reply.status).toBe(504);
  expect(await wholeText(reply)).toContain("call_timeout");
  expect(lines).toMatchObject([{ status: 504, outcome: "call_timeout" }]);
});

test("a stream past its deadline is cut", async () => {
  const { server } = await serve(
    async () =>
      streamed(
        (async function* () {
          yield "first";
          await new Promise(() => {});
        })(),
      ),
    { callTimeoutMs: 30, cutAfterAbortMs: 30 },
  );

  const socket = await rawSocket(server.port, GET);
  await socket.closed;

  expect(socket.received()).toContain("first");
  expect(socket.received()).not.toContain("0\r\n\r\n");
});

test("a caller that never reads its whole reply loses its connection", async () => {
  const body = "a".repeat(8 * 1024 * 1024);
  const { server } = await serve(async () => ({ status: 200, headers: {}, body }), {
    callTimeoutMs: 50,
    cutAfterAbortMs: 50,
  });

  const socket = await rawSocket(server.port, GET);
  socket.socket.pause();
  await server.close();

  expect(socket.received().length).toBeLessThan(body.length);
});
