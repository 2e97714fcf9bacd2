import { describe, expect, test } from "vitest";
import type { FrontDoor } from "../../../../layers/core/deployment/function-shape.ts";
import type { DoorCall, HttpHandler } from "../../../../layers/core/http/http-message.ts";
import { recordedEvent } from "../../../fixtures/events/read-event.ts";
import { answering } from "../../../fixtures/http-call.ts";
import { aDoor, invoke, REQUEST_ID, texts, withMethod } from "../../../fixtures/lambda-door.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";

describe("a buffered reply", () => {
  test("has status, headers, cookies and the id of the call", async () => {
    const cookies = ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"];
    const door = aDoor(answering({ status: 201, headers: { "content-type": "application/json" }, cookies }));

    const reply = await invoke(door, recordedEvent("rest-json"));

    expect(reply).toEqual({
      statusCode: 201,
      multiValueHeaders: {
        "content-type": ["application/json"],
        "x-request-id": [REQUEST_ID],
        "set-cookie": cookies,
      },
      body: "{}",
      isBase64Encoded: false,
    });
  });

  test("writes bytes in base64, and nothing else", async () => {
    const reply = await invoke(aDoor(answering({ body: new Uint8Array([0, 255, 128]) })), recordedEvent("alb-json"));

    expect(reply).toMatchObject({ body: "AP+A", isBase64Encoded: true });
  });

  test("holds a stream of bytes whole, and in base64", async () => {
    async function* bytes(): AsyncGenerator<string | Uint8Array> {
      yield "a";
      yield Buffer.from([0xff, 0]);
    }

    const reply = await invoke(aDoor(answering({ body: bytes() })), recordedEvent("rest-json"));

    expect([reply.body, reply.isBase64Encoded]).toEqual([Buffer.from([97, 0xff, 0]).toString("base64"), true]);
  });

  test("holds a stream whole", async () => {
    const reply = await invoke(aDoor(answering({ body: texts("data: 1\n\n", "", "data: 2\n\n") })), withMethod("POST"));

    expect(reply.body).toBe("data: 1\n\ndata: 2\n\n");
  });

  test.each([
    ["a HEAD", "HEAD", 200],
    ["a 204", "POST", 204],
    ["a 304", "GET", 304],
  ])("has no body for %s", async (_name, method, status) => {
    const reply = await invoke(aDoor(answering({ status, body: "some" })), withMethod(method));

    expect(reply).toMatchObject({ statusCode: status, body: "" });
  });

  test.each<[FrontDoor, string, number]>([
    ["rest", "rest-json", 6 * 1024 * 1024],
    ["alb", "alb-json", 1_000_000],
  ])("larger than what %s passes on is refused and says so, escapes counted", async (_door, event, bytesMax) => {
    const reply = await invoke(aDoor(answering({ body: '"'.repeat(bytesMax / 2) })), recordedEvent(event));

    expect(reply.statusCode).toBe(413);
    expect(JSON.parse(reply.body)).toMatchObject({ code: "reply_too_large", requestId: REQUEST_ID });
  });

  test("of nearly that size passes", async () => {
    const reply = await invoke(aDoor(answering({ body: "x".repeat(999_000) })), recordedEvent("alb-json"));

    expect(reply.statusCode).toBe(200);
  });

  test("of a stream that is too long is refused, and the stream is read to its end", async () => {
    let ended = false;
    async function* endless(): AsyncGenerator<string> {
      for (let count = 0; count < 20; count++) yield "x".repeat(100_000);
      ended = true;
    }
    const door = aDoor(answering({ body: endless(), log: { operation: "listen", outcome: "ok" } }));

    const reply = await invoke(door, recordedEvent("alb-json"));

    expect(reply.statusCode).toBe(413);
    expect(ended).toBe(true);
    expect(door.lines).toMatchObject([{ operation: "listen", outcome: "reply_too_large", status: 413 }]);
  });
});

describe("a call", () => {
  test("leaves one line, with its trace and the bytes of its body", async () => {
    const door = aDoor(answering({ body: "é", log: { operation: "tools/call", tool: "echo", outcome: "ok" } }));

    await invoke(door, recordedEvent("rest-json"));

    expect(door.lines).toEqual([
      {
        atEpochMs: expect.any(Number),
        admitted: false,
        bytesIn: 40,
        tenantId: "none",
        requestId: REQUEST_ID,
        operation: "tools/call",
        tool: "echo",
        outcome: "ok",
        status: 200,
        durationMs: expect.any(Number),
        bytes: 2,
        traceId: "1-6740f9ad-1a2b3c4d5e6f708192a3b4c5",
      },
    ]);
  });

  test("knows when it is over, some time before Lambda would cut it", async () => {
    let deadlineEpochMs = 0;
    const handler: HttpHandler<DoorCall> = async (request, context) => {
      deadlineEpochMs = context.deadlineEpochMs;
      return answering()(request, context);
    };
    const clock = manualClock();

    await invoke({ ...aDoor(handler), clock }, recordedEvent("rest-json"), 10_000);

    expect(deadlineEpochMs - clock.nowMs()).toBe(8_500);
  });

  test("has its signal aborted then, and can still answer", async () => {
    const handler: HttpHandler<DoorCall> = (request, context) =>
      new Promise((resolve) => {
        context.signal.addEventListener("abort", () => resolve(answering({ body: "so far" })(request, context)));
      });

    const reply = await invoke(aDoor(handler), recordedEvent("rest-json"), 1_600);

    expect(reply).toMatchObject({ statusCode: 200, body: "so far" });
  });

  test("is answered for with a 504 when its handler never ends, and that is reported", async () => {
    const door = aDoor(() => new Promise(() => {}));

    const reply = await invoke(door, recordedEvent("rest-json"), 600);

    expect(reply.statusCode).toBe(504);
    expect(JSON.parse(reply.body)).toMatchObject({ code: "call_timeout", requestId: REQUEST_ID });
    expect(door.faults).toMatchObject([{ code: "call_overdue" }]);
    expect(door.lines).toMatchObject([{ status: 504, outcome: "call_timeout" }]);
  });

  test("leaves no timer behind", async () => {
    let context: DoorCall | undefined;
    const handler: HttpHandler<DoorCall> = async (request, given) => {
      context = given;
      void given.signal;
      return answering()(request, given);
    };
    const door = aDoor(handler);
    const sleeps: (AbortSignal | undefined)[] = [];
    const clock = {
      ...door.clock,
      sleep: (durationMs: number, signal?: AbortSignal) => {
        sleeps.push(signal);
        return door.clock.sleep(durationMs, signal);
      },
    };

    await invoke({ ...door, clock }, recordedEvent("rest-json"));

    expect(sleeps.map((signal) => signal?.aborted)).toEqual([true]);
    expect(context?.signal.aborted).toBe(false);
  });

  test("whose handler throws is a 500 without the reason, which is reported", async () => {
    const door = aDoor(async () => {
      throw new TypeError("secret");
    });

    const reply = await invoke(door, recordedEvent("rest-json"));

    expect(reply.statusCode).toBe(500);
    expect(reply.body).not.toContain("secret");
    expect(door.faults).toMatchObject([{ message: "secret" }]);
  });
});

test("a warm-up ends before any handler is asked", async () => {
  const door = aDoor(async () => {
    throw new TypeError("asked");
  });

  expect(await invoke(door, { source: "skein.warm-up" })).toBe("");
  expect(door.lines).toEqual([]);
});

test("an event of no front door fails the invocation", async () => {
  await expect(invoke(aDoor(answering()), { Records: [] })).rejects.toMatchObject({ code: "event_unknown" });
});
