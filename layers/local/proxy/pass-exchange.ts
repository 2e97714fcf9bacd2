import type { ClientRequest, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import type { DoorCall, HttpReply } from "../../core/http/http-message.ts";
import { callLine } from "../../http/call-line.ts";
import { elapsedMs, steadyMs } from "../../http/elapsed-ms.ts";
import { REPLY_HEADER_BYTES_MAX } from "../../http/passage/limits.ts";
import { NOT_LISTENING, REPLY_BROKEN, replyLate } from "../../http/passage/passage-problems.ts";
import type { PassageTarget } from "../../http/passage/passage-target.ts";
import { type ProxyReplyHeaders, replyHeaders, requestHeaders } from "../../http/passage/proxy-headers.ts";
import { type HttpProblem, problemReply } from "../../http/problem-reply.ts";
import { askProject } from "../../node/ask-project.ts";
import { breakOff, type Door, type OpenCalls, openCall, requestOf } from "../http-exchange.ts";
import type { LocalCall } from "../local-call.ts";
import { sendEarly, sendReply } from "../send-reply.ts";

const EMPTY = new Uint8Array();

/**
 * One request to a project, and its reply: both bodies as they come, neither held. The handler has said before that it may
 * pass, and has not seen its body. Never rejects.
 */
export async function passExchange(
  door: Door,
  open: OpenCalls,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const call = openCall(door, open);
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) call.abort();
  });
  try {
    const startedAtEpochMs = door.clock.nowMs();
    const startedMs = steadyMs();
    const request = requestOf(incoming, EMPTY);
    const reply = await door.handler(request, call);
    const { replyTimeoutMs = 0 } = door.passage ?? {};
    const target = door.passage?.targetOf(call.requestId);
    if (open.draining) outgoing.shouldKeepAlive = false;
    call.cutBy(() => outgoing.destroy());
    const sent =
      target === undefined
        ? await refuse(incoming, outgoing, { reply, call })
        : await pass({ incoming, outgoing, call, reply, target, replyTimeoutMs });
    const durationMs = elapsedMs(startedMs);
    door.callEnded(callLine(request, sent.reply, call, { startedAtEpochMs, durationMs, bytes: sent.bytes }));
  } catch (fault) {
    door.reportFault(fault, call.requestId);
    breakOff(outgoing);
  } finally {
    call.end();
    open.calls.remove(call);
  }
}

interface Sent {
  readonly reply: HttpReply;
  readonly bytes: number;
}

/** What is still to come of a body is not waited for. */
async function refuse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { reply, call }: { readonly reply: HttpReply; readonly call: DoorCall },
): Promise<Sent> {
  if (incoming.complete) return { reply, bytes: await sendReply(outgoing, reply, call.requestId) };
  sendEarly(incoming, outgoing, reply, call.requestId);
  return { reply, bytes: typeof reply.body === "string" ? Buffer.byteLength(reply.body) : 0 };
}

interface Passing {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly call: LocalCall;
  /** The handler's, of which the headers for the caller's browser hold for the project's reply too. */
  readonly reply: HttpReply;
  readonly target: PassageTarget;
  readonly replyTimeoutMs: number;
}

async function pass(passing: Passing): Promise<Sent> {
  const { incoming, outgoing, call, reply, target } = passing;
  const answer = await answered(passing);
  if ("status" in answer) return refuse(incoming, outgoing, { reply: problemReply(answer, call.requestId), call });
  const authority = `${target.host}:${target.port}`;
  const headers = {
    ...outgoingHeaders(replyHeaders({ headers: answer.headers, prefix: target.prefix, authority })),
    ...forBrowsers(reply),
  };
  const status = answer.statusCode ?? 502;
  outgoing.writeHead(status, { ...headers, "x-request-id": call.requestId });
  outgoing.flushHeaders();
  let bytes = 0;
  answer.on("data", (chunk: Buffer) => {
    bytes += chunk.byteLength;
  });
  let outcome = "ok";
  try {
    await pipeline(answer, outgoing);
  } catch {
    // Begun with, a reply can only be broken off: so does whichever of the two has left.
    outcome = "broken_off";
    outgoing.destroy();
  }
  return { reply: { status, headers: {}, body: "", log: { ...reply.log, outcome } }, bytes };
}

/** What the door says of who may read a reply. A project's own word on it was taken away. */
function forBrowsers({ headers }: HttpReply): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("access-control-")));
}

/** As Node sends them. */
export function outgoingHeaders({ headers, cookies }: ProxyReplyHeaders): OutgoingHttpHeaders {
  return { ...headers, ...(cookies.length > 0 && { "set-cookie": [...cookies] }) };
}

/** The head of the project's reply, or why there is none. */
async function answered({ incoming, call, target, replyTimeoutMs }: Passing): Promise<IncomingMessage | HttpProblem> {
  const { host, port, path, prefix } = target;
  const { method = "GET", headers, socket } = incoming;
  const authority = `${host}:${port}`;
  const remoteAddress = socket.remoteAddress ?? "";
  const answer = await askProject({
    ...{ host, port, method, path, replyTimeoutMs, signal: call.signal },
    headers: requestHeaders({ headers, remoteAddress, tls: false, prefix, authority }),
    replyHeaderBytesMax: REPLY_HEADER_BYTES_MAX,
    sendBody: (asking) => sendBody(incoming, asking),
  });
  switch (answer) {
    case "not_listening":
      return NOT_LISTENING;
    case "timed_out":
      return replyLate(replyTimeoutMs);
    case "broken":
    case "unreachable":
      return REPLY_BROKEN;
    default:
      return answer;
  }
}

/** Told by length or in chunks, as it came. A project that answers before the end of it is let. */
function sendBody(incoming: IncomingMessage, asking: ClientRequest): void {
  const { "content-length": length, "transfer-encoding": coding } = incoming.headers;
  if (length === undefined && coding === undefined) asking.end();
  else incoming.on("close", () => incoming.complete || asking.destroy()).pipe(asking);
}
