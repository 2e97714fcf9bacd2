import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpReply } from "../core/http/http-message.ts";
import { callLine } from "../http/call-line.ts";
import { elapsedMs, steadyMs } from "../http/elapsed-ms.ts";
import { breakOff, type Door, type OpenCalls, openCall, requestOf } from "./http-exchange.ts";
import { sendEarly, sendReply } from "./send-reply.ts";

/** Takes bodies that are too long to be held, once the handler has let them in. */
export interface Intake {
  takes(target: string): boolean;
  /** What takes the body of this call; undefined where the handler's reply is the answer. Told once. */
  sinkOf(requestId: string): BodySink | undefined;
}

/** Reads the body to its end, and answers then. */
export type BodySink = (body: AsyncIterable<Uint8Array>) => Promise<HttpReply>;

const EMPTY = new Uint8Array();

/**
 * One request whose body is taken as it comes. The handler has said before that it may, and has not seen it. Never
 * rejects.
 */
export async function receiveExchange(
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
    const admitted = await door.handler(request, call);
    const sink = door.intake?.sinkOf(call.requestId);
    if (open.draining) outgoing.shouldKeepAlive = false;
    call.cutBy(() => outgoing.destroy());
    const reply = sink === undefined ? admitted : withHeaders(await sink(incoming), admitted);
    let bytes = 0;
    if (incoming.complete) bytes = await sendReply(outgoing, reply, call.requestId);
    else sendEarly(incoming, outgoing, reply, call.requestId);
    const durationMs = elapsedMs(startedMs);
    door.callEnded(callLine(request, reply, call, { startedAtEpochMs, durationMs, bytes }));
  } catch (fault) {
    // Who leaves in the middle of its own body is told nothing any more.
    if (!incoming.destroyed || incoming.complete) door.reportFault(fault, call.requestId);
    breakOff(outgoing);
  } finally {
    call.end();
    open.calls.remove(call);
  }
}

/** What the door says to browsers, and what the call's line is called, hold for the sink's reply too. */
function withHeaders(reply: HttpReply, { headers, log }: HttpReply): HttpReply {
  return { ...reply, headers: { ...headers, ...reply.headers }, log: { ...log, ...reply.log } };
}
