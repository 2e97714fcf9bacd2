import { once } from "node:events";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { CARRIER_SHAPE, CarrierConfig } from "../../../functions/carrier/config.ts";
import { CarriageRefused, type CarrierParts, carrierHandler } from "../../../functions/carrier/handler.ts";
import { CARRIED_REPLY_BYTES_MAX, CONNECT_TIMEOUT_MS } from "../../../functions/carrier/limits.ts";
import { PASSAGE_SHAPE } from "../../../functions/passage/config.ts";
import type { CarriedRequest } from "../../../layers/http/passage/carried-call.ts";
import { ReplyBrokenOff, readCarried } from "../../../layers/http/passage/carried-frames.ts";
import { REPLY_TIMEOUT_MS } from "../../../layers/http/passage/limits.ts";
import { LAMBDA_LIMITS } from "../../../layers/local/lambda/limits.ts";
import { systemClock } from "../../../layers/node/system-clock.ts";
import { eventually } from "../../fixtures/eventually.ts";
import { freeProjectPort, nameServer, projectServer } from "../../fixtures/project-server.ts";

let named: Awaited<ReturnType<typeof nameServer>>;
beforeAll(async () => {
  named = await nameServer("acme/r1");
});
afterAll(() => void named.server.close());

const REQUEST: Omit<CarriedRequest, "port"> = {
  run: "acme/r1",
  ...{ host: "127.0.0.1", method: "GET", path: "/", headers: { host: "x" } },
  ...{ replyTimeoutMs: 10_000, timeoutMs: 20_000 },
};

function carried(event: unknown, { leftMs = 100_000, ...parts }: Partial<CarrierParts> & { leftMs?: number } = {}) {
  const namePort = named.port;
  const handler = carrierHandler({ network: "127.0.0.0/8", clock: systemClock(), namePort, ...parts });
  return handler(event, { awsRequestId: "r1", getRemainingTimeInMillis: () => leftMs });
}

async function answer(event: unknown, parts: Partial<CarrierParts> & { leftMs?: number } = {}) {
  const { head, body, leave } = await readCarried(carried(event, parts));
  if ("problem" in head) {
    await leave();
    return head;
  }
  const chunks: Uint8Array[] = [];
  for await (const piece of body) chunks.push(piece);
  return { ...head, body: Buffer.concat(chunks).toString() };
}

test("a request goes to its address with all that it is told, and the answer comes back", async () => {
  const { port } = await projectServer(async (request, reply) => {
    const { method, url, headers } = request;
    reply.setHeader("set-cookie", ["a=1", "b=2"]).writeHead(201);
    reply.end(JSON.stringify({ method, url, headers, body: await text(request) }));
  });
  const headers = { host: "10.0.0.1:3000", "content-length": "5", "x-own": "1" };
  const body = Buffer.from("grün").toString("base64");

  const told = await answer({ ...REQUEST, port, method: "PUT", path: "/a?b=1", headers, body });

  expect(told).toMatchObject({ status: 201, headers: { "set-cookie": ["a=1", "b=2"] } });
  expect("body" in told && JSON.parse(told.body)).toEqual({
    ...{ method: "PUT", url: "/a?b=1", body: "grün" },
    headers: { ...headers, connection: "close" },
  });
});

describe("it goes nowhere but to projects", () => {
  const port = 3000;

  test.each([
    ["an address outside of the network", { ...REQUEST, port, host: "10.1.0.1" }],
    ["the addresses by which a computer of AWS's tells its credentials", { ...REQUEST, port, host: "169.254.170.2" }],
    ["a port that no project has", { ...REQUEST, port: 22, host: "10.0.0.1" }],
    ["a port between two ranges", { ...REQUEST, port: 6000, host: "10.0.0.1" }],
    ["what is no request", { source: "aws.events" }],
  ])("%s is refused", async (_what, event) => {
    const refused = carried(event, { network: "10.0.0.0/16" }).next();

    await expect(refused).rejects.toThrow(CarriageRefused);
    await expect(refused).rejects.not.toThrow(/169|10\.1/);
  });

  test.each([
    ["127.0.0.0/16", "127.0.255.254", true],
    ["127.0.0.0/16", "127.1.0.0", false],
    ["127.1.0.0/16", "127.0.255.255", false],
  ])("of the network %s, %s is within: %s", async (network, host, isWithin) => {
    const port = await freeProjectPort();

    const asked = answer({ ...REQUEST, host, port }, { network });

    if (isWithin) expect(await asked).toEqual({ problem: "unreachable" });
    else await expect(asked).rejects.toThrow(CarriageRefused);
  });
});

describe("nothing is sent to an address", () => {
  async function sentTo(run: string, namePort: number, more: Partial<CarriedRequest> = {}) {
    const asked = vi.fn();
    const { port } = await projectServer((_request, reply) => {
      asked();
      reply.end();
    });
    const told = await answer({ ...REQUEST, run, port, ...more }, { namePort });
    return { told, asks: asked.mock.calls.length };
  }

  async function saying(name: string): Promise<number> {
    const { port, server } = await nameServer(name);
    onTestFinished(() => void server.close());
    return port;
  }

  test.each([
    ["that is another tenant's run of the name by now", "other/r1"],
    ["that is another run of the tenant's", "acme/r2"],
    ["that says more than the name", "acme/r1 "],
    ["that says nothing", ""],
    ["that says too much", "acme/r1".repeat(100)],
  ])("%s", async (_what, name) => {
    expect(await sentTo("acme/r1", await saying(name))).toEqual({ told: { problem: "unreachable" }, asks: 0 });
  });

  test("where nobody says whose run it is, or not in time", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    onTestFinished(() => void silent.close());
    const { port } = Object(silent.address());

    expect(await sentTo("acme/r1", await freeProjectPort())).toEqual({ told: { problem: "unreachable" }, asks: 0 });
    expect(await sentTo("acme/r1", port, { timeoutMs: 50 })).toEqual({ told: { problem: "timed_out" }, asks: 0 });
  });

  test("that does not stop saying: it is not listened to for long", async () => {
    const endless = createServer((socket) => void socket.on("error", () => {}).write("x".repeat(100_000)));
    endless.listen(0, "127.0.0.1");
    await once(endless, "listening");
    onTestFinished(() => void endless.close());
    const { port } = Object(endless.address());

    expect(await sentTo("acme/r1", port, { timeoutMs: 10_000 })).toEqual({ told: { problem: "unreachable" }, asks: 0 });
  });

  test("but to one that says so", async () => {
    expect(await sentTo("acme/r2", await saying("acme/r2"))).toMatchObject({ told: { status: 200 }, asks: 1 });
  });
});

