import { describe, expect, test } from "vitest";
import type { HttpReply, HttpRequest } from "../../../../layers/core/http/http-message.ts";
import type { Integration } from "../../../../layers/local/lambda/integration.ts";
import { failed, type InvocationOutcome } from "../../../../layers/local/lambda/invocation.ts";
import { loadBalancer } from "../../../../layers/local/lambda/load-balancer.ts";
import { aCall, aRequest } from "../../../fixtures/http-call.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";

const clock = manualClock();

const whole = (answer: unknown): InvocationOutcome => ({ kind: "whole", body: Buffer.from(JSON.stringify(answer)) });
const FINE = { statusCode: 200, multiValueHeaders: {}, isBase64Encoded: false };

const UNROUTED: HttpReply = { status: 404, headers: { "content-type": "application/json" }, body: "{}" };

function balanced(pool: Integration["pool"], more: Partial<Integration> = {}) {
  const mcp: Integration = {
    functionName: "skein-test-mcp",
    routes: [
      { path: "/mcp", methods: ["POST"] },
      { path: "/health/", methods: ["GET"] },
    ],
    replyMode: "buffer",
    timeoutMs: 60_000,
    reportError: () => {},
    pool,
    ...more,
  };
  const settings = { idleTimeoutMs: 65_000, unrouted: UNROUTED, targetGroupArn: (name: string) => `arn:${name}` };
  const handler = loadBalancer([mcp], { clock, settings });
  return (request: Partial<HttpRequest> = {}) => handler(aRequest({ path: "/mcp", ...request }), aCall);
}

/** What a caller gets for what a function answered. */
const served = (outcome: InvocationOutcome, request?: Partial<HttpRequest>): Promise<HttpReply> =>
  balanced({ invoke: async () => outcome })(request);

const BAD_GATEWAY = {
  status: 502,
  headers: { "content-type": "text/html", server: "awselb/2.0" },
  body: expect.stringContaining("<h1>502 Bad Gateway</h1>"),
};

describe("a reply", () => {
  test("has the status, the headers and the cookies that the function gave it", async () => {
    const multiValueHeaders = { "Content-Type": ["text/plain"], "X-Many": ["1", "2"], "Set-Cookie": ["a=1", "b=2"] };

    const reply = await served(whole({ ...FINE, statusCode: 418, multiValueHeaders, body: "tea" }));

    expect(reply).toEqual({
      status: 418,
      headers: { "content-type": "text/plain", "x-many": "1, 2" },
      cookies: ["a=1", "b=2"],
      body: "tea",
    });
  });

  test("in base64 goes out as bytes", async () => {
    const reply = await served(whole({ ...FINE, body: "AP+A", isBase64Encoded: true }));

    expect(reply.body).toEqual(Buffer.from([0, 255, 128]));
  });

  test("keeps its WWW-Authenticate, and loses what means something between neighbours alone", async () => {
    const multiValueHeaders = {
      "WWW-Authenticate": ["Bearer"],
      Connection: ["close"],
      "Transfer-Encoding": ["chunked"],
      "Content-Length": ["7"],
    };

    const reply = await served(whole({ ...FINE, statusCode: 401, multiValueHeaders }));

    expect(reply).toEqual({ status: 401, headers: { "www-authenticate": "Bearer" }, body: "" });
  });

  test.each([
    ["a text", "text"],
    ["one without headers in lists", { statusCode: 200, headers: {}, isBase64Encoded: false }],
    ["one without a status", { multiValueHeaders: {}, isBase64Encoded: false }],
    ["one that does not say how its body is written", { statusCode: 200, multiValueHeaders: {} }],
    ["one with a status that is none", { ...FINE, statusCode: 7 }],
    ["one whose body is no text", { ...FINE, body: {} }],
  ])("that is none, as %s, is a 502", async (_what, answer) => {
    expect(await served(whole(answer))).toEqual(BAD_GATEWAY);
  });

  test("that is streamed is a 502", async () => {
    async function* body(): AsyncGenerator<Buffer> {
      yield Buffer.from(`{"statusCode":200}${"\0".repeat(8)}`);
    }

    expect(await served({ kind: "stream", contentType: "", body: body() })).toEqual(BAD_GATEWAY);
  });

  test("may have 1 MB as JSON, and not one byte more", async () => {
    const bytes = Buffer.byteLength(JSON.stringify({ ...FINE, body: "" }));
    const largest = whole({ ...FINE, body: "x".repeat(1_000_000 - bytes) });
    const larger = whole({ ...FINE, body: "x".repeat(1_000_001 - bytes) });

    expect(await served(largest)).toMatchObject({ status: 200 });
    expect(await served(larger)).toEqual(BAD_GATEWAY);
  });

  test.each(["Sandbox.Timedout", "RangeError", "TooManyRequestsException"])(
    "of a function that ended in %s is a 502, and whoever runs it is told why",
    async (errorType) => {
      const errors: unknown[] = [];
      const outcome = failed(errorType, "why");
      const ask = balanced({ invoke: async () => outcome }, { reportError: (error) => errors.push(error) });

      expect(await ask()).toEqual(BAD_GATEWAY);
      expect(errors).toEqual([{ errorType, errorMessage: "why" }]);
    },
  );

  test("that does not come before the connection was quiet for too long is a 504", async () => {
    const waiting = balanced({ invoke: () => new Promise(() => {}) })();

    clock.advance(64_999);
    const before = await Promise.race([waiting, served(whole(FINE))]);
    clock.advance(1);

    expect(before).toMatchObject({ status: 200 });
    expect(await waiting).toMatchObject({ status: 504, body: expect.stringContaining("504 Gateway Time-out") });
  });
});

describe("a request", () => {
  test("comes to its function as an event of its target group", async () => {
    const events: unknown[] = [];
    const ask = balanced({
      invoke: async ({ event, requestId }) => {
        events.push({ requestId, event: JSON.parse(event) });
        return whole(FINE);
      },
    });

    await ask({ method: "POST", body: Buffer.from("{}"), headers: { "content-type": "application/json" } });

    expect(events).toMatchObject([
      {
        requestId: aCall.requestId,
        event: {
          requestContext: { elb: { targetGroupArn: "arn:skein-test-mcp" } },
          httpMethod: "POST",
          body: "{}",
          isBase64Encoded: false,
        },
      },
    ]);
  });

  test("may have a body of 1 MB, and not one byte more", async () => {
    const largest = await served(whole(FINE), { body: new Uint8Array(1_000_000) });
    const larger = await served(whole(FINE), { body: new Uint8Array(1_000_001) });

    expect(largest.status).toBe(200);
    expect(larger).toMatchObject({ status: 413, headers: { "content-type": "text/html" } });
  });

  test("to change the protocol is refused", async () => {
    expect(await served(whole(FINE), { headers: { upgrade: "websocket" } })).toMatchObject({ status: 400 });
  });

  test("goes by its path, with nothing below one too; any other gets what was deployed for it", async () => {
    const statuses = [];
    for (const path of ["/mcp", "/health/live", "/health/", "/mcp/", "/MCP", "/health", "/"]) {
      statuses.push((await served(whole(FINE), { path })).status);
    }

    expect(statuses).toEqual([200, 200, 200, 404, 404, 404, 404]);
    expect(await served(whole(FINE), { path: "/" })).toEqual(UNROUTED);
  });
});
