import { once } from "node:events";
import { constants, deflateRawSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import type { WebSocket as RawWebSocket } from "ws";
import { refused } from "../../../../layers/core/result.ts";
import { WireText } from "../../../../layers/local/websocket/wire-text.ts";
import { rawSocket } from "../../../fixtures/raw-socket.ts";
import { connectedClient, socketClient } from "../../../fixtures/socket-client.ts";
import { echo, type HolderGiven, PATIENT, type SocketHolder, socketHolder } from "../../../fixtures/socket-holder.ts";

let holder: SocketHolder;
const opened = async (given: HolderGiven = {}): Promise<SocketHolder> => {
  holder = await socketHolder(given);
  return holder;
};
afterEach(() => holder.close());

describe("what a client says", () => {
  test("is answered, one after the other, in its order, however long each takes", async () => {
    let running = 0;
    const { url } = await opened({
      async text(text) {
        expect(++running).toBe(1);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return echo(text);
      },
    });
    const client = await socketClient(url);
    for (let number = 0; number < 50; number++) client.say({ type: "n", number });
    await expect.poll(() => client.frames.length).toBe(50);
    expect(client.frames.map(({ number }) => number)).toEqual(Array.from({ length: 50 }, (_, number) => number));
  });

  test("waits with the client while its last text is looked at: no more is held here than one piece of the wire", async () => {
    const done = Promise.withResolvers<void>();
    const { url, tally } = await opened({
      async text() {
        await done.promise;
        return { texts: [] };
      },
      limits: { frameBurst: 1_000 },
    });
    const client = await socketClient(url, { perMessageDeflate: false });
    const text = "x".repeat(60 * 1024);
    for (let number = 0; number < 500; number++) client.socket.send(text);
    await expect.poll(() => tally.textsReceived).toBeGreaterThan(0);
    await new Promise((resolve) => setImmediate(resolve));
    expect(tally.textsReceived).toBeLessThan(10);
    done.resolve();
    await expect.poll(() => tally.textsReceived).toBe(500);
  });

  test("is too much where it is a megabyte before the first of it was looked at, however little it was on the wire", async () => {
    const done = Promise.withResolvers<void>();
    const { port, tally } = await opened({
      async text() {
        await done.promise;
        return { texts: [] };
      },
    });
    const client = await rawSocket(port, upgradeRequest("Sec-WebSocket-Extensions: permessage-deflate\r\n"));
    await client.receives("permessage-deflate");
    client.socket.write(Buffer.concat(Array(40).fill(compressedFrame("x".repeat(60 * 1024)))));
    await expect.poll(() => tally.refused.get("crowded")).toBe(1);
    done.resolve();
    await client.closed;
  });

  test("that can't be answered leaves the connection as it is, and is reported", async () => {
    const { url, reports } = await opened({
      text: async (text) => (text.includes("fault") ? Promise.reject(new TypeError("broken")) : echo(text)),
    });
    const client = await socketClient(url);
    client.say({ type: "fault" });
    client.say({ type: "still here" });
    await client.next("still here");
    expect(reports).toEqual([new TypeError("broken")]);
  });

  test("is told to be over by the handler, which is told of the end once", async () => {
    const {
      url,
      ended,
      opened: ids,
    } = await opened({
      text: async (text) =>
        text.includes('"bye"') ? { texts: ['{"type":"bye"}'], close: { code: 1000, reason: "bye" } } : echo(text),
    });
    const client = await connectedClient(url);
    client.say({ type: "bye" });
    await client.next("bye");
    expect(await client.closed).toEqual({ code: 1000, reason: "bye" });
    await expect.poll(() => ended).toEqual(ids);
  });

  test("hears of the end of whoever spoke, though they were never told that they are connected, and of nobody else", async () => {
    const holder = await opened({ text: () => Promise.reject(new TypeError("broken")) });
    const silent = await socketClient(holder.url);
    const spoke = await socketClient(holder.url);
    spoke.say({ type: "connect" });
    await expect.poll(() => holder.reports.length).toBe(1);
    await silent.leave();
    await spoke.leave();
    await expect.poll(() => holder.ended).toEqual(holder.opened.slice(1));
  });
});

describe("a hostile client", () => {
  test("that sends bytes in place of text is told so, and is out", async () => {
    const { url, tally } = await opened();
    const client = await socketClient(url);
    client.socket.send(Buffer.from([1, 2, 3]));
    expect(await client.closed).toMatchObject({ code: 1003 });
    expect(tally.refused.get("binary")).toBe(1);
  });

  test("that sends more than 64 KiB is out before it is read, also in pieces and compressed", async () => {
    const { url, tally } = await opened();
    const [whole, pieces, compressed] = await Promise.all([
      socketClient(url, { perMessageDeflate: false }),
      socketClient(url, { perMessageDeflate: false }),
      socketClient(url, { perMessageDeflate: { threshold: 0 } }),
    ]);
    whole.socket.send("x".repeat(64 * 1024 + 1));
    for (let piece = 0; piece < 9; piece++) pieces.socket.send("x".repeat(8 * 1024), { fin: false });
    // A thousand times as much as it takes on the wire.
    compressed.socket.send("x".repeat(10 * 1024 * 1024), { compress: true });
    for (const client of [whole, pieces, compressed]) expect(await client.closed).toMatchObject({ code: 1009 });
    expect(tally.refused.get("malformed")).toBe(3);
  });

  test("may send 64 KiB, which is no more than it may", async () => {
    const { url } = await opened();
    const client = await socketClient(url);
    const text = "x".repeat(64 * 1024 - JSON.stringify({ type: "full", text: "" }).length);
    client.say({ type: "full", text });
    expect(await client.next("full")).toEqual({ type: "full", text });
  });

  test("that sends what is not UTF-8 is out with the code for it", async () => {
    const { url } = await opened();
    const client = await socketClient(url, { perMessageDeflate: false });
    client.socket.send(Buffer.from([0x22, 0xff, 0xfe, 0x22]), { binary: false });
    expect(await client.closed).toMatchObject({ code: 1007 });
  });

  test("that fills a message with empty pieces is out", async () => {
    const { url } = await opened();
    const client = await socketClient(url, { perMessageDeflate: false });
    for (let piece = 0; piece < 1_000; piece++) client.socket.send("", { fin: false });
    expect(await client.closed).toMatchObject({ code: 1008 });
  });

  test("that does not mask its frames is out", async () => {
    const { port } = await opened();
    const client = await rawSocket(port, upgradeRequest());
    await client.receives("101 Switching Protocols");
    client.socket.write(Buffer.from([0x81, 0x02, 0x7b, 0x7d]));
    await client.closed;
    await expect.poll(() => holder.sockets.size).toBe(0);
  });

  test("that speaks too fast is told once a second, and is out when it goes on", async () => {
    const { url, tally } = await opened({ limits: { framesPerSecond: 0.01, frameBurst: 20, framesDroppedMax: 50 } });
    const client = await socketClient(url);
    for (let number = 0; number < 100; number++) client.say({ type: "flood" });
    expect(await client.closed).toEqual({ code: 1008, reason: "frames_too_fast" });
    expect(client.frames.filter(({ type }) => type === "flood").length).toBeLessThanOrEqual(20);
    expect(client.frames.filter(({ code }) => code === "frames_too_fast").length).toBeLessThanOrEqual(3);
    expect(tally.refused.get("flood")).toBe(1);
  });

  test("that floods with pings is out too", async () => {
    const { url } = await opened({ limits: { framesPerSecond: 0.01, frameBurst: 20, framesDroppedMax: 50 } });
    const client = await socketClient(url);
    for (let number = 0; number < 100; number++) client.socket.ping();
    expect(await client.closed).toMatchObject({ code: 1008 });
  });

  test("that never says who it is, is out after a time, whatever else it says", async () => {
    const { url, tally } = await opened({ limits: { connectTimeoutMs: 100, sweepIntervalMs: 20 } });
    const client = await socketClient(url);
    client.say({ type: "hello" });
    expect(await client.closed).toEqual({ code: 1008, reason: "connect_late" });
    expect(client.frames.at(-1)).toMatchObject({ type: "error", code: "connect_late" });
    expect(tally.refused.get("connect_late")).toBe(1);
  });

  test("that does not answer the end of its connection is counted once, and cut", async () => {
    const { url, tally, sockets } = await opened({
      limits: { connectTimeoutMs: 50, sweepIntervalMs: 10, closeTimeoutMs: 200 },
    });
    const client = await socketClient(url);
    client.socket.pause();
    await expect.poll(() => tally.refused.get("connect_late")).toBe(1);
    await expect.poll(() => sockets.size).toBe(0);
    expect(tally.refused.get("connect_late")).toBe(1);
  });

  test("that is half open is cut once it has shown no sign of life for long enough, and who answers pings is not", async () => {
    const { url, sockets } = await opened({
      limits: { pingIntervalMs: 300, silenceMsMax: 3_000, sweepIntervalMs: 10 },
    });
    const [alive, dead] = [await connectedClient(url), await connectedClient(url, {}, { autoPong: false })];
    const deadAt = Promise.race([dead.closed.then(() => "dead"), alive.closed.then(() => "alive")]);
    expect(await deadAt).toBe("dead");
    await expect.poll(() => sockets.size).toBe(1);
    alive.say({ type: "alive" });
    await alive.next("alive");
  });

  test("finds no room where there are too many strangers, from the machine itself as from anywhere", async () => {
    const { url, sockets } = await opened({ limits: { socketsMax: 4, strangersMax: 3 } });
    const haveRoom = () => [OWN_ADDRESS, OTHER_ADDRESS].map((address) => sockets.hasRoom(address));
    const strangers = await Promise.all([socketClient(url), socketClient(url), socketClient(url)]);
    expect(haveRoom()).toEqual([false, false]);
    await strangers[0]?.leave();
    await expect.poll(haveRoom).toEqual([true, true]);
    strangers[0] = await socketClient(url);
    expect(haveRoom()).toEqual([false, false]);
    for (const client of strangers) client.say({ type: "connect" });
    await Promise.all(strangers.map((client) => client.next("connect_ack")));
    expect(haveRoom()).toEqual([true, true]);
    await socketClient(url);
    expect(haveRoom()).toEqual([false, false]);
  });

  test("finds no room where there are too many of its address, whoever they are", async () => {
    const { url, sockets } = await opened({ limits: { perAddressMax: 2 }, clientAddress: OTHER_ADDRESS });
    const clients = [await connectedClient(url), await connectedClient(url)];
    expect([sockets.hasRoom(OTHER_ADDRESS), sockets.hasRoom("203.0.113.8")]).toEqual([false, true]);
    await clients[0]?.leave();
    await expect.poll(() => sockets.hasRoom(OTHER_ADDRESS)).toBe(true);
  });

  test("that comes from the machine itself is one of many behind a proxy, and not too many of its address", async () => {
    const { url, sockets } = await opened({ limits: { perAddressMax: 1 } });
    await connectedClient(url);
    await connectedClient(url);
    expect(sockets.hasRoom(OWN_ADDRESS)).toBe(true);
  });
});

const OWN_ADDRESS = "127.0.0.1";
const OTHER_ADDRESS = "203.0.113.7";

describe("a connection", () => {
  test("ends when its time is over, and not before", async () => {
    const endsAtEpochMs = Date.now() + 300;
    const { url } = await opened({
      text: async (text) => ({ ...(await echo(text)), known: { ...(await knownOf()), endsAtEpochMs } }),
      limits: { sweepIntervalMs: 10 },
    });
    const client = await connectedClient(url);
    expect(await client.closed).toEqual({ code: 1001, reason: "over" });
    expect(Date.now()).toBeGreaterThanOrEqual(endsAtEpochMs);
  });

  test("ends when its holder may no longer be there, and others' do not", async () => {
    let isMember = true;
    const { url } = await opened({
      standingOf: async (principal) => {
        if (principal.subject === "ann" && !isMember) return refused({ reason: "member_removed" });
        return {
          ok: true,
          value: { principal, policy: (await import("../../../fixtures/principals.ts")).policyOf(principal.tenantId) },
        };
      },
      limits: { standingIntervalMs: 20 },
    });
    const client = await connectedClient(url);
    client.say({ type: "here" });
    await client.next("here");
    isMember = false;
    expect(await client.closed).toEqual({ code: 1008, reason: "member_removed" });
  });

  test("is compressed where its client can, from a kilobyte on, and where it can look back but little it is not", async () => {
    const { url, sockets, opened: ids } = await opened();
    const [able, unable] = [
      await socketClient(url, { perMessageDeflate: true }),
      await socketClient(url, { perMessageDeflate: { serverMaxWindowBits: 9 } }),
    ];
    expect(able.socket.extensions).toContain("permessage-deflate");
    expect(unable.socket.extensions).toBe("");
    const text = JSON.stringify({ type: "long", text: "abc ".repeat(10_000) });
    for (const id of ids) expect(await sockets.send(id, [new WireText(text)])).toBe("sent");
    expect(await able.next("long")).toEqual(JSON.parse(text));
    expect(await unable.next("long")).toEqual(JSON.parse(text));
    expect(bytesReadBy(able.socket)).toBeLessThan(5_000);
    expect(bytesReadBy(unable.socket)).toBeGreaterThan(40_000);
  });

  test("is of Node's own client too, with its subprotocol", async () => {
    const { url } = await opened();
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, ["skein.v1"]);
    await once(socket, "open");
    expect(socket.protocol).toBe("skein.v1");
    const told = once(socket, "message");
    socket.send(JSON.stringify({ type: "long", text: "abc ".repeat(1_000) }));
    const [event] = await told;
    expect(JSON.parse(event.data)).toMatchObject({ type: "long" });
    const over = once(socket, "close");
    socket.close();
    await over;
  });

  test("that takes nothing is behind, is told so once it takes again, and one without numbers has to come again", async () => {
    const { url, sockets, opened: ids, tally } = await opened();
    const [slow, old] = [
      await socketClient(url, { perMessageDeflate: false }),
      await socketClient(url, { perMessageDeflate: false, protocols: [] }),
    ];
    const texts = Array.from(
      { length: 400 },
      (_, number) => new WireText(JSON.stringify({ type: "m", number, text: "x".repeat(60 * 1024) })),
    );
    slow.socket.pause();
    old.socket.pause();
    for (const id of ids) expect(await sockets.send(id, texts)).toBe("behind");
    for (const id of ids) expect(["behind", "gone"]).toContain(await sockets.send(id, texts.slice(0, 1)));
    slow.socket.resume();
    old.socket.resume();
    await slow.next("lagged");
    const numbers = slow.frames.filter(({ type }) => type === "m").map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(slow.frames.at(-1)).toEqual({ type: "lagged" });
    expect(await old.closed).toEqual({ code: 1013, reason: "too_slow" });
    expect(tally.lagged).toBe(2);
    expect(await sockets.send(ids[0] ?? "", texts.slice(0, 1))).toBe("sent");
  });

  test("that takes what it is sent is sent all of it, however much more than waits for one, and in its order", async () => {
    const { url, sockets, opened: ids } = await opened({ limits: PATIENT });
    const client = await socketClient(url, { perMessageDeflate: false });
    const texts = Array.from(
      { length: 300 },
      (_, number) => new WireText(JSON.stringify({ type: "m", number, text: "x".repeat(38 * 1024) })),
    );
    const [first, second] = [
      sockets.send(ids[0] ?? "", texts.slice(0, 290)),
      sockets.send(ids[0] ?? "", texts.slice(290)),
    ];
    expect(await Promise.all([first, second])).toEqual(["sent", "sent"]);
    await expect.poll(() => client.frames.length).toBe(300);
    expect(client.frames.map(({ number }) => number)).toEqual(texts.map((_, index) => index));
  });
});

