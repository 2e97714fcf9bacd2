import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LocalPush, type OwnSockets } from "../../../../layers/local/websocket/local-push.ts";
import { openPushDoor } from "../../../../layers/local/websocket/push-door.ts";
import { PushLink } from "../../../../layers/local/websocket/push-link.ts";
import { type PushedClient, pushContract } from "../../../contracts/push.contract.ts";
import { PATIENCE_MS } from "../../../fixtures/patience.ts";
import { type SocketClient, socketClient } from "../../../fixtures/socket-client.ts";
import { PATIENT, type SocketHolder, socketHolder } from "../../../fixtures/socket-holder.ts";

const SECRET = "a secret of the folder";

/** More than waits for a client and in the network on the way to it, in texts of which each is a frame. */
const TOO_MANY = Array.from({ length: 250 }, (_, number) => JSON.stringify({ number, text: "x".repeat(38 * 1024) }));

interface Elsewhere {
  readonly child: ChildProcess;
  readonly url: string;
  readonly address: string;
  held(): Promise<{ readonly opened: readonly string[]; readonly size: number }>;
}

async function startElsewhere(gateway: string): Promise<Elsewhere> {
  const child = fork(resolve(import.meta.dirname, "../../../fixtures/holder-process.ts"), [gateway, SECRET], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  const [line] = await once(child.stdout ?? child, "data");
  return {
    child,
    ...JSON.parse(String(line)),
    async held() {
      const answer = once(child, "message");
      child.send("held?");
      const [held] = await answer;
      return held;
    },
  };
}

function pushedClient(
  client: SocketClient,
  place: PushedClient["place"],
  isHeld: () => Promise<boolean>,
): PushedClient {
  return {
    place,
    async received(count) {
      await expect.poll(() => client.texts.length).toBeGreaterThanOrEqual(count);
      return client.texts.slice(0, count);
    },
    stall: async () => client.socket.pause(),
    goOn: async () => client.socket.resume(),
    async leave() {
      await client.leave();
      await expect.poll(isHeld).toBe(false);
    },
    closed: () => client.closed,
  };
}

pushContract("the sockets of two processes", async () => {
  const here = await socketHolder({ gateway: "g1", limits: PATIENT });
  const elsewhere = await startElsewhere("g2");
  const own: OwnSockets = { sockets: here.sockets, gateways: new Set(["g1"]) };
  const link = new PushLink(SECRET, { timeoutMs: PATIENCE_MS });
  const addressOf = async (gateway: string) => (gateway === "g2" ? elsewhere.address : undefined);
  const push = new LocalPush({ own, addressOf, link, report: () => {} });
  const clients: SocketClient[] = [];
  let connecting: Promise<unknown> = Promise.resolve();

  async function connect(at: "here" | "elsewhere"): Promise<PushedClient> {
    const client = await socketClient(at === "here" ? here.url : elsewhere.url, { perMessageDeflate: false });
    clients.push(client);
    if (at === "here") {
      const connectionId = here.opened.at(-1) ?? "";
      return pushedClient(client, { connectionId, gateway: "g1" }, async () => here.sockets.has(connectionId));
    }
    const { opened, size } = await elsewhere.held();
    const place = { connectionId: opened.at(-1) ?? "", gateway: "g2" };
    return pushedClient(client, place, async () => (await elsewhere.held()).size >= size);
  }
  return {
    push,
    // One after the other, so that the id that came last is its own.
    connect(at) {
      const connected = connecting.then(() => connect(at));
      connecting = connected.catch(() => {});
      return connected;
    },
    lagged: { texts: TOO_MANY },
    async killElsewhere() {
      const gone = once(elsewhere.child, "exit");
      elsewhere.child.kill("SIGKILL");
      await gone;
    },
    async close() {
      for (const { socket } of clients) socket.terminate();
      elsewhere.child.kill("SIGKILL");
      link.end();
      await here.close();
    },
  };
});

describe("another process of the folder", () => {
  let holder: SocketHolder;
  let link: PushLink;
  beforeEach(async () => {
    holder = await socketHolder({ gateway: "g1" });
    link = new PushLink(SECRET);
  });
  afterEach(async () => {
    link.end();
    await holder.close();
  });

  const pushTo = (address: string | undefined, secret = SECRET) => {
    const other = new PushLink(secret);
    const push = new LocalPush({
      own: { gateways: new Set() },
      addressOf: async () => address,
      link: other,
      report: () => {},
    });
    return { push, end: () => other.end() };
  };

  test("that does not have the folder's secret sends nothing, and learns nothing", async () => {
    const own = { sockets: holder.sockets, gateways: new Set(["g1"]) };
    const door = await openPushDoor({ own, secret: SECRET });
    const client = await socketClient(holder.url);
    const place = { connectionId: holder.opened[0] ?? "", gateway: "g1" };
    const [stranger, friend] = [pushTo(door.address, "a guess"), pushTo(door.address)];

    expect(await stranger.push.send([place], ['{"type":"forged"}'])).toEqual(["unreachable"]);
    await stranger.push.close(place, { code: 1000, reason: "forged" });
    expect(await fetch(`${door.address}/send`, { method: "POST", body: "{}" })).toMatchObject({ status: 403 });
    expect(await friend.push.send([place], ['{"type":"real"}'])).toEqual(["sent"]);
    expect(await client.next("real")).toBeDefined();
    expect(client.frames).toEqual([{ type: "real" }]);

    stranger.end();
    friend.end();
    await door.close();
  });

  test("that has got the port of one that died says that its connections are gone", async () => {
    const own = { sockets: holder.sockets, gateways: new Set(["g1"]) };
    const door = await openPushDoor({ own, secret: SECRET });
    await socketClient(holder.url);
    const { push, end } = pushTo(door.address);
    const place = { connectionId: holder.opened[0] ?? "", gateway: "one that died" };

    expect(await push.send([place], ["a"])).toEqual(["gone"]);

    end();
    await door.close();
  });

  test("of which the record says that it is gone is not asked", async () => {
    const { push, end } = pushTo(undefined);
    expect(await push.send([{ connectionId: "c", gateway: "g9" }], ["a"])).toEqual(["gone"]);
    end();
  });

  test("that nobody can find out about is out of reach, which is reported", async () => {
    const reports: unknown[] = [];
    const push = new LocalPush({
      own: { gateways: new Set() },
      addressOf: () => Promise.reject(new TypeError("no table")),
      link,
      report: (fault) => reports.push(fault),
    });
    const place = { connectionId: "c", gateway: "g9" };
    expect(await push.send([place], ["a"])).toEqual(["unreachable"]);
    await push.close(place, { code: 1000, reason: "" });
    expect(reports).toEqual([new TypeError("no table"), new TypeError("no table")]);
  });

  test.each(["", "{", "[]", '{"gateway":1}', '{"gateway":"g1","connectionId":"c","code":7,"reason":""}'])(
    "that says %j is told that it is no order",
    async (body) => {
      const door = await openPushDoor({ own: { gateways: new Set(["g1"]) }, secret: SECRET });
      const headers = { authorization: `Bearer ${SECRET}` };
      const statuses = await Promise.all(
        ["/send", "/close", "/other"].map(
          async (path) => (await fetch(`${door.address}${path}`, { method: "POST", headers, body })).status,
        ),
      );
      expect(statuses).toEqual([400, 400, 404]);
      await door.close();
    },
  );
});