describe("why there is no answer", () => {
  test("nobody listens", async () => {
    const port = await freeProjectPort();

    expect(await answer({ ...REQUEST, port })).toEqual({ problem: "not_listening" });
  });

  test("what it says is no end of an exchange", async () => {
    const { port } = await projectServer((_request, reply) => void reply.writeHead(999).end());

    expect(await answer({ ...REQUEST, port })).toEqual({ problem: "broken" });
  });

  test("it is hung up on", async () => {
    const { port } = await projectServer((request) => request.socket.destroy());

    expect(await answer({ ...REQUEST, port })).toEqual({ problem: "broken" });
  });

  test.each([
    ["the reply does not begin", { replyTimeoutMs: 500 }, {}],
    ["the call's time is over first", { timeoutMs: 500 }, {}],
    ["the function's own time is", {}, { leftMs: 1_000 }],
  ])("%s", async (_what, changed, own) => {
    const [connected, left] = [vi.fn(), vi.fn()];
    const { port, server } = await projectServer(() => {});
    server.on("connection", (socket) => {
      connected();
      socket.on("close", left);
    });

    expect(await answer({ ...REQUEST, port, ...changed }, own)).toEqual({ problem: "timed_out" });
    await eventually(() => expect(left).toHaveBeenCalledTimes(connected.mock.calls.length));
  });

  test("the reply says itself that it is too large; its head alone is not", async () => {
    const left = vi.fn();
    const { port } = await projectServer((_request, reply) => {
      reply.on("close", left).writeHead(200, { "content-length": "1001" }).flushHeaders();
    });

    expect(await answer({ ...REQUEST, port }, { replyBytesMax: 1_000 })).toEqual({ problem: "too_large" });
    await eventually(() => expect(left).toHaveBeenCalled());
    expect(await answer({ ...REQUEST, port, method: "HEAD" }, { replyBytesMax: 1_000 })).toMatchObject({ status: 200 });
  });
});

describe("a reply is never taken for whole", () => {
  test("that its project breaks off, and that is no failure of this function", async () => {
    const { port } = await projectServer((_request, reply) => {
      reply.writeHead(200, { "content-length": "100" }).write("half", () => reply.destroy());
    });
    const frames: Uint8Array[] = [];

    for await (const frame of carried({ ...REQUEST, port })) frames.push(frame);

    expect(Buffer.concat(frames).toString()).toContain("half");
    await expect(answer({ ...REQUEST, port })).rejects.toThrow(ReplyBrokenOff);
  });

  test("whose time is over", async () => {
    const { port } = await projectServer((_request, reply) => void reply.write("half"));

    await expect(answer({ ...REQUEST, port, timeoutMs: 3_000 })).rejects.toThrow(ReplyBrokenOff);
  });

  test("that grows too large", async () => {
    const { port } = await projectServer((_request, reply) => void reply.end("x".repeat(2_000)));
    const { port: other } = await projectServer((_request, reply) => {
      reply.write("x".repeat(2_000));
      reply.end();
    });

    expect(await answer({ ...REQUEST, port }, { replyBytesMax: 1_000 })).toEqual({ problem: "too_large" });
    await expect(answer({ ...REQUEST, port: other }, { replyBytesMax: 1_000 })).rejects.toThrow(ReplyBrokenOff);
  });
});

test("who leaves an answer has its project left too", async () => {
  const { port, server } = await projectServer((_request, reply) => void reply.write("first"));
  const closed = once(server, "connection").then(([socket]) => once(socket, "close"));

  const { leave } = await readCarried(carried({ ...REQUEST, port }));
  await leave();

  await expect(closed).resolves.toBeDefined();
});

test("its network is told as a block of addresses", () => {
  expect(CarrierConfig.safeParse({ PROJECT_NETWORK: "10.0.0.0/16" }).success).toBe(true);
  for (const network of ["none", "10.0.0.0", "::/0"]) {
    expect(CarrierConfig.safeParse({ PROJECT_NETWORK: network }).success, network).toBe(false);
  }
});

test("its bounds lie within Lambda's and above those of who calls it", () => {
  expect(CARRIED_REPLY_BYTES_MAX).toBeLessThan(200_000_000);
  expect(CARRIED_REPLY_BYTES_MAX).toBeLessThan(LAMBDA_LIMITS.streamedReplyBytesMax);
  expect(CONNECT_TIMEOUT_MS).toBeLessThan(REPLY_TIMEOUT_MS);
  expect(CARRIER_SHAPE.timeoutMs).toBeGreaterThanOrEqual(Math.max(...Object.values(PASSAGE_SHAPE.timeoutMs)));
});
