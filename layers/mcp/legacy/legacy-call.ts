import type { CallContext, HttpReply } from "../../core/http/http-message.ts";
import type { MrtrMethod } from "../call/call-state.ts";
import type { Caller } from "../call/caller.ts";
import { type CallOutcome, outcomeName, type StartedCall, startCall, unable } from "../call/perform-call.ts";
import { ReplyStream } from "../call/reply-stream.ts";
import { calledTool } from "../catalogue/called-tool.ts";
import { RETRY_MS, STREAM_AFTER_MS, STREAM_END_MARGIN_MS } from "../limits.ts";
import type { McpServer } from "../mcp-server.ts";
import { isRecord, notificationJson, type RpcRequest, type RpcResponse } from "../protocol/json-rpc.ts";
import { jsonReply, streamReply } from "../protocol/replies.ts";
import { primingEvent } from "../protocol/sse.ts";
import { since } from "../protocol/versions.ts";
import { type DrivenBy, driveCall, finish, isAnswered, replyJson, type Sink, sendQuestions } from "./call-driver.ts";
import { type CallEvent, callEventId, parseCallEventId } from "./event-id.ts";
import type { McpSession, StoredSession } from "./mcp-session.ts";
import { type Answer, type ParkedCall, ParkedCalls } from "./parked-calls.ts";

export type LegacyCallRequest = RpcRequest & { readonly method: MrtrMethod };

/** One legacy request's surroundings. */
export interface LegacyExchange {
  readonly server: McpServer;
  readonly context: CallContext;
  readonly session: McpSession;
}

/** What a legacy client said of itself counts for each of its calls. */
export function legacyCaller({ session, context }: LegacyExchange, params: Readonly<Record<string, unknown>>): Caller {
  const token = isRecord(params._meta) ? params._meta.progressToken : undefined;
  return {
    context,
    capabilities: session.capabilities,
    logLevel: session.logLevel,
    progressToken: typeof token === "string" || typeof token === "number" ? token : undefined,
    leavingCancels: false,
    canReturn: session.id !== undefined && since(session.version, "2025-11-25"),
  };
}

/**
 * Answers a call of a legacy client.
 *
 * A tool that may change something is stored before it runs and answered by a stream that can be resumed, so that the
 * client gets its one reply whatever happens to this process. What only reads is answered with one JSON object and
 * stores nothing, unless it asks, reports, or takes long.
 */
export async function answerLegacyCall(exchange: LegacyExchange, request: LegacyCallRequest): Promise<HttpReply> {
  const { server, session, context } = exchange;
  const caller = legacyCaller(exchange, request.params);
  const log = callLog(server, request);
  const calls = session.id === undefined ? undefined : new ParkedCalls(server, context.principal, session.id);
  const arrived = { request, startedAtEpochMs: server.clock.nowMs() };
  const stream = new ReplyStream(arrived.startedAtEpochMs, STREAM_AFTER_MS);
  const by = { server, session, caller, sink: stream, isRead: true, log };
  if (calls !== undefined && caller.canReturn && mayChange(server, request)) {
    const call = await calls.open(server.chance.uuid(), arrived);
    return resumableReply({ ...by, calls }, stream, call);
  }
  const notify = (method: string, params: object) => stream.notice(notificationJson(method, params));
  const started = startCall(server, { method: request.method, params: request.params, caller, notify });
  server.watch.add(stream);
  const first = await Promise.race([started.outcome, stream.opened]);
  server.watch.remove(stream);
  if (first !== "opened" && !(isSuspended(first) && calls !== undefined)) {
    log.outcome = outcomeName(first);
    return jsonReply(replyJson(server, session, request, first) ?? "", log);
  }
  if (calls === undefined) return plainStream(exchange, request, { stream, started, log });
  const call = await calls.open(started.run.callId, arrived).catch((fault: unknown) => {
    started.run.end("lost"); // nobody would hear of what it comes to
    throw fault;
  });
  return resumableReply({ ...by, calls }, stream, call, started);
}

/** One call of a batch, which has no stream to ask by. */
export async function callInBatch(exchange: LegacyExchange, request: LegacyCallRequest): Promise<string | undefined> {
  const { server, session } = exchange;
  const caller = { ...legacyCaller(exchange, request.params), canReturn: false };
  const { outcome } = startCall(server, { method: request.method, params: request.params, caller, notify: () => {} });
  return replyJson(server, session, request, await outcome);
}

function mayChange({ catalogue }: McpServer, request: LegacyCallRequest): boolean {
  const entry = calledTool(catalogue, request);
  return entry !== undefined && entry.tool.annotations?.readOnlyHint !== true;
}

function isSuspended({ outcome }: CallOutcome): boolean {
  return outcome === "asks" || outcome === "detached";
}

type MutableLog = { operation: string; tool?: string; outcome: string };

function callLog({ catalogue }: McpServer, request: LegacyCallRequest): MutableLog {
  const called = calledTool(catalogue, request);
  return { operation: request.method, outcome: "ok", ...(called !== undefined && { tool: called.tool.name }) };
}

/** A stream for a client without a session: nothing of it is kept. */
function plainStream(
  { server, session }: LegacyExchange,
  request: LegacyCallRequest,
  { stream, started, log }: { readonly stream: ReplyStream; readonly started: StartedCall; readonly log: MutableLog },
): HttpReply {
  server.watch.add(stream);
  void started.outcome.then((outcome) => {
    server.watch.remove(stream);
    log.outcome = outcomeName(outcome);
    const reply = replyJson(server, session, request, outcome);
    if (reply !== undefined) stream.message(reply);
    stream.end();
  });
  return streamReply(stream.events, log);
}

