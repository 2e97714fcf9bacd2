import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import type { HttpReply } from "../../../layers/core/http/http-message.ts";
import { compression } from "../../../layers/http/compression.ts";
import { COMPRESS_BYTES_MIN } from "../../../layers/http/limits.ts";
import { aCall, answering, aRequest } from "../../fixtures/http-call.ts";

const text = JSON.stringify({ text: "skein ".repeat(500) });

function ask(accepted: string | undefined, reply: Partial<HttpReply> = { body: text }): Promise<HttpReply> {
  const headers = accepted === undefined ? {} : { "accept-encoding": accepted };
  return compression(answering(reply))(aRequest({ headers }), aCall);
}

function bytesOf({ body }: HttpReply): Uint8Array {
  if (!(body instanceof Uint8Array)) throw new TypeError("this reply is not compressed");
  return body;
}

test("brotli is sent to who takes it", async () => {
  const reply = await ask("gzip, deflate, br");

  expect(reply.headers).toMatchObject({ "content-encoding": "br", vary: "accept-encoding" });
  expect(brotliDecompressSync(bytesOf(reply)).toString()).toBe(text);
  expect(bytesOf(reply).byteLength).toBeLessThan(text.length / 10);
});

test("gzip is sent to who takes only that", async () => {
  const reply = await ask("gzip");

  expect(reply.headers["content-encoding"]).toBe("gzip");
  expect(gunzipSync(bytesOf(reply)).toString()).toBe(text);
});

test.each([
  ["gzip;q=1.0, br;q=0.5", "gzip"],
  ["GZIP; Q=0.2 , BR; Q=0.1", "gzip"],
  ["br;q=0, gzip;q=0.001", "gzip"],
  ["br;q=0.8, gzip;q=0.8", "br"],
  ["*", "br"],
  ["br;q=0, *", "gzip"],
  ["identity, *;q=0.1", "br"],
])("of %j the best is %s", async (accepted, encoding) => {
  const reply = await ask(accepted);

  expect(reply.headers["content-encoding"]).toBe(encoding);
});

test.each([undefined, "", "identity", "deflate", "br;q=0, gzip;q=0", "*;q=0", "br;q=2", "gzip;q=NaN"])(
  "who accepts %j gets it as it is, and caches learn that others would not",
  async (accepted) => {
    const reply = await ask(accepted);

    expect(reply).toMatchObject({ body: text, headers: { vary: "accept-encoding" } });
    expect(reply.headers).not.toHaveProperty("content-encoding");
  },
);

test("bytes of a text are compressed as texts are", async () => {
  const reply = await ask("gzip", { body: Buffer.from(text) });

  expect(gunzipSync(bytesOf(reply)).toString()).toBe(text);
});

test.each([
  ["shorter than it pays", { body: "a".repeat(COMPRESS_BYTES_MIN - 1) }],
  ["of another kind", { body: text, headers: { "content-type": "image/png" } }],
  ["of events", { body: text, headers: { "content-type": "text/event-stream" } }],
  ["without a kind", { body: text, headers: {} }],
  ["that is encoded already", { body: text, headers: { "content-type": "text/plain", "content-encoding": "zstd" } }],
  ["named by a strong tag", { body: text, headers: { "content-type": "application/json", etag: '"7"' } }],
  ["not to be changed", { body: text, headers: { "content-type": "text/css", "cache-control": "no-transform" } }],
  ["that is a part of more", { body: text, status: 206, headers: { "content-type": "text/plain" } }],
])("a body %s passes untouched", async (_, reply) => {
  const passed = await ask("br, gzip", reply);

  expect(passed).toEqual({ status: 200, headers: { "content-type": "application/json" }, ...reply });
});

test.each(["text/plain", "application/json; charset=utf-8", "application/problem+json", "application/xml"])(
  "%s is compressed",
  async (type) => {
    const reply = await ask("br", { body: text, headers: { "content-type": type } });

    expect(reply.headers["content-encoding"]).toBe("br");
  },
);

test("a stream passes as it comes", async () => {
  async function* events() {
    yield `data: ${text}\n\n`;
  }
  const body = events();

  const reply = await ask("br", { body, headers: { "content-type": "text/event-stream" } });

  expect(reply).toMatchObject({ body, headers: { "content-type": "text/event-stream" } });
});
