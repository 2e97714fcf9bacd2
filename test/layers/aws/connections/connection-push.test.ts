import { expect, onTestFinished, test } from "vitest";
import { ConnectionPush } from "../../../../layers/aws/connections/connection-push.ts";
import { connectionsClient } from "../../../../layers/aws/connections/connections-client.ts";
import { POST_ATTEMPTS_MAX, POSTS_AT_ONCE, SEND_MS_MAX } from "../../../../layers/aws/connections/limits.ts";
import type { ConnectionPlace } from "../../../../layers/core/ports/push.ts";
import { systemChance } from "../../../../layers/node/system-chance.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { type PushedClient, pushContract } from "../../../contracts/push.contract.ts";
import { type ConnectionsApi, connectionsApi } from "../../../fixtures/connections-api.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";
import { type SocketClient, socketClient } from "../../../fixtures/socket-client.ts";
import { passing } from "../../../fixtures/virtual-time.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "FwoGZXIvYXdzEXAMPLE//==" };
const LAGGED = '{"type":"lagged"}';
const clock = systemClock();

/** A push to APIs of two regions, each behind an endpoint of its own. */
function pushTo(apis: Readonly<Record<string, ConnectionsApi>>, reports: unknown[] = []) {
  const clients = Object.entries(apis).map(([region, { endpoint }]) => {
    return [region, connectionsClient({ credentials, clock, endpoint })] as const;
  });
  const byRegion = new Map(clients);
  const client: Pick<ReturnType<typeof connectionsClient>, "call"> = {
    call: (gateway, ...rest) => byRegion.get(gateway.region)?.call(gateway, ...rest) ?? Promise.reject(new TypeError()),
  };
  const push = new ConnectionPush({
    ...{ client, clock, chance: systemChance(), lagged: LAGGED },
    report: (fault) => void reports.push(fault),
  });
  return {
    push,
    close() {
      for (const one of byRegion.values()) one.close();
    },
  };
}

