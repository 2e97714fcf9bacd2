import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { releaseInflate } from "../../../../layers/local/websocket/release-inflate.ts";

let server: WebSocketServer;
beforeEach(async () => {
  const perMessageDeflate = { serverNoContextTakeover: true, clientNoContextTakeover: true };
  server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate });
  await once(server, "listening");
});
afterEach(() => void server.close());

test("what has read a compressed message is let go of, and the next is read all the same", async () => {
  const { port } = server.address() as AddressInfo;
  const connecting = once(server, "connection");
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: { threshold: 0 } });
  const opened = once(client, "open");
  const [held]: WebSocket[] = await connecting;
  if (held === undefined) throw new TypeError("nobody has connected");
  await opened;
  for (const text of ["first ".repeat(1_000), "second ".repeat(1_000)]) {
    const heard = once(held, "message");
    client.send(text);
    expect(String((await heard)[0])).toBe(text);
    expect(reading(held)).not.toBeNull();
    releaseInflate(held);
    expect(reading(held)).toBeNull();
  }
  client.terminate();
});

test("where nothing was compressed there is nothing to let go of", async () => {
  const { port } = server.address() as AddressInfo;
  const connecting = once(server, "connection");
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  const opened = once(client, "open");
  const [held]: WebSocket[] = await connecting;
  if (held === undefined) throw new TypeError("nobody has connected");
  await opened;
  expect(() => releaseInflate(held)).not.toThrow();
  client.terminate();
});

function reading(socket: WebSocket): unknown {
  const extensions: unknown = Reflect.get(socket, "_extensions");
  const deflate: unknown = Reflect.get(Object(extensions), "permessage-deflate");
  return Reflect.get(Object(deflate), "_inflate");
}
