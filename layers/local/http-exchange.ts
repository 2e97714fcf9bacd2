import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { DoorCall, HttpHandler, HttpReply, HttpRequest } from "../core/http/http-message.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Roster } from "../core/roster.ts";
import { type CallLine, callLine } from "../http/call-line.ts";
import { elapsedMs, steadyMs } from "../http/elapsed-ms.ts";
import type { FaultReport } from "../http/fault-reply.ts";
import type { PassageTarget } from "../http/passage/passage-target.ts";
import { type HttpProblem, problemReply } from "../http/problem-reply.ts";
import type { DoorLimits } from "./limits.ts";
import { type CutReason, LocalCall } from "./local-call.ts";
import type { Intake } from "./receive-exchange.ts";
import { type BodyBudget, type BodyProblem, readBody } from "./request-body.ts";
import { sendEarly, sendReply } from "./send-reply.ts";

/** What stands behind a server's socket. */
export interface Door {
  readonly handler: HttpHandler<DoorCall>;
  /** Left out, every request is answered by the handler. */
  readonly passage?: Passage;
  /** Left out, nobody gets a WebSocket that is not for another server. */
  readonly webSockets?: Upgrades;
  /** Left out, every body is held. */
  readonly intake?: Intake;
  /** Answers in the handler's place when a body is refused, with an empty body in the request. */
  readonly refusals: Readonly<Record<Exclude<BodyProblem, "caller_gone">, HttpHandler<DoorCall>>>;
  readonly clock: Clock;
  readonly newRequestId: () => string;
  readonly limits: DoorLimits;
  readonly callEnded: (line: CallLine) => void;
  readonly reportFault: FaultReport;
}

/** Lets requests through to another server of this machine, once the handler has let them in. */
export interface Passage {
  takes(target: string): boolean;
  /** How long its servers may take to begin an answer. */
  readonly replyTimeoutMs: number;
  /** Where the handler sends this call; undefined where its reply is the answer. Told once. */
  targetOf(requestId: string): PassageTarget | undefined;
}

/** Opens WebSockets that the cell itself speaks. */
export interface Upgrades {
  takes(target: string): boolean;
  open(
    door: Door,
    calls: OpenCalls,
    upgrade: { readonly incoming: IncomingMessage; readonly socket: Duplex; readonly head: Buffer },
  ): Promise<"taken" | "refused">;
}

/** The calls that have not ended, and what they hold. */
export interface OpenCalls {
  readonly calls: Roster<LocalCall>;
  readonly budget: BodyBudget;
  /** Connections that have become something else than HTTP. */
  readonly sockets: Set<Duplex>;
  /** Replies then tell their callers to leave. */
  draining: boolean;
}

/** One request and its reply. Never rejects. */
export async function exchange(
  door: Door,
  open: OpenCalls,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const call = openCall(door, open);
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) call.abort();
  });
  let heldBytes = 0;
  try {
    const startedAtEpochMs = door.clock.nowMs();
    const startedMs = steadyMs();
    const body = await readBody(incoming, open.budget);
    if (body === "caller_gone") return;
    if (typeof body !== "string") heldBytes = body.byteLength;
    const request = requestOf(incoming, typeof body === "string" ? new Uint8Array() : body);
    const handler = typeof body === "string" ? door.refusals[body] : door.handler;
    const reply = await inTime(handler(request, call), call);
    if (open.draining) outgoing.shouldKeepAlive = false;
    call.cutBy((reason) => {
      if (reason === "call_timeout") outgoing.destroy();
    });
    let bytes = 0;
    if (typeof body === "string") sendEarly(incoming, outgoing, reply, call.requestId);
    else bytes = await sendReply(outgoing, reply, call.requestId);
    const durationMs = elapsedMs(startedMs);
    door.callEnded(callLine(request, reply, call, { startedAtEpochMs, durationMs, bytes }));
  } catch (fault) {
    door.reportFault(fault, call.requestId);
    breakOff(outgoing);
  } finally {
    call.end();
    open.calls.remove(call);
    open.budget.give(heldBytes);
  }
}

/** Ends the connection without an end of the reply, so that nobody takes it for whole; what was said before still goes. */
export function breakOff(outgoing: ServerResponse): void {
  setImmediate(() => outgoing.socket?.destroySoon());
}

export function openCall(door: Door, open: OpenCalls): LocalCall {
  const { callTimeoutMs, cutAfterAbortMs } = door.limits;
  const call = new LocalCall(
    {
      requestId: door.newRequestId(),
      deadlineEpochMs: door.clock.nowMs() + callTimeoutMs,
    },
    { timeoutMs: callTimeoutMs, cutAfterAbortMs },
  );
  open.calls.add(call);
  return call;
}

export function requestOf(incoming: IncomingMessage, body: Uint8Array): HttpRequest {
  const target = incoming.url ?? "/";
  const queryStart = target.indexOf("?");
  return {
    method: incoming.method ?? "GET",
    path: queryStart < 0 ? target : target.slice(0, queryStart),
    query: queryStart < 0 ? "" : target.slice(queryStart + 1),
    headers: joinedHeaders(incoming.headers),
    body,
    remoteAddress: incoming.socket.remoteAddress ?? "",
    tls: false,
  };
}

/** The server joins repeated headers itself, all but this one, which means nothing in a request. */
function joinedHeaders(headers: IncomingHttpHeaders): HttpRequest["headers"] {
  if (headers["set-cookie"] !== undefined) headers["set-cookie"] = undefined;
  return headers as HttpRequest["headers"];
}

const CUT: Readonly<Record<CutReason, HttpProblem>> = {
  call_timeout: {
    status: 504,
    code: "call_timeout",
    detail: "the call took longer than this server lets it; whether it took effect is unknown",
  },
  server_draining: {
    status: 503,
    code: "server_draining",
    detail: "this process ends before the call did; whether it took effect is unknown",
  },
};

/** The handler's reply, or a problem when the call is cut first; a stream that comes later still is read to its end. */
function inTime(answering: Promise<HttpReply>, call: LocalCall): Promise<HttpReply> {
  return new Promise((resolve, reject) => {
    let late = false;
    call.cutBy((reason) => {
      late = true;
      resolve(problemReply(CUT[reason], call.requestId));
    });
    answering.then((reply) => (late ? readToEnd(reply).catch(reject) : resolve(reply)), reject);
  });
}

async function readToEnd({ body }: HttpReply): Promise<void> {
  if (typeof body === "string" || body instanceof Uint8Array) return;
  for await (const _ of body);
}
