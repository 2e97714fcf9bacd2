import { beforeAll, describe, expect, test } from "vitest";
import type { HttpReply } from "../../../../layers/core/http/http-message.ts";
import { lambdaHttp } from "../../../../layers/http/lambda/lambda-http.ts";
import { ReplyBrokenOff } from "../../../../layers/http/passage/carried-frames.ts";
import { recordedEvent } from "../../../fixtures/events/read-event.ts";
import { answering } from "../../../fixtures/http-call.ts";
import { aDoor, invocation, REQUEST_ID, texts, withMethod } from "../../../fixtures/lambda-door.ts";
import { installStreaming, invokeStreaming } from "../../../fixtures/lambda-runtime.ts";

describe("a streamed reply", () => {
  beforeAll(installStreaming);

  const stream = (reply: Partial<HttpReply>, event: unknown = recordedEvent("rest-json")) => {
    const door = aDoor(answering(reply), "stream");
    return { door, invoked: invokeStreaming(lambdaHttp(door), event, invocation(door.clock)) };
  };

  test("sends its head and then every chunk as it comes", async () => {
    const { invoked } = stream({
      status: 200,
      headers: { "content-type": "text/event-stream" },
      body: texts("a", "b"),
    });

    expect(await invoked).toMatchObject({
      head: {
        statusCode: 200,
        multiValueHeaders: { "content-type": ["text/event-stream"], "x-request-id": [REQUEST_ID] },
      },
      chunks: [Buffer.from("a"), Buffer.from("b")],
    });
  });

  test("waits for a slow reader", async () => {
    let made = 0;
    let madeAhead = 0;
    async function* many(): AsyncGenerator<string> {
      for (; made < 50; made++) yield "x".repeat(4096);
    }
    const { invoked } = stream({ body: many() });
    setImmediate(() => {
      madeAhead = made;
    });

    const { body } = await invoked;

    expect(body.length).toBe(50 * 4096);
    expect(madeAhead).toBeLessThan(20);
  });

  test.each([
    ["a text", "whole", "whole"],
    ["bytes", new TextEncoder().encode("bytes"), "bytes"],
    ["nothing", "", ""],
  ])("of %s is sent whole, head first", async (_name, body, expected) => {
    const sent = await stream({ body }).invoked;

    expect(sent).toMatchObject({ head: { statusCode: 200 }, body: expected });
  });

  test("has no body for a HEAD", async () => {
    expect(await stream({ body: "some" }, withMethod("HEAD")).invoked).toMatchObject({
      head: { statusCode: 200 },
      body: "",
    });
  });

  test("that breaks off fails the invocation, is reported, and leaves its line", async () => {
    async function* broken(): AsyncGenerator<string> {
      yield "a";
      throw new TypeError("broken");
    }
    const { door, invoked } = stream({ body: broken() });

    await expect(invoked).rejects.toThrow("broken");
    expect(door.faults).toMatchObject([{ message: "broken" }]);
    expect(door.lines).toMatchObject([{ bytes: 1 }]);
  });

  test("that a project breaks off fails the invocation too, and is nobody's fault here", async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from([0xff, 0]);
      throw new ReplyBrokenOff();
    }
    const { door, invoked } = stream({ body: broken() });

    await expect(invoked).rejects.toThrow(ReplyBrokenOff);
    expect(door.faults).toEqual([]);
    expect(door.lines).toMatchObject([{ bytes: 2 }]);
  });

  test("to a warm-up is empty", async () => {
    const { door, invoked } = stream({}, { source: "skein.warm-up" });

    expect(await invoked).toMatchObject({ head: undefined, body: "" });
    expect(door.lines).toEqual([]);
  });
});
