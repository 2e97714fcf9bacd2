import { describe, expect, test } from "vitest";
import type { OpeningAnswer, SocketAnswer, SocketEvent } from "../../../../layers/core/connection/socket-event.ts";
import type { Push } from "../../../../layers/core/ports/push.ts";
import { lambdaSockets, type SocketLine } from "../../../../layers/http/lambda/lambda-sockets.ts";
import { systemClock } from "../../../../layers/node/system-clock.ts";
import { recordedEvent } from "../../../fixtures/events/read-event.ts";
import { invocation, REQUEST_ID } from "../../../fixtures/lambda-door.ts";

const PLACE = { connectionId: "L0SM9cOFvHcCIhw=", gateway: "us-east-1:abc123def4" };

interface Given {
  readonly opening?: OpeningAnswer;
  readonly text?: SocketAnswer;
}

/** A function that answers what it is given, and what became of it. */
function aFunction({ opening, text }: Given = {}) {
  const events: SocketEvent[] = [];
  const done: unknown[] = [];
  const lines: SocketLine[] = [];
  const clock = systemClock();
  const push: Push = {
    async send(to, texts) {
      done.push({ to, texts });
      return to.map(() => "sent");
    },
    async close(place, why) {
      done.push({ close: place, why });
    },
  };
  const handler: unknown = lambdaSockets({
    handler: {
      async opening(event) {
        events.push(event);
        return opening ?? { accepted: true, subprotocol: "skein.v1", memo: "what is known" };
      },
      async text(event) {
        events.push(event);
        return text ?? { texts: [] };
      },
      async closed(event) {
        events.push(event);
      },
    },
    gatewayOf: (apiId) => `us-east-1:${apiId}`,
    push,
    refresh: async () => void done.push("refreshed"),
    eventEnded: async (line) => void lines.push(line),
    clock,
  });
  if (typeof handler !== "function") throw new TypeError("a handler is a function");
  const invoke = (event: unknown): Promise<unknown> => handler(event, invocation(clock));
  return { invoke, events, done, lines };
}

const METHOD_ARN = "arn:aws:execute-api:us-east-1:123456789012:abcdef123/live/$connect";
const policy = (Effect: string) => ({
  Version: "2012-10-17",
  Statement: [{ Action: "execute-api:Invoke", Effect, Resource: METHOD_ARN }],
});

describe("the authorizer", () => {
  test("asks the handler with what the client has shown, and keeps what it found out with the connection", async () => {
    const { invoke, events, lines } = aFunction();

    const answer = await invoke(recordedEvent("socket-authorizer"));

    expect(events).toEqual([
      {
        event: "opening",
        ...PLACE,
        origin: "https://mcp.example.com",
        subprotocols: ["skein.v1", "ticket.abc"],
        authorization: undefined,
        clientAddress: "203.0.113.7",
      },
    ]);
    expect(answer).toEqual({
      principalId: PLACE.connectionId,
      policyDocument: policy("Allow"),
      context: { memo: "what is known", subprotocol: "skein.v1" },
    });
    expect(lines).toMatchObject([{ requestId: REQUEST_ID, event: "authorizing", status: 200 }]);
  });

  test("says no to who may not connect, and leaves every other refusal to the route", async () => {
    const answers: unknown[] = [];
    for (const status of [403, 401, 429, 503] as const) {
      answers.push(
        await aFunction({ opening: { accepted: false, status } }).invoke(recordedEvent("socket-authorizer")),
      );
    }

    const allowed = (refused: string) => ({
      principalId: PLACE.connectionId,
      policyDocument: policy("Allow"),
      context: { refused },
    });
    expect(answers).toEqual([
      { principalId: PLACE.connectionId, policyDocument: policy("Deny") },
      ...["401", "429", "503"].map(allowed),
    ]);
  });
});

describe("the route $connect", () => {
  test("names the subprotocol that was chosen", async () => {
    const answer = await aFunction().invoke(recordedEvent("socket-connect"));

    expect(answer).toEqual({ statusCode: 200, headers: { "Sec-WebSocket-Protocol": "skein.v1" } });
  });

  test("names none where none was, and tells the status of a refusal", async () => {
    const event = recordedEvent("socket-connect");
    const withContext = (authorizer: object) => ({
      ...event,
      requestContext: { ...Object(event.requestContext), authorizer },
    });

    const answers = [
      await aFunction().invoke(withContext({ memo: "m", subprotocol: "" })),
      await aFunction().invoke(withContext({ refused: "429" })),
    ];

    expect(answers).toEqual([{ statusCode: 200 }, { statusCode: 429 }]);
  });
});

describe("the route $default", () => {
  test("gives the handler the text with what is known of its connection, and sends one text back as its response", async () => {
    const { invoke, events, done } = aFunction({ text: { texts: ["one"] } });

    const answer = await invoke(recordedEvent("socket-message"));

    const memo = '{"protocol":"skein.v1","clientAddress":"203.0.113.7"}';
    expect(events).toEqual([{ event: "text", ...PLACE, memo, text: '{"type":"connect","token":"grün"}' }]);
    expect(answer).toEqual({ statusCode: 200, body: "one" });
    expect(done).toEqual(["refreshed"]);
  });

  test("sends several in their order, the last as its response", async () => {
    const { invoke, done } = aFunction({ text: { texts: ["one", "two", "three"] } });

    const answer = await invoke(recordedEvent("socket-message"));

    expect(done.slice(1)).toEqual([{ to: [PLACE], texts: ["one", "two"] }]);
    expect(answer).toEqual({ statusCode: 200, body: "three" });
  });

  test("sends all before it ends a connection, and has no response then", async () => {
    const close = { code: 1008, reason: "credential_refused" };
    const { invoke, done } = aFunction({ text: { texts: ["why"], close } });

    const answer = await invoke(recordedEvent("socket-message"));

    expect(done.slice(1)).toEqual([
      { to: [PLACE], texts: ["why"] },
      { close: PLACE, why: close },
    ]);
    expect(answer).toEqual({ statusCode: 200 });
  });

  test("answers nothing where nothing is to be said", async () => {
    expect(await aFunction().invoke(recordedEvent("socket-message"))).toEqual({ statusCode: 200 });
  });

  test("fails where no authorizer has let the connection in", async () => {
    const event = recordedEvent("socket-message");
    const requestContext = { ...Object(event.requestContext), authorizer: { refused: "401" } };

    await expect(aFunction().invoke({ ...event, requestContext })).rejects.toThrow(
      expect.objectContaining({ code: "socket_unauthorized" }),
    );
    await expect(
      aFunction().invoke({ ...event, requestContext: { ...requestContext, authorizer: null } }),
    ).rejects.toThrow(/requestContext\.authorizer/);
  });
});

test("the route $disconnect tells the handler that the connection is over", async () => {
  const { invoke, events } = aFunction();

  const answer = await invoke(recordedEvent("socket-disconnect"));

  expect(events).toEqual([{ event: "closed", ...PLACE }]);
  expect(answer).toEqual({ statusCode: 200 });
});

test("what no WebSocket API sends is refused without any of it", async () => {
  const { invoke } = aFunction();

  await expect(invoke(recordedEvent("rest-json"))).rejects.toThrow(/no event of a WebSocket API/);
  await expect(invoke({ requestContext: { connectionId: "c", apiId: "a", eventType: "SECRET" } })).rejects.toThrow(
    "requestContext.eventType",
  );
});
