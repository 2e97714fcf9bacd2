import { describe, expect, test } from "vitest";
import { type CarriedHead, readCarriedRequest } from "../../../../layers/http/passage/carried-call.ts";
import {
  FrameMalformed,
  headFrame,
  pieceFrame,
  ReplyBrokenOff,
  readCarried,
  wholeFrame,
} from "../../../../layers/http/passage/carried-frames.ts";

const HEAD: CarriedHead = { status: 200, headers: { "content-type": "text/plain", "set-cookie": ["a=1", "b=2"] } };
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** All frames in pieces of so many bytes. */
async function* cut(frames: readonly Uint8Array[], size: number): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.concat(frames);
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function read(frames: readonly Uint8Array[], size = 1_000_000) {
  const { head, body } = await readCarried(cut(frames, size));
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of body) text += decoder.decode(piece, { stream: true });
  return { head, text };
}

test.each([1, 3, 64, 1_000_000])("a reply is read as it was carried, %i bytes at a time", async (size) => {
  const frames = [headFrame(HEAD), pieceFrame(bytesOf("gr")), pieceFrame(bytesOf("ün")), wholeFrame()];

  expect(await read(frames, size)).toEqual({ head: HEAD, text: "grün" });
});

test("a reply without a body is whole", async () => {
  expect(await read([headFrame(HEAD), wholeFrame()])).toEqual({ head: HEAD, text: "" });
});

test("why there is no reply is told in its head", async () => {
  const { head } = await readCarried(cut([headFrame({ problem: "not_listening" })], 10));

  expect(head).toEqual({ problem: "not_listening" });
});

describe("half of a reply", () => {
  const [head, piece] = [headFrame(HEAD), pieceFrame(bytesOf("half"))];

  test.each([
    ["without its last frame", [head, piece]],
    ["cut within a frame", [head, piece.subarray(0, 7)]],
    ["that is a head alone", [head]],
    ["that is nothing", []],
    ["cut within the head", [head.subarray(0, 10)]],
  ])("%s is never taken for whole", async (_what, frames) => {
    await expect(read(frames)).rejects.toThrow(ReplyBrokenOff);
  });
});

describe("what the carrier never sends is a fault", () => {
  test.each([
    ["a frame of no kind", [headFrame(HEAD), Buffer.from([9, 0, 0, 0, 0])]],
    ["a piece before the head", [pieceFrame(bytesOf("x"))]],
    ["two heads", [headFrame(HEAD), headFrame(HEAD)]],
    ["a frame without an end", [headFrame(HEAD), Buffer.from([2, 255, 255, 255, 255])]],
  ])("%s", async (_what, frames) => {
    await expect(read(frames)).rejects.toThrow(FrameMalformed);
  });

  test.each([
    ["begins with a piece", pieceFrame(bytesOf("x"))],
    ["has a head of no form", Uint8Array.from([1, 0, 0, 0, 2, 123, 125])],
  ])("a stream that %s is let go of", async (_what, frame) => {
    let isLeft = false;
    async function* stream(): AsyncGenerator<Uint8Array> {
      try {
        yield frame;
        yield wholeFrame();
      } finally {
        isLeft = true;
      }
    }

    await expect(readCarried(stream())).rejects.toThrow();

    expect(isLeft).toBe(true);
  });

  test("a head of no form", async () => {
    const strange = pieceFrame(bytesOf('{"status":"200"}'));
    strange[0] = 1;

    await expect(read([strange])).rejects.toThrow();
  });
});

describe("a request to be carried", () => {
  const request = {
    run: "acme/r1",
    ...{ host: "10.0.1.2", port: 3000, method: "POST", path: "/a?b=%20", headers: { accept: "*/*" } },
    ...{ body: "AP8=", replyTimeoutMs: 60_000, timeoutMs: 300_000 },
  };

  test("is read as it was asked for", () => {
    expect(readCarriedRequest(request)).toEqual({ ok: true, value: request });
  });

  test.each([
    ["of no run", { run: "" }, "run"],
    ["to a name", { host: "project.example.com" }, "host"],
    ["to an address of another kind", { host: "::1" }, "host"],
    ["to no port", { port: 0 }, "port"],
    ["of no path", { path: "http://evil.example/" }, "path"],
    ["of two lines", { path: "/a\r\nx: y" }, "path"],
    ["of no method", { method: "GET / HTTP/1.1\r\n" }, "method"],
    ["with a body of no base64", { body: "ä" }, "body"],
    ["with a header of two lines", { headers: { accept: "*/*\r\nx: y" } }, "headers.accept"],
    ["with a header that no head can hold", { headers: { accept: "\u20ac" } }, "headers.accept"],
    ["with a header of no name", { headers: { "a b": "" } }, "headers.a b"],
    ["without an end", { timeoutMs: Number.POSITIVE_INFINITY }, "timeoutMs"],
    ["with a word too many", { agent: false }, ""],
  ])("%s is refused, and nothing of it told", (_what, changed, fields) => {
    expect(readCarriedRequest({ ...request, ...changed })).toEqual({ ok: false, problem: { fields } });
  });
});
