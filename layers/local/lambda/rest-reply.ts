import * as z from "zod";
import type { HttpReply } from "../../core/http/http-message.ts";
import { bodyIn, headerValues, jsonIn, replyHead, statusCode } from "./function-reply.ts";
import { type InvocationOutcome, StreamBroken } from "./invocation.ts";
import { STREAM_HEAD_BYTES_MAX } from "./limits.ts";
import type { Patience } from "./patience.ts";
import { patientChunks, readToEnd } from "./patient-chunks.ts";

/** Source: API Gateway developer guide, "Output format of a Lambda function for proxy integration" (read 2026-11-20). */
const Head = z.object({
  statusCode: statusCode.default(200),
  headers: z.record(z.string(), z.coerce.string()).nullish(),
  multiValueHeaders: headerValues.nullish(),
  cookies: z.array(z.string()).nullish(),
});

const WholeReply = Head.extend({ body: z.string().nullish(), isBase64Encoded: z.boolean().nullish() });

/** Headers that API Gateway renames in what a function answers, or leaves out ("Important notes", read 2026-11-20). */
const RENAMED = new Set(["connection", "content-length", "date", "server", "upgrade", "via", "www-authenticate"]);
const LEFT_OUT = new Set(["transfer-encoding"]);

const HEAD_END = Buffer.alloc(8);

/** A reply that API Gateway makes itself. */
export function gatewayReply(status: number, message: string): HttpReply {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify({ message }) };
}

/** What the function failed in, or answered in no form that is known, is a bare 502 to the caller. */
export const BAD_GATEWAY = gatewayReply(502, "Internal server error");

/** What API Gateway makes of a function's answer in `BUFFERED` transfer. */
export function wholeReply(outcome: InvocationOutcome): HttpReply {
  if (outcome.kind !== "whole") return BAD_GATEWAY;
  const reply = WholeReply.safeParse(jsonIn(outcome.body));
  if (!reply.success) return BAD_GATEWAY;
  return { ...passedHead(reply.data), body: bodyIn(reply.data) };
}

/**
 * And in `STREAM` transfer: the head up to eight null bytes, then the body as it comes.
 *
 * @throws {PatienceOver} when the head comes too late. A body that does breaks off with it.
 */
export async function streamedReply(answering: Promise<InvocationOutcome>, patience: Patience): Promise<HttpReply> {
  const outcome = await startOf(answering, patience);
  if (outcome.kind !== "stream") return BAD_GATEWAY;
  const chunks = patientChunks(outcome.body, patience);
  let begun = Buffer.alloc(0);
  let headBytes = -1;
  while (headBytes < 0 && begun.byteLength <= STREAM_HEAD_BYTES_MAX) {
    const chunk = await nextOf(chunks);
    if (chunk === undefined) return BAD_GATEWAY;
    begun = Buffer.concat([begun, chunk]);
    headBytes = begun.indexOf(HEAD_END);
  }
  const head = Head.safeParse(jsonIn(begun.subarray(0, Math.max(0, headBytes))));
  if (!head.success) {
    void readToEnd(chunks);
    return BAD_GATEWAY;
  }
  return { ...passedHead(head.data), body: bytesOf(begun.subarray(headBytes + HEAD_END.byteLength), chunks) };
}

async function startOf(answering: Promise<InvocationOutcome>, patience: Patience): Promise<InvocationOutcome> {
  try {
    return await patience.waitFor(answering);
  } catch (error) {
    void answering.then((late) => {
      if (late.kind === "stream") void readToEnd(late.body[Symbol.asyncIterator]());
    });
    throw error;
  }
}

async function nextOf(chunks: AsyncIterator<Buffer>): Promise<Buffer | undefined> {
  try {
    const { done, value } = await chunks.next();
    return done === true ? undefined : value;
  } catch (error) {
    if (error instanceof StreamBroken) return undefined;
    throw error;
  }
}

async function* bytesOf(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    void readToEnd(rest);
  }
}

function passedHead({ statusCode: status, headers, multiValueHeaders, cookies }: z.output<typeof Head>) {
  const named = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(headers ?? {})) named.set(passedName(name), [value]);
  for (const [name, values] of Object.entries(multiValueHeaders ?? {})) named.set(passedName(name), values);
  for (const name of LEFT_OUT) named.delete(name);
  named.set("set-cookie", [...(named.get("set-cookie") ?? []), ...(cookies ?? [])]);
  return replyHead(status, named);
}

function passedName(name: string): string {
  const lower = name.toLowerCase();
  return RENAMED.has(lower) ? `x-amzn-remapped-${lower}` : lower;
}
