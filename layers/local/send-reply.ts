import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { HttpReply } from "../core/http/http-message.ts";
import { LINGER_BYTES_MAX, LINGER_MS } from "./limits.ts";

/** Writes a reply and answers with the bytes of its body once the last of them is handed over. */
export async function sendReply(outgoing: ServerResponse, reply: HttpReply, requestId: string): Promise<number> {
  const { body, status } = reply;
  if (typeof body !== "string" && !(body instanceof Uint8Array)) return sendStream(outgoing, reply, requestId);
  const bytes = typeof body === "string" ? Buffer.byteLength(body) : body.byteLength;
  const headers = replyHeaders(reply, requestId);
  if (status !== 204 && status !== 304) headers["content-length"] = bytes;
  outgoing.writeHead(status, headers).end(body);
  return bytes;
}

/**
 * Read to its end also when nobody listens any more: handlers rely on it for what they do after the last word.
 *
 * The headers go with the first piece where that is there already: a client that got them alone from a process that died
 * would wait for a stream that it can't come back to.
 */
async function sendStream(outgoing: ServerResponse, reply: HttpReply, requestId: string): Promise<number> {
  if (typeof reply.body === "string" || reply.body instanceof Uint8Array) return 0;
  outgoing.writeHead(reply.status, replyHeaders(reply, requestId));
  const headersAlone = setImmediate(() => outgoing.flushHeaders());
  let bytes = 0;
  for await (const chunk of reply.body) {
    clearImmediate(headersAlone);
    if (outgoing.destroyed || chunk === "") continue;
    bytes += Buffer.byteLength(chunk);
    if (!outgoing.write(chunk)) await writableAgain(outgoing);
  }
  clearImmediate(headersAlone);
  outgoing.end();
  return bytes;
}

function writableAgain(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      outgoing.off("drain", go).off("close", go);
      resolve();
    };
    outgoing.on("drain", go).on("close", go);
    if (outgoing.destroyed) go();
  });
}

function replyHeaders(reply: HttpReply, requestId: string): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { ...reply.headers, "x-request-id": requestId };
  if (reply.cookies !== undefined && reply.cookies.length > 0) headers["set-cookie"] = [...reply.cookies];
  return headers;
}

/**
 * Refuses a request whose body is still coming, and closes. What comes is thrown away for a while first: closed at
 * once, the connection would be reset under the caller before it has read the refusal (RFC 9112, section 9.6).
 */
export function sendEarly(incoming: IncomingMessage, outgoing: ServerResponse, reply: HttpReply, requestId: string) {
  const body = typeof reply.body === "string" ? reply.body : "";
  const headers = replyHeaders(reply, requestId);
  outgoing.writeHead(reply.status, { ...headers, "content-length": Buffer.byteLength(body), connection: "close" });
  outgoing.write(body);
  let lingeredBytes = 0;
  const close = (): void => {
    clearTimeout(timer);
    outgoing.end();
  };
  const timer = setTimeout(close, LINGER_MS);
  incoming.on("end", close);
  incoming.on("close", close);
  incoming.on("data", (chunk: Buffer) => {
    lingeredBytes += chunk.byteLength;
    if (lingeredBytes > LINGER_BYTES_MAX) close();
  });
  incoming.resume();
}
