import { describe, expect, onTestFinished, test } from "vitest";
import type { DoorCall, HttpHandler } from "../../../../../layers/core/http/http-message.ts";
import { openHttpServer } from "../../../../../layers/local/http-server.ts";
import type { InvocationOutcome } from "../../../../../layers/local/lambda/invocation.ts";
import { failed } from "../../../../../layers/local/lambda/invocation.ts";
import { HeldConnections } from "../../../../../layers/local/lambda/sockets/held-connections.ts";
import { SOCKET_API_LIMITS, type SocketApiLimits } from "../../../../../layers/local/lambda/sockets/limits.ts";
import { SocketApi } from "../../../../../layers/local/lambda/sockets/socket-api.ts";
import { LOCAL_DOOR } from "../../../../../layers/local/limits.ts";
import { systemChance } from "../../../../../layers/node/system-chance.ts";
import { systemClock } from "../../../../../layers/node/system-clock.ts";
import { type NotOpened, type SocketAsked, socketClient } from "../../../../fixtures/socket-client.ts";

interface Event {
  readonly type?: string;
  readonly body?: string;
  readonly requestContext: {
    readonly routeKey: string;
    readonly connectionId: string;
    readonly authorizer?: object;
    readonly disconnectStatusCode?: number;
  };
}

const ALLOWED = {
  principalId: "p",
  policyDocument: {
    Version: "2012-10-17",
    Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: "r" }],
  },
  context: { memo: "known" },
};
const DENIED = {
  ...ALLOWED,
  policyDocument: { Statement: [{ ...ALLOWED.policyDocument.Statement[0], Effect: "Deny" }] },
};

type Function = (event: Event) => unknown;

/** Lets everybody in and sends back what is said. */
const echo: Function = (event) => {
  if (event.type === "REQUEST") return ALLOWED;
  if (event.requestContext.routeKey !== "$default") return { statusCode: 200 };
  return { statusCode: 200, body: event.body };
};

async function anApi(of: Function = echo, limits: Partial<SocketApiLimits> = {}) {
  const clock = systemClock();
  const events: Event[] = [];
  const errors: unknown[] = [];
  const held = new HeldConnections({ clock, limits: { ...SOCKET_API_LIMITS, ...limits } });
  const invoke = async ({ event: text }: { event: string }): Promise<InvocationOutcome> => {
    const event: Event = JSON.parse(text);
    events.push(event);
    const answer = await of(event);
    if (answer === "fails") return failed("Error", "no");
    return { kind: "whole", body: Buffer.from(JSON.stringify(answer)) };
  };
  const integration = { pool: { invoke }, reportError: (error: unknown) => void errors.push(error) };
  const api = new SocketApi({ held, integration, region: "eu-west-1", clock, chance: systemChance() });
  const unrouted: HttpHandler<DoorCall> = async () => ({ status: 403, headers: {}, body: "" });
  const chance = systemChance();
  const server = await openHttpServer(
    {
      handler: unrouted,
      webSockets: api,
      refusals: { body_too_large: unrouted, body_no_room: unrouted },
      ...{ clock, limits: LOCAL_DOOR, newRequestId: () => chance.uuid(), callEnded: () => {} },
      reportFault: (fault) => void errors.push(fault),
    },
    { host: "127.0.0.1", port: 0 },
  );
  const url = `http://127.0.0.1:${server.port}`;
  onTestFinished(async () => {
    await api.close(1_000);
    await server.close({ cut: true });
  });
  const routes = (): readonly string[] =>
    events.map(({ type, requestContext }) => (type === "REQUEST" ? "authorizer" : requestContext.routeKey));
  return { url, events, errors, held, routes, connect: (asked?: SocketAsked) => socketClient(url, asked) };
}

const statusOf = (opening: Promise<unknown>): Promise<number> =>
  opening.then(
    () => 101,
    ({ status }: NotOpened) => status,
  );

describe("an opening", () => {
  test("is judged by the authorizer, told to $connect with what it said, and ends told to $disconnect", async () => {
    const { connect, events, routes } = await anApi();
    const client = await connect({ protocols: [] });
    client.socket.close(4_000, "enough");
    await expect.poll(routes).toEqual(["authorizer", "$connect", "$disconnect"]);

    const { connectionId } = events[0]?.requestContext ?? {};
    expect(new Set(events.map(({ requestContext }) => requestContext.connectionId))).toEqual(new Set([connectionId]));
    expect(events.map(({ requestContext }) => requestContext.authorizer)).toEqual([
      undefined,
      { memo: "known" },
      { memo: "known" },
    ]);
    expect(events[2]?.requestContext.disconnectStatusCode).toBe(4_000);
  });

  test("speaks the protocol that $connect names", async () => {
    const { connect } = await anApi((event) =>
      event.requestContext.routeKey === "$connect" && event.type === undefined
        ? { statusCode: 200, headers: { "Sec-WebSocket-Protocol": "skein.v1" } }
        : echo(event),
    );

    const client = await connect({ protocols: ["other", "skein.v1"] });

    expect(client.socket.protocol).toBe("skein.v1");
  });

  test.each<[string, Function, number]>([
    ["that the authorizer denies is 403", (event) => (event.type === "REQUEST" ? DENIED : echo(event)), 403],
    ["whose authorizer fails is 500", (event) => (event.type === "REQUEST" ? "fails" : echo(event)), 500],
    ["whose authorizer makes no sense is 500", () => ({ isAuthorized: true }), 500],
    ["that $connect refuses has its status", (event) => (event.type ? ALLOWED : { statusCode: 429 }), 429],
    ["whose $connect fails is 502", (event) => (event.type === "REQUEST" ? ALLOWED : "fails"), 502],
  ])("%s", async (_, of, status) => {
    const { connect, held } = await anApi(of);

    expect(await statusOf(connect({ protocols: [] }))).toBe(status);
    expect(held.size).toBe(0);
  });

  test("at another path is none of the API's", async () => {
    const { url } = await anApi();

    expect((await fetch(`${url}/ws`)).status).toBe(403);
    expect(await statusOf(socketClient(`${url}/elsewhere`))).not.toBe(101);
  });
});