describe("a process that ends", () => {
  test("tells all clients to go elsewhere, takes no more, and waits until their ends are written down", async () => {
    const { url, sockets, ended, opened: ids } = await opened();
    const clients = await Promise.all(Array.from({ length: 20 }, () => connectedClient(url)));
    const stuck = await connectedClient(url);
    stuck.socket.pause();
    const draining = sockets.drain();
    expect(sockets.hasRoom("127.0.0.1")).toBe(false);
    for (const client of clients) expect(await client.closed).toEqual({ code: 1012, reason: "service restart" });
    await draining;
    expect(sockets.size).toBe(0);
    expect([...ended].sort()).toEqual([...ids].sort());
    stuck.socket.terminate();
  });
});

const upgradeRequest = (headers = ""): string =>
  `GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${headers}` +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

/** RFC 7692, section 7.2.1; masked with a key that changes nothing. */
function compressedFrame(text: string): Buffer {
  const payload = deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  const head = Buffer.from([0xc1, 0x80 | 126, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16BE(payload.byteLength, 2);
  return Buffer.concat([head, payload]);
}

async function knownOf() {
  const { known } = await echo('"connect"');
  if (known === undefined) throw new TypeError("the echo knows who connects");
  return known;
}

function bytesReadBy(socket: RawWebSocket): number {
  const wire: unknown = Reflect.get(socket, "_socket");
  return typeof wire === "object" && wire !== null ? Number(Reflect.get(wire, "bytesRead")) : 0;
}
