import type { ReplyMode } from "../../layers/core/deployment/function-shape.ts";
import type { HttpReply } from "../../layers/core/http/http-message.ts";
import { BUFFERED_REPLY_BYTES_MAX } from "../../layers/http/lambda/limits.ts";
import { REPLY_TOO_LARGE, REPLY_UNFINISHED } from "../../layers/http/passage/passage-problems.ts";
import { problemReply } from "../../layers/http/problem-reply.ts";
import type { CarriedReply } from "./carry.ts";

export interface PassedFor {
  readonly method: string;
  readonly replyMode: ReplyMode;
  readonly requestId: string;
}

/**
 * A project's reply as a front door takes it: as it is made; or, where that takes whole ones alone, when it is whole. There
 * it is a problem where it is too large, or did not come to its end in the call's time.
 */
export async function passedReply(
  carried: CarriedReply,
  { method, replyMode, requestId }: PassedFor,
): Promise<HttpReply> {
  const { status, headers, cookies, body, leave } = carried;
  const head = { status, headers, ...(cookies.length > 0 && { cookies }) };
  if (hasNoBody(method, status)) {
    await leave();
    return { ...head, body: "", log: { outcome: "ok" } };
  }
  if (replyMode === "stream") {
    const log = { outcome: "ok" };
    return { ...head, body: streamed(body, log), log };
  }
  const whole = await wholeBody(body);
  if (whole === "too_large") return problemReply(REPLY_TOO_LARGE, requestId);
  if (whole === "broken_off") return problemReply(REPLY_UNFINISHED, requestId);
  return { ...head, body: whole, log: { outcome: "ok" } };
}

/** RFC 9110, sections 9.3.2, 15.3.5 and 15.4.5. */
function hasNoBody(method: string, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304;
}

/** Begun with, a reply can only be broken off: so the stream fails, and the call's line says why. */
async function* streamed(body: AsyncIterable<Uint8Array>, log: { outcome: string }): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (fault) {
    log.outcome = "broken_off";
    throw fault;
  }
}

/** Whatever ends it early: the project, its time, or what carries it. */
async function wholeBody(body: AsyncIterable<Uint8Array>): Promise<Uint8Array | "too_large" | "broken_off"> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const piece of body) {
      bytes += piece.byteLength;
      if (bytes > BUFFERED_REPLY_BYTES_MAX.alb) return "too_large";
      pieces.push(piece);
    }
  } catch {
    return "broken_off";
  }
  return Buffer.concat(pieces);
}
