import { isUtf8 } from "node:buffer";
import { describe, expect, test } from "vitest";
import type { HttpReply } from "../../../../layers/core/http/http-message.ts";
import type { Integration } from "../../../../layers/local/lambda/integration.ts";
import { type InvocationOutcome, StreamBroken } from "../../../../layers/local/lambda/invocation.ts";
import { PatienceOver } from "../../../../layers/local/lambda/patience.ts";
import { restApi } from "../../../../layers/local/lambda/rest-api.ts";
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
        functionName: "skein-test-mcp",
        replyMode: outcome.kind === "stream" ? "stream" : "buffer",
        timeoutMs: 900_000,
        reportError: (error) => errors.push(error),
        pool: { invoke: async () => outcome },
        ...integration,
      },
    ],
    clock,
  );
  const { body, ...head } = await api(aRequest({ path }), aCall);
  const chunks: Uint8Array[] = [];
  if (typeof body === "string" || body instanceof Uint8Array) chunks.push(Buffer.from(body));
  else for await (const chunk of body) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  const text = isUtf8(bytes) ? bytes.toString() : bytes.toString("hex");
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

const TIMED_OUT = { status: 504, text: '{"message":"Endpoint request timed out"}' };

test.each([
  { timeoutMs: 900_000, waitMs: 29_000 },
  { timeoutMs: 10_000, waitMs: 10_000 },
])("a function that takes longer than $waitMs ms is answered for", async ({ timeoutMs, waitMs }) => {
  const answered = Promise.withResolvers<InvocationOutcome>();
  const late = served(whole({}), { timeoutMs, pool: { invoke: () => answered.promise } });
  const inTime = served(whole({}), { timeoutMs, pool: { invoke: async () => whole({ statusCode: 200 }) } });

  clock.advance(waitMs - 1);
  const before = await Promise.race([late, inTime]);
  clock.advance(1);

  expect(before).toMatchObject({ status: 200 });
  expect(await late).toMatchObject(TIMED_OUT);
});

describe("a streamed reply", () => {
  const MINUTE_MS = 60_000;
  const HEAD = `{}${"\0".repeat(8)}`;

  /** A function that says a word when it is told to, and what its caller has heard. */
  function told() {
    const said = new TransformStream<Buffer, Buffer>(undefined, { highWaterMark: 100 }, { highWaterMark: 100 });
    const writer = said.writable.getWriter();
    const state = { isReadToEnd: false };
    async function* body(): AsyncGenerator<Buffer> {
      yield* said.readable;
      state.isReadToEnd = true;
    }
    const began = Promise.withResolvers<InvocationOutcome>();
    const api = restApi(
      [
        {
          functionName: "skein-test-mcp",
          routes: [{ path: "/mcp", methods: ["GET"] }],
          replyMode: "stream",
          timeoutMs: 15 * MINUTE_MS,
          reportError: () => {},
          pool: { invoke: () => began.promise },
        },
      ],
      clock,
    );
    return {
      state,
      begin: () => began.resolve({ kind: "stream", contentType: "", body: body() }),
      say: (word: string) => writer.write(Buffer.from(word)),
      end: () => writer.close(),
      reply: api(aRequest({ path: "/mcp" }), aCall),
    };
  }

  /** Its words as they are heard; the reply has a stream as its body. */
  async function hear({ body }: HttpReply) {
    if (typeof body === "string" || body instanceof Uint8Array) throw new TypeError("the reply came whole");
    const words = body[Symbol.asyncIterator]();
    await words.next(); // what came with the head
    return words;
  }

  test("that does not begin within five minutes is answered for, and is read to its end all the same", async () => {
    const speaker = told();

    clock.advance(5 * MINUTE_MS);
    const { status } = await speaker.reply;
    speaker.begin();
    await speaker.say("late");
    await speaker.end();

    expect(status).toBe(504);
    await expect.poll(() => speaker.state.isReadToEnd).toBe(true);
  });

  test("whose head does not come within five minutes is answered for", async () => {
    const speaker = told();
    speaker.begin();
    await speaker.say("{");
    await turns();

    clock.advance(5 * MINUTE_MS);

    expect(await speaker.reply).toMatchObject({ status: 504 });
  });

  test("may be silent for less than five minutes, and breaks off after them", async () => {
    const speaker = told();
    speaker.begin();
    await speaker.say(HEAD);
    const words = await hear(await speaker.reply);
    const first = words.next();
    await turns();
    clock.advance(5 * MINUTE_MS - 1);
    await speaker.say("in time");

    const heard = await first;
    const second = words.next();
    await turns();
    clock.advance(5 * MINUTE_MS);

    expect(String(heard.value)).toBe("in time");
    await expect(second).rejects.toThrow(PatienceOver);
    for (const word of ["late", "later"]) await speaker.say(word);
    await speaker.end();
    await expect.poll(() => speaker.state.isReadToEnd).toBe(true);
  });

  test("breaks off after fifteen minutes, however much it says", async () => {
    const speaker = told();
    speaker.begin();
    await speaker.say(HEAD);
    const words = await hear(await speaker.reply);
    const heard: unknown[] = [];
    for (let minute = 1; minute < 15; minute++) {
      clock.advance(MINUTE_MS);
      await speaker.say(`${minute} `);
      heard.push(String((await words.next()).value));
    }

    const last = words.next();
    await turns();
    clock.advance(MINUTE_MS);

    expect(heard.join("")).toBe("1 2 3 4 5 6 7 8 9 10 11 12 13 14 ");
    await expect(last).rejects.toThrow(PatienceOver);
  });

  /** For what was awaited to be reached: the clock is moved when somebody waits by it. */
  const turns = (): Promise<void> => new Promise((go) => setImmediate(go));
});

test("a streamed reply is passed on as its bytes are, text or not", async () => {
  const reply = await served(stream(`{}${"\0".repeat(8)}`, Buffer.from([0xff, 0]), "more"));

  expect(reply.text).toBe("ff006d6f7265");
});

test("routes take their own path, or all below it; any other is refused as API Gateway does it", async () => {
  const fine = whole({ statusCode: 200 });
  const statuses = [];
  for (const path of ["/mcp", "/health/live", "/mcp/", "/mcp/x", "/health/", "/"]) {
    statuses.push((await served(fine, { path })).status);
  }

  expect(statuses).toEqual([200, 200, 403, 403, 403, 403]);
});
