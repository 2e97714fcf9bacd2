import { once } from "node:events";
import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { InvocationFault, streamInvoker } from "../../../../layers/aws/lambda/stream-invoker.ts";
import { deafService } from "../../../fixtures/deaf-service.ts";
import { eventMessage, lambdaEvent } from "../../../fixtures/event-stream.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";

async function aService(answer: RequestListener) {
  let connections = 0;
  const server = createServer(answer).listen(0, "127.0.0.1");
  server.on("connection", () => {
    connections += 1;
  });
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { endpoint: `http://127.0.0.1:${Object(server.address()).port}`, connections: () => connections };
}

function anInvoker(endpoint: string) {
  const clock = manualClock();
  const credentials = { accessKeyId: "id", secretAccessKey: "secret" };
  const place = { region: "eu-west-1", endpoint, credentials, functionName: "carrier", qualifier: "live" };
  const invoker = streamInvoker({ ...place, clock });
  onTestFinished(() => invoker.close());
  return { invoker, clock };
}

const going = (): AbortSignal => new AbortController().signal;
const piece = (of: string): Buffer => lambdaEvent("PayloadChunk", Buffer.from(of));
const END = lambdaEvent("InvokeComplete", Buffer.from("{}"));

async function heard(stream: AsyncIterable<Buffer>): Promise<{ readonly told: string; readonly fault?: unknown }> {
  let told = "";
  try {
    for await (const chunk of stream) told += chunk;
  } catch (fault) {
    return { told, fault };
  }
  return { told };
}

/** What a service does that sends just this. */
const sending =
  (...messages: readonly Buffer[]): RequestListener =>
  async (request, response) => {
    await text(request);
    response.end(Buffer.concat(messages));
  };

test("an event is sent as it is, and what the function streams comes back", async () => {
  let sent: unknown;
  const { endpoint } = await aService(async (request, response) => {
    sent = { method: request.method, url: request.url, body: await text(request) };
    response.end(Buffer.concat([piece("one "), piece("two"), END]));
  });

  const stream = await anInvoker(endpoint).invoker.invoke('{"a":"grün"}', going());

  expect(await heard(stream)).toEqual({ told: "one two" });
  expect(sent).toEqual({
    method: "POST",
    url: "/2021-11-15/functions/carrier/response-streaming-invocations?Qualifier=live",
    body: '{"a":"grün"}',
  });
});

test("a piece is there before the next one is made", async () => {
  const responding = Promise.withResolvers<ServerResponse>();
  const { endpoint } = await aService((_request, response) => {
    response.write(piece("first"));
    responding.resolve(response);
  });

  const stream = await anInvoker(endpoint).invoker.invoke("{}", going());
  const first = await stream.next();
  (await responding.promise).end(END);

  expect(String(first.value)).toBe("first");
  expect(await stream.next()).toMatchObject({ done: true });
});

describe("a fault says what Lambda says", () => {
  const refusing =
    (status: number, type?: string): RequestListener =>
    (_request, response) => {
      response.writeHead(status, type === undefined ? {} : { "x-amzn-errortype": type }).end('{"message":"secret"}');
    };

  test.each([
    ["that too much runs", refusing(429, "TooManyRequestsException:http://internal/"), "TooManyRequestsException"],
    ["that there is none", refusing(404, "ResourceNotFoundException"), "ResourceNotFoundException"],
    ["nothing", refusing(502), "HTTP 502"],
  ])("%s", async (_what, answer, reason) => {
    const { endpoint } = await aService(answer);

    const invoking = anInvoker(endpoint).invoker.invoke("{}", going());

    await expect(invoking).rejects.toMatchObject({ code: "invocation_failed", reason });
    await expect(invoking).rejects.not.toThrow("secret");
  });
});

describe("a stream fails", () => {
  const failing = lambdaEvent("InvokeComplete", Buffer.from('{"ErrorCode":"Function.TimedOut","ErrorDetails":"…"}'));
  const exception = eventMessage(
    { ":message-type": "exception", ":exception-type": "ServiceException" },
    Buffer.from("{}"),
  );

  test.each([
    ["where its function did", [piece("half"), failing], "Function.TimedOut"],
    ["where Lambda did", [piece("half"), exception], "ServiceException"],
    ["where it has no end", [piece("half")], "the stream has no end"],
    ["where it is no stream of events", [piece("half"), Buffer.alloc(20)], undefined],
  ])("%s, after all that came before", async (_what, messages, reason) => {
    const { endpoint } = await aService(sending(...messages));

    const { told, fault } = await heard(await anInvoker(endpoint).invoker.invoke("{}", going()));

    expect(told).toBe("half");
    expect(fault).toBeInstanceOf(InvocationFault);
    expect(fault).toMatchObject({ reason });
  });

  test("where its connection is cut", async () => {
    const { endpoint } = await aService((_request, response) => {
      response.write(piece("half"), () => response.destroy());
    });

    const { told, fault } = await heard(await anInvoker(endpoint).invoker.invoke("{}", going()));

    expect([told, fault]).toMatchObject(["half", { code: "invocation_failed" }]);
  });

  test("where its caller's time is over, and its connection is left", async () => {
    const left = Promise.withResolvers<undefined>();
    const { endpoint } = await aService((_request, response) => {
      response.on("close", () => left.resolve(undefined)).write(piece("half"));
    });
    const over = new AbortController();

    const stream = await anInvoker(endpoint).invoker.invoke("{}", over.signal);
    const first = await stream.next();
    over.abort();

    expect(String(first.value)).toBe("half");
    await expect(stream.next()).rejects.toThrow(InvocationFault);
    await left.promise;
  });
});

test("nobody who takes no connection is waited for", async () => {
  const { endpoint } = await deafService();

  await expect(anInvoker(String(endpoint)).invoker.invoke("{}", going())).rejects.toThrow(InvocationFault);
});

test("calls one after the other use one connection, but not one that waited for long", async () => {
  const { endpoint, connections } = await aService(sending(END));
  const { invoker, clock } = anInvoker(endpoint);
  const call = async () => heard(await invoker.invoke("{}", going()));

  await call();
  await call();
  const soon = connections();
  clock.advance(5_001);
  await call();

  expect([soon, connections()]).toEqual([1, 2]);
});

test("a stream that is left half read is closed", async () => {
  const left = Promise.withResolvers<undefined>();
  const { endpoint } = await aService((_request, response) => {
    response.on("close", () => left.resolve(undefined)).write(piece("half"));
  });

  const stream = await anInvoker(endpoint).invoker.invoke("{}", going());
  await stream.next();
  await stream.return(undefined);

  await expect(left.promise).resolves.toBeUndefined();
});
