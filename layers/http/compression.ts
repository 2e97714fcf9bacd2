import type * as Zlib from "node:zlib";
import type { Call, HttpHandler, HttpReply } from "../core/http/http-message.ts";
import { COMPRESS_BYTES_MIN } from "./limits.ts";

type Encoding = "br" | "gzip";

const TEXT_TYPE_PATTERN = /^(?:text\/(?!event-stream)|application\/(?:[a-z.-]{1,60}\+)?(?:json|xml)(?:;|$))/;

/** Three quarters of the best ratio at a tenth of its time. */
const BROTLI_QUALITY = 4;
/** A window of 256 KiB instead of 4 MiB: hardly longer replies, far less memory under load. */
const BROTLI_WINDOW_BITS = 18;

/**
 * Compresses whole textual replies over {@link COMPRESS_BYTES_MIN} as the caller asked (RFC 9110, section 12.5.3),
 * away from the event loop. Streams pass as they are, since an event would wait in the compressor; so do replies with
 * a strong `etag`, which names the uncompressed bytes and is used for `If-Match`.
 */
export function compression<Passing extends Call>(handler: HttpHandler<Passing>): HttpHandler<Passing> {
  return async (request, context) => {
    const reply = await handler(request, context);
    const { body } = reply;
    if (typeof body !== "string" && !(body instanceof Uint8Array)) return reply;
    if (body.length < COMPRESS_BYTES_MIN || !isCompressible(reply)) return reply;
    const headers = { ...reply.headers, vary: joined(reply.headers.vary, "accept-encoding") };
    const encoding = chosenEncoding(request.headers["accept-encoding"] ?? "");
    if (encoding === undefined) return { ...reply, headers };
    return { ...reply, headers: { ...headers, "content-encoding": encoding }, body: await compressed(body, encoding) };
  };
}

function isCompressible({ status, headers }: HttpReply): boolean {
  if (status === 206 || headers["content-encoding"] !== undefined) return false;
  if (headers.etag?.startsWith('"') === true) return false;
  if (headers["cache-control"]?.includes("no-transform") === true) return false;
  return TEXT_TYPE_PATTERN.test(headers["content-type"] ?? "");
}

function joined(before: string | undefined, name: string): string {
  return before === undefined ? name : `${before}, ${name}`;
}

/** The one with the higher quality value; brotli where both are as welcome. */
function chosenEncoding(accepted: string): Encoding | undefined {
  const qualities = new Map(accepted.toLowerCase().split(",").map(readQuality));
  const others = qualities.get("*") ?? 0;
  const brotli = qualities.get("br") ?? others;
  const gzip = qualities.get("gzip") ?? qualities.get("x-gzip") ?? others;
  if (brotli === 0 && gzip === 0) return undefined;
  return brotli >= gzip ? "br" : "gzip";
}

function readQuality(item: string): [coding: string, quality: number] {
  const [coding = "", ...parameters] = item.split(";").map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith("q="));
  const quality = weight === undefined ? 1 : Number(weight.slice(2));
  return [coding, quality >= 0 && quality <= 1 ? quality : 0];
}

/** The module is loaded at the first use: most calls of most processes never compress. */
async function compressed(body: string | Uint8Array, encoding: Encoding): Promise<Uint8Array> {
  const zlib = await import("node:zlib");
  return new Promise((resolve, reject) => {
    const done: Zlib.CompressCallback = (error, result) => (error === null ? resolve(result) : reject(error));
    if (encoding === "gzip") return zlib.gzip(body, done);
    const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN } = zlib.constants;
    zlib.brotliCompress(
      body,
      { params: { [BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [BROTLI_PARAM_LGWIN]: BROTLI_WINDOW_BITS } },
      done,
    );
  });
}