function resumableReply(by: DrivenBy, stream: ReplyStream, call: ParkedCall, started?: StartedCall): HttpReply {
  void endAfter(by, stream, driveCall(by, call, started));
  const first = by.caller.canReturn ? primingEvent(callEventId({ callId: call.callId, seq: 0 }), RETRY_MS) : undefined;
  return streamReply(first === undefined ? stream.events : preceded(first, stream.events), by.log);
}

/** A store that fails ends the stream; the client comes back for the reply, and whoever it finds goes on. */
async function endAfter({ server, caller }: DrivenBy, stream: ReplyStream, driven: Promise<void>): Promise<void> {
  server.watch.add(stream);
  try {
    await driven;
  } catch (fault) {
    server.report(fault, caller.context.requestId);
  } finally {
    server.watch.remove(stream);
    stream.end();
  }
}

async function* preceded(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  yield first;
  yield* rest;
}

/** Stores a client's answer, and goes on with the call here when the client's stream is held nowhere. */
export async function takeAnswer(
  exchange: LegacyExchange & { readonly session: StoredSession },
  response: RpcResponse,
): Promise<void> {
  const { server, session, context } = exchange;
  const event = parseCallEventId(response.id);
  if (event === undefined) return;
  const calls = new ParkedCalls(server, context.principal, session.id);
  const call = await calls.answer(event.callId, event.seq, readAnswer(response));
  if (call === undefined || !isAnswered(call)) return;
  const held = await calls.takeOver(call);
  const running = held === undefined ? undefined : await calls.goOn(held);
  if (running === undefined) return;
  const caller = legacyCaller(exchange, running.request.params);
  await driveCall({ server, session, calls, caller, sink: NOBODY, isRead: false, log: { outcome: "ok" } }, running);
}

const NOBODY: Sink = { message: () => {}, notice: () => {} };

function readAnswer({ result, error }: RpcResponse): Answer {
  if (error === undefined) return { result };
  const message = isRecord(error) && typeof error.message === "string" ? error.message : "it gave no reason";
  return { error: message.slice(0, 1000) };
}

/** What a client that comes back has not seen of a call yet, and the call's going on where nobody else sees to it. */
export function resumeCall(
  exchange: LegacyExchange & { readonly session: StoredSession },
  event: CallEvent,
): HttpReply {
  const { server, session, context } = exchange;
  const stream = new ReplyStream(server.clock.nowMs());
  const calls = new ParkedCalls(server, context.principal, session.id);
  const log = { operation: "resume", outcome: "ok" };
  const by = { server, session, calls, caller: legacyCaller(exchange, {}), sink: stream, isRead: true, log };
  void endAfter(by, stream, followCall(by, stream, event));
  return streamReply(stream.events, log);
}

/** Looks once at least, also where nothing is held open: there a client hears by coming back, again and again. */
async function followCall(by: DrivenBy, stream: ReplyStream, { callId, seq }: CallEvent): Promise<void> {
  const { server, calls, sink, caller } = by;
  const cutMs = caller.context.deadlineEpochMs - STREAM_END_MARGIN_MS;
  let seen = seq;
  for (let isFirst = true; isFirst || isWaitedWith(by, cutMs); isFirst = false) {
    const call = await calls.find(callId);
    if (call === undefined) return;
    if (call.state === "done") {
      if (call.reply !== undefined && call.seq > seen) sink.message(call.reply, callEventId({ callId, seq: call.seq }));
      return;
    }
    // Clients know their place by the events of their last stream alone: one without any would be their last.
    if (isFirst && caller.canReturn) stream.events.push(primingEvent(callEventId({ callId, seq }), RETRY_MS));
    sendQuestions(by, call, seen);
    seen = Math.max(seen, call.seq);
    const held = call.leaseUntilEpochMs < server.clock.nowMs() ? await calls.takeOver(call) : undefined;
    if (held !== undefined) {
      sendQuestions(by, held, seen); // it may have asked since
      return goOnAfter(by, held);
    }
    if (isWaitedWith(by, cutMs)) await server.clock.sleep(server.pollIntervalMs, caller.context.signal);
  }
}

function isWaitedWith({ server, caller }: DrivenBy, cutMs: number): boolean {
  return !caller.context.signal.aborted && server.closing?.aborted !== true && server.clock.nowMs() < cutMs;
}

/** The process that ran the call is gone. A tool that can't run twice is not run again: its client is told so. */
async function goOnAfter(by: DrivenBy, held: ParkedCall): Promise<void> {
  const caller = legacyCaller({ ...by, context: by.caller.context }, held.request.params);
  if (held.state === "waiting" || isRerunnable(by.server, held)) return driveCall({ ...by, caller }, held);
  const why = "The server stopped while it ran this call, which may or may not have taken effect.";
  await finish(by, held, unable(held.request.method, why));
}

/** A call that waits for a job finds the same job again. */
function isRerunnable(server: McpServer, { request }: ParkedCall): boolean {
  if (request.method !== "tools/call") return true;
  const entry = calledTool(server.catalogue, request);
  return entry?.rerunnable === true || (entry?.tool.mode === "job" && server.jobs !== undefined);
}
