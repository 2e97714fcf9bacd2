import { Readable } from "node:stream";
import type { HttpReply } from "../../core/http/http-message.ts";
import { type FaultReport, faultCode } from "../fault-reply.ts";
import { problemReply } from "../problem-reply.ts";
import type { LambdaCall } from "./lambda-call.ts";
import { BUFFERED_REPLY_BYTES_MAX } from "./limits.ts";

/** A head as both front doors take it (API Gateway and Elastic Load Balancing developer guides, read 2026-11-20). */
interface ReplyHead {
  readonly statusCode: number;
  readonly multiValueHeaders: Readonly<Record<string, readonly string[]>>;
}

export interface BufferedReply extends ReplyHead {
  readonly body: string;
  readonly isBase64Encoded: boolean;
}

export interface StreamedReply extends ReplyHead {
  readonly body: string | Readable;
}

/**
 * A reply in one piece. A stream is read to its end first. What the front door would refuse for its size becomes a problem
 * that says so, since the caller would otherwise see a bare 502.
 */
export async function bufferedReply(call: LambdaCall, reply: HttpReply): Promise<BufferedReply> {
  const bytesMax = BUFFERED_REPLY_BYTES_MAX[call.door];
  const body = await wholeBody(reply, bytesMax);
  const whole = body === undefined ? undefined : buffered(call, { ...reply, body });
  if (whole !== undefined && fits(whole, bytesMax)) return whole;
  const detail = `the reply is larger than the ${bytesMax} bytes that this front door passes on; ask for less at a time`;
  const problem = problemReply({ status: 413, code: "reply_too_large", detail }, call.requestId);
  call.reply = { ...problem, log: { ...reply.log, ...problem.log } };
  return buffered(call, { ...problem, body: String(problem.body) });
}

/** A reply whose body goes out as it is made. One that breaks off is cut, so that nobody takes it for whole. */
export function streamedReply(call: LambdaCall, reply: HttpReply, report: FaultReport): StreamedReply {
  const head = headOf(call, reply);
  if (hasNoBody(call, reply)) return { ...head, body: "" };
  if (typeof reply.body === "string") {
    call.bytes = Buffer.byteLength(reply.body);
    return { ...head, body: reply.body };
  }
  return { ...head, body: Readable.from(passedOn(call, reply.body, report), { objectMode: false }) };
}

async function* passedOn(
  call: LambdaCall,
  body: Uint8Array | AsyncIterable<string | Uint8Array>,
  report: FaultReport,
): AsyncGenerator<Uint8Array | string> {
  try {
    for await (const chunk of body instanceof Uint8Array ? [body] : body) {
      call.bytes += Buffer.byteLength(chunk);
      yield chunk;
    }
  } catch (fault) {
    // What a project breaks off is said in its call's line.
    if (faultCode(fault) !== "reply_broken_off") report(fault, call.requestId);
    throw fault;
  }
}

/** Undefined when a stream was longer than `bytesMax`. It is read to its end all the same: handlers rely on it. */
async function wholeBody({ body }: HttpReply, bytesMax: number): Promise<string | Uint8Array | undefined> {
  if (typeof body === "string" || body instanceof Uint8Array) return body;
  const chunks: (string | Uint8Array)[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length <= bytesMax) chunks.push(chunk);
  }
  if (length > bytesMax) return undefined;
  const isText = chunks.every((chunk) => typeof chunk === "string");
  return isText ? chunks.join("") : Buffer.concat(chunks.map((chunk) => Buffer.from(chunk)));
}

function buffered(call: LambdaCall, reply: HttpReply & { readonly body: string | Uint8Array }): BufferedReply {
  const body = hasNoBody(call, reply) ? "" : reply.body;
  const isText = typeof body === "string";
  call.bytes = isText ? Buffer.byteLength(body) : body.byteLength;
  return {
    ...headOf(call, reply),
    body: isText ? body : Buffer.from(body).toString("base64"),
    isBase64Encoded: !isText,
  };
}

/** A character takes at most six bytes in JSON, so most replies need not be written to know. */
function fits(reply: BufferedReply, bytesMax: number): boolean {
  return reply.body.length < bytesMax / 8 || Buffer.byteLength(JSON.stringify(reply)) <= bytesMax;
}

/** RFC 9110, sections 9.3.2, 15.3.5 and 15.4.5. */
function hasNoBody({ request }: LambdaCall, { status }: HttpReply): boolean {
  return request.method === "HEAD" || status === 204 || status === 304;
}

function headOf({ requestId }: LambdaCall, reply: HttpReply): ReplyHead {
  const { cookies = [] } = reply;
  const named = Object.entries(reply.headers).map(([name, value]): [string, readonly string[]] => [name, [value]]);
  return {
    statusCode: reply.status,
    multiValueHeaders: {
      ...Object.fromEntries(named),
      "x-request-id": [requestId],
      ...(cookies.length > 0 && { "set-cookie": cookies }),
    },
  };
}