function pushedClient(client: SocketClient, place: ConnectionPlace, isHeld: () => boolean): PushedClient {
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

const gatewayOf = (region: string): string => `${region}:abc123def4`;

pushContract("the APIs of two regions", async () => {
  const here = await connectionsApi({ region: "eu-west-1", credentials });
  const elsewhere = await connectionsApi({ region: "us-east-1", credentials });
  const { push, close } = pushTo({ "eu-west-1": here, "us-east-1": elsewhere });
  const clients: SocketClient[] = [];
  let connecting: Promise<unknown> = Promise.resolve();

  async function connect(at: "here" | "elsewhere"): Promise<PushedClient> {
    const [api, region] = at === "here" ? [here, "eu-west-1"] : [elsewhere, "us-east-1"];
    const client = await socketClient(api.url);
    clients.push(client);
    const connectionId = api.opened.at(-1) ?? "";
    const held = api.connections.size;
    return pushedClient(client, { connectionId, gateway: gatewayOf(region) }, () => api.connections.size >= held);
  }
  return {
    push,
    connect(at) {
      const connected = connecting.then(() => connect(at));
      connecting = connected.catch(() => {});
      return connected;
    },
    closesWith: { code: 1000, reason: "" },
    killElsewhere: () => elsewhere.kill(),
    async close() {
      close();
      for (const { socket } of clients) socket.terminate();
      await Promise.all([here.close(), elsewhere.close()]);
    },
  };
});

async function oneApi(reports: unknown[] = []) {
  const api = await connectionsApi({ region: "eu-west-1", credentials });
  const { push, close } = pushTo({ "eu-west-1": api }, reports);
  const client = await socketClient(api.url);
  onTestFinished(async () => {
    close();
    client.socket.terminate();
    await api.close();
  });
  return { api, push, client, place: { connectionId: api.opened[0] ?? "", gateway: gatewayOf("eu-west-1") } };
}

test("what is busy or fails in itself is asked again, and the client is told once", async () => {
  const { api, push, client, place } = await oneApi();
  api.failing.push(429, 500);

  const outcomes = await push.send([place], ["a", "b"]);

  expect(outcomes).toEqual(["sent"]);
  await expect.poll(() => client.texts).toEqual(["a", "b"]);
  expect(api.commands.count).toBe(4);
});

test("one whose room is used up is told that it is behind, and given nothing more", async () => {
  const { api, push, client, place } = await oneApi();
  api.failing.push(429, 429, 429);

  const outcomes = await push.send([place], ["a", "b"]);

  expect(outcomes).toEqual(["behind"]);
  await expect.poll(() => client.texts).toEqual([LAGGED]);
});

test("a service that refuses us is reported with its word, asked once, and nobody is taken for gone", async () => {
  const reports: unknown[] = [];
  const { api, push, place } = await oneApi(reports);
  api.failing.push(403);

  const outcomes = await push.send([place], ["a"]);

  expect(outcomes).toEqual(["unreachable"]);
  expect(api.commands.count).toBe(1);
  expect(reports).toMatchObject([{ code: "connection_command_refused" }]);
});

test("a text that no connection takes is left out, and who lacks it is told to read it themselves", async () => {
  const reports: unknown[] = [];
  const { push, client, place } = await oneApi(reports);

  const outcomes = await push.send([place], ["a", "ü".repeat(64 * 1024 + 1), "b"]);

  expect(outcomes).toEqual(["behind"]);
  await expect.poll(() => client.texts).toEqual(["a", "b", LAGGED]);
  expect(reports).toMatchObject([{ code: "connection_text_too_long" }]);
});

test("the longest text that a connection takes arrives whole", async () => {
  const { push, client, place } = await oneApi();
  const text = "x".repeat(128 * 1024);

  const outcomes = await push.send([place], [text]);

  expect(outcomes).toEqual(["sent"]);
  await expect.poll(() => client.texts).toEqual([text]);
});

test("a name that is no gateway's is out of reach", async () => {
  const { push, place } = await oneApi();

  expect(await push.send([{ ...place, gateway: "cell-1" }], ["a"])).toEqual(["unreachable"]);
});

test("an API that never answers holds a whole send up for no longer than a named limit", async () => {
  const time = manualClock();
  let calls = 0;
  const hanging = {
    async call(_gateway: unknown, _command: unknown, timeoutMs: number): Promise<never> {
      calls++;
      await time.sleep(timeoutMs);
      throw new TypeError("late");
    },
  };
  const parts = { client: hanging, clock: time, chance: systemChance(), lagged: LAGGED, report: () => {} };
  const push = new ConnectionPush(parts);
  const places = Array.from({ length: 500 }, (_, number) => ({
    connectionId: `c${number}`,
    gateway: gatewayOf("eu-west-1"),
  }));

  const startedMs = time.nowMs();
  const outcomes = await passing(time, push.send(places, ["a"]));

  expect(new Set(outcomes)).toEqual(new Set(["unreachable"]));
  expect(time.nowMs() - startedMs).toBeLessThanOrEqual(SEND_MS_MAX);
  // Those under way at first, each as often as it may be tried; nobody else is.
  expect(calls).toBeLessThanOrEqual(POSTS_AT_ONCE * POST_ATTEMPTS_MAX);
});

test("who is closed is told why before, where there are words for it", async () => {
  const api = await connectionsApi({ region: "eu-west-1", credentials });
  const client = connectionsClient({ credentials, clock, endpoint: api.endpoint });
  const push = new ConnectionPush({
    ...{ client, clock, chance: systemChance(), lagged: LAGGED, report: () => {} },
    farewell: ({ code, reason }) => `${code} ${reason}`,
  });
  const person = await socketClient(api.url);
  onTestFinished(async () => {
    client.close();
    await api.close();
  });

  await push.close({ connectionId: api.opened[0] ?? "", gateway: gatewayOf("eu-west-1") }, { code: 1008, reason: "x" });

  expect(await person.closed).toEqual({ code: 1000, reason: "" });
  expect(person.texts).toEqual(["1008 x"]);
});
