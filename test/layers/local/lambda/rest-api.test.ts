import { expect, test } from "vitest";
import { type InvocationOutcome, StreamBroken } from "../../../../layers/local/lambda/invocation.ts";
import { type Integration, restApi } from "../../../../layers/local/lambda/rest-api.ts";
import { aCall, aRequest } from "../../../fixtures/http-call.ts";
import { manualClock } from "../../../fixtures/manual-clock.ts";

const whole = (answer: unknown): InvocationOutcome => ({ kind: "whole", body: Buffer.from(JSON.stringify(answer)) });

function stream(...chunks: readonly (string | Uint8Array | StreamBroken)[]): InvocationOutcome {
  async function* body(): AsyncGenerator<Buffer> {
    for (const chunk of chunks) {
      if (chunk instanceof StreamBroken) throw chunk;
      yield Buffer.from(chunk);
    }
  }
  return { kind: "stream", contentType: "application/vnd.awslambda.http-integration-response", body: body() };
}

const clock = manualClock();

interface Served {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies?: readonly string[];
  readonly text: string;
  readonly errors: readonly unknown[];
}

async function served(
  outcome: InvocationOutcome,
  more: Partial<Integration> & { path?: string } = {},
): Promise<Served> {
  const errors: unknown[] = [];
  const { path = "/mcp", ...integration } = more;
  const api = restApi(
    [
      {
        routes: [
          { path: "/mcp", methods: ["POST"] },
          { path: "/health/", methods: ["GET"] },
        ],
        replyMode: outcome.kind === "stream" ? "stream" : "buffer",
        reportError: (error) => errors.push(error),
        pool: { invoke: async () => outcome },
        ...integration,
      },
    ],
    clock,
  );
  const { body, ...head } = await api(aRequest({ path }), aCall);
  let text = "";
  if (typeof body === "string" || body instanceof Uint8Array) text = Buffer.from(body).toString();
  else for await (const chunk of body) text += chunk;
  return { ...head, text, errors };
}

const BAD_GATEWAY = { status: 502, text: '{"message":"Internal server error"}' };

test("a whole reply has the status, the headers and the cookies that the function gave it", async () => {
  const multiValueHeaders = { "Content-Type": ["text/plain"], "x-many": ["1", "2"], "set-cookie": ["a=1", "b=2"] };

  const reply = await served(whole({ statusCode: 418, multiValueHeaders, body: "tea", isBase64Encoded: false }));

  expect(reply).toEqual({
    status: 418,
    headers: { "content-type": "text/plain", "x-many": "1, 2" },
    cookies: ["a=1", "b=2"],
    text: "tea",
    errors: [],
  });
});

test("a whole reply in base64 goes out as bytes", async () => {
  expect(await served(whole({ statusCode: 200, body: "w7w=", isBase64Encoded: true }))).toMatchObject({ text: "ü" });
});

test("headers that API Gateway keeps for itself are renamed, and one is left out", async () => {
  const headers = { "WWW-Authenticate": "Bearer", Date: "today", "Transfer-Encoding": "chunked", etag: "1" };

  const reply = await served(whole({ statusCode: 401, headers }));

  expect(reply.headers).toEqual({
    "x-amzn-remapped-www-authenticate": "Bearer",
    "x-amzn-remapped-date": "today",
    etag: "1",
  });
});

test("what is no reply is a bare 502", async () => {
  for (const answer of ["text", { statusCode: 7 }, { statusCode: 200, body: {} }]) {
    expect(await served(whole(answer))).toMatchObject(BAD_GATEWAY);
  }
});

test("a failed function is a bare 502, and its error is told to whoever runs it", async () => {
  const error = { errorType: "RangeError", errorMessage: "too far" };

  expect(await served({ kind: "error", error })).toMatchObject({ ...BAD_GATEWAY, errors: [error] });
  expect(await served({ kind: "error", error }, { replyMode: "stream" })).toMatchObject({
    ...BAD_GATEWAY,
    errors: [error],
  });
});

test("a streamed reply begins after eight null bytes, however its bytes come", async () => {
  const bytes = Buffer.from(`{"statusCode":201,"headers":{"x-a":"1"},"cookies":["c=1"]}${"\0".repeat(8)}grün`);
  const pieces = Array.from(bytes, (byte) => Uint8Array.of(byte));

  for (const chunks of [[bytes], pieces]) {
    expect(await served(stream(...chunks))).toEqual({
      status: 201,
      headers: { "x-a": "1" },
      cookies: ["c=1"],
      text: "grün",
      errors: [],
    });
  }
});

test.each([
  ["ends before its body", [`{"statusCode":200}`]],
  ["breaks before its body", ["{", new StreamBroken("Error")]],
  ["has a head that is no JSON", [`{${"\0".repeat(8)}`]],
  ["has a head without an end", ["x".repeat(70_000)]],
])("a streamed reply that %s is a bare 502", async (_what, chunks) => {
  expect(await served(stream(...chunks))).toMatchObject(BAD_GATEWAY);
});

test("a streamed reply that breaks off later breaks off for the caller too", async () => {
  const broken = served(stream(`{}${"\0".repeat(8)}one`, new StreamBroken("RangeError")));

  await expect(broken).rejects.toThrow(StreamBroken);
});

test("a function that takes longer than API Gateway waits is answered for", async () => {
  const serving = served(whole({}), { pool: { invoke: () => new Promise(() => {}) } });

  clock.advance(29_000);

  expect(await serving).toMatchObject({ status: 504, text: '{"message":"Endpoint request timed out"}' });
});

test("routes take their own path, or all below it; any other is refused as API Gateway does it", async () => {
  const fine = whole({ statusCode: 200 });
  const statuses = [];
  for (const path of ["/mcp", "/health/live", "/mcp/", "/mcp/x", "/health/", "/"]) {
    statuses.push((await served(fine, { path })).status);
  }

  expect(statuses).toEqual([200, 200, 403, 403, 403, 403]);
});