describe("a message", () => {
  test("goes to $default, and what that answers back on the connection", async () => {
    const { connect } = await anApi();
    const client = await connect({ protocols: [] });

    client.socket.send("grün");

    await expect.poll(() => client.texts).toEqual(["grün"]);
  });

  test("that is answered with nothing has no answer, and one whose function fails has API Gateway's", async () => {
    const { connect, errors } = await anApi((event) => {
      if (event.body === "fail") return "fails";
      return event.body === undefined ? echo(event) : { statusCode: 200 };
    });
    const client = await connect({ protocols: [] });

    client.socket.send("quiet");
    client.socket.send("fail");

    await expect
      .poll(() => client.frames)
      .toMatchObject([
        { message: "Internal server error", connectionId: expect.stringMatching(/=$/), requestId: expect.any(String) },
      ]);
    expect(errors).toHaveLength(1);
  });

  test("that the function takes too long for is answered by the API", async () => {
    const { connect } = await anApi(
      (event) => (event.body === undefined ? echo(event) : new Promise((resolve) => setTimeout(resolve, 2_000, {}))),
      { integrationTimeoutMs: 100 },
    );
    const client = await connect({ protocols: [] });

    client.socket.send("late");

    await expect.poll(() => client.frames).toMatchObject([{ message: "Internal server error" }]);
  });

  test("does not wait for the one before it", async () => {
    const slow = Promise.withResolvers<void>();
    const { connect } = await anApi(async (event) => {
      if (event.body === "slow") await slow.promise;
      return echo(event);
    });
    const client = await connect({ protocols: [] });

    client.socket.send("slow");
    client.socket.send("quick");

    await expect.poll(() => client.texts).toEqual(["quick"]);
    slow.resolve();
    await expect.poll(() => client.texts).toEqual(["quick", "slow"]);
  });
});

describe("a connection ends", () => {
  const closeOf = async (send: (client: Awaited<ReturnType<typeof socketClient>>) => void, limits = {}) => {
    const { connect, routes } = await anApi(echo, limits);
    const client = await connect({ protocols: [] });
    send(client);
    const { code } = await client.closed;
    return { code, routes: routes() };
  };

  test("with 1009 at a frame of more than 32 KB, which nobody hears of; and not at one of as many", async () => {
    const long = await closeOf((client) => client.socket.send("x".repeat(32 * 1024 + 1)));
    const { connect } = await anApi();
    const client = await connect({ protocols: [] });
    client.socket.send("x".repeat(32 * 1024));

    expect(long.code).toBe(1009);
    expect(long.routes).not.toContain("$default");
    await expect.poll(() => client.texts.map(({ length }) => length)).toEqual([32 * 1024]);
  });

  test("with 1009 at a message of more than 128 KB in several frames, and not at one of as many", async () => {
    const inFrames = (bytes: number) => (client: Awaited<ReturnType<typeof socketClient>>) => {
      for (let left = bytes; left > 0; left -= 32 * 1024) {
        client.socket.send("x".repeat(Math.min(left, 32 * 1024)), { fin: left <= 32 * 1024, compress: false });
      }
    };
    const { connect } = await anApi();
    const client = await connect({ protocols: [] });
    inFrames(128 * 1024)(client);

    expect((await closeOf(inFrames(128 * 1024 + 1))).code).toBe(1009);
    await expect.poll(() => client.texts.map(({ length }) => length)).toEqual([128 * 1024]);
  });

  test("with 1003 at a binary message", async () => {
    expect((await closeOf((client) => client.socket.send(Buffer.from("x"), { binary: true }))).code).toBe(1003);
  });

  test("with 1001 when it was silent, and when it was there, for as long as one may", async () => {
    const sweepIntervalMs = 20;
    const talking = (client: Awaited<ReturnType<typeof socketClient>>) => {
      const timer = setInterval(() => client.socket.send("x"), 20);
      client.socket.once("close", () => clearInterval(timer));
    };

    expect((await closeOf(() => {}, { idleMsMax: 100, sweepIntervalMs })).code).toBe(1001);
    expect((await closeOf(talking, { lifeMsMax: 200, idleMsMax: 100, sweepIntervalMs })).code).toBe(1001);
  });
});
