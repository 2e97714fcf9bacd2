import type { CallState, MrtrMethod } from "../call/call-state.ts";
import type { Caller } from "../call/caller.ts";
import { type CallOutcome, outcomeName, type StartedCall, startCall } from "../call/perform-call.ts";
import { failed } from "../call/tool-reply.ts";
import { calledTool } from "../catalogue/called-tool.ts";
import { CALL_LEASE_MS, CALL_LEASE_RENEW_MS, JOB_ASKING_LOOK_MS, STREAM_END_MARGIN_MS } from "../limits.ts";
import type { McpServer } from "../mcp-server.ts";
import {
  errorJson,
  invalidRequest,
  notificationJson,
  type RpcError,
  requestJson,
  resultJson,
} from "../protocol/json-rpc.ts";
import { boundedResultJson } from "../protocol/result-json.ts";
import { since } from "../protocol/versions.ts";
import type { Question } from "../toolkit/question.ts";
import { endJob, isAnsweredElsewhere, jobIdOf, outlivesCaller } from "./call-job.ts";
import { callEventId } from "./event-id.ts";
import { legacyError, legacyResult } from "./legacy-shape.ts";
import type { McpSession } from "./mcp-session.ts";
import type { ParkedCall, ParkedCalls, SentQuestion } from "./parked-calls.ts";

/** Where a driven call's messages go: the client's stream, or nowhere while the client is away. */
export interface Sink {
  message(json: string, eventId?: string): void;
  /** Progress or a log message, which may be dropped. */
  notice(json: string): void;
}

export interface DrivenBy {
  readonly server: McpServer;
  readonly session: McpSession;
  readonly calls: ParkedCalls;
  readonly caller: Caller;
  readonly sink: Sink;
  /** Whether the client reads the sink and so is worth waiting with. */
  readonly isRead: boolean;
  /** Of the exchange that drives the call. */
  readonly log: { outcome: string };
}

/**
 * Goes on with a call that this process holds the lease of: runs it, puts its questions, waits for the answers while
 * the client is there, and stores the reply before it is sent. It stops when the call is done, given up, or taken over.
 */
export async function driveCall(by: DrivenBy, held: ParkedCall, started?: StartedCall): Promise<void> {
  let call: ParkedCall | undefined = held;
  let running = started;
  while (call !== undefined) {
    call = call.state === "waiting" ? await awaitAnswers(by, call) : await runOnce(by, call, running);
    running = undefined;
  }
}

async function runOnce(
  by: DrivenBy,
  call: ParkedCall,
  running: StartedCall | undefined,
): Promise<ParkedCall | undefined> {
  const refusal = outlivesCaller(by.server, call) ? undefined : refusedAnswer(call);
  if (refusal !== undefined) return giveUp(by, call, refusal);
  const outcome = await attend(by, call, running ?? start(by, call));
  switch (outcome) {
    case "lost":
      return undefined;
    default:
      return settle(by, call, outcome);
  }
}

function start({ server, caller, sink }: DrivenBy, call: ParkedCall): StartedCall {
  return startCall(server, {
    method: call.request.method,
    params: call.request.params,
    caller,
    state: withAnswers(call),
    notify: (method, params) => sink.notice(notificationJson(method, params)),
  });
}

function withAnswers({ callState, questions, answers }: ParkedCall): CallState {
  const given: Record<string, unknown> = { ...callState.answers };
  for (const { key, seq } of questions) {
    const answer = answers.get(seq);
    if (answer !== undefined) given[key] = "result" in answer ? answer.result : DISMISSED;
  }
  return { ...callState, answers: given };
}

/** As if whoever sits at the client had closed the form. */
const DISMISSED = { action: "cancel" };

function refusedAnswer({ questions, answers }: ParkedCall): string | undefined {
  for (const { key, seq } of questions) {
    const answer = answers.get(seq);
    if (answer !== undefined && "error" in answer) return `The client did not answer ${key}: ${answer.error}`;
  }
  return undefined;
}

/**
 * Waits for the run while keeping the lease and looking for a cancellation, which may have come to any process.
 * A store that does not answer is borne as long as the lease lasts.
 */
async function attend(by: DrivenBy, call: ParkedCall, { run, outcome }: StartedCall): Promise<CallOutcome | "lost"> {
  const { server, calls } = by;
  let heldSinceMs = server.clock.nowMs();
  const ended = new AbortController();
  const settled = outcome.finally(() => ended.abort());
  while (true) {
    const first = await Promise.race([settled, server.clock.sleep(server.pollIntervalMs, ended.signal)]);
    if (first !== undefined || ended.signal.aborted) return settled;
    const nowMs = server.clock.nowMs();
    try {
      if (await calls.isCancelled(call)) run.end("cancelled");
      if (nowMs - heldSinceMs < CALL_LEASE_RENEW_MS) continue;
      if (!(await calls.renew(call))) {
        run.end("lost");
        return "lost";
      }
      heldSinceMs = nowMs;
    } catch (fault) {
      if (nowMs - heldSinceMs < CALL_LEASE_MS) continue;
      run.end("lost");
      throw fault;
    }
  }
}

async function settle(by: DrivenBy, call: ParkedCall, outcome: CallOutcome): Promise<ParkedCall | undefined> {
  switch (outcome.outcome) {
    case "asks":
      return put(by, call, outcome.state, questionsFrom(call, outcome.questions));
    case "detached":
      return put(by, call, outcome.state, []);
    default:
      return finish(by, call, outcome);
  }
}

function questionsFrom(call: ParkedCall, asked: ReadonlyMap<string, Question<unknown>>): readonly SentQuestion[] {
  return [...asked].map(([key, { request }], index) => ({ key, seq: call.seq + 1 + index, ...request }));
}

async function put(
  by: DrivenBy,
  call: ParkedCall,
  callState: CallState,
  questions: readonly SentQuestion[],
): Promise<ParkedCall | undefined> {
  const seq = call.seq + questions.length;
  const waiting = await by.calls.wait(call, { questions, callState, seq });
  if (waiting === undefined) return undefined;
  sendQuestions(by, waiting, call.seq);
  if (questions.length > 0 && by.isRead) return waiting;
  await by.calls.release(waiting);
  return undefined;
}

/** The questions after an event that the client has seen. */
export function sendQuestions(
  { session, sink }: Pick<DrivenBy, "session" | "sink">,
  call: ParkedCall,
  after: number,
): void {
  for (const question of call.questions) {
    if (question.seq <= after || call.answers.has(question.seq)) continue;
    const id = callEventId({ callId: call.callId, seq: question.seq });
    sink.message(requestJson(id, question.method, questionParams(session, question, id)), id);
  }
}

/** Modes came with 2025-11-25, where a visit to a url also has an id. */
function questionParams(session: McpSession, { params }: SentQuestion, id: string): unknown {
  if (params?.mode === "url") return { ...params, elicitationId: id };
  if (params?.mode === undefined || since(session.version, "2025-11-25")) return params;
  const { mode: _later, ...known } = params;
  return known;
}

async function awaitAnswers(by: DrivenBy, held: ParkedCall): Promise<ParkedCall | undefined> {
  const { server, calls, caller } = by;
  const untilMs = caller.canReturn ? server.clock.nowMs() + server.holdMs : Number.POSITIVE_INFINITY;
  const cutMs = caller.context.deadlineEpochMs - STREAM_END_MARGIN_MS;
  let renewedAtMs = server.clock.nowMs();
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  while (true) {
    const call = await calls.find(held.callId);
    if (call === undefined || call.state !== "waiting" || call.term !== held.term) return undefined;
    if (isAnswered(call)) return calls.goOn(call);
    if (await calls.isCancelled(call)) return withdraw(by, call);
    const nowMs = server.clock.nowMs();
    if (nowMs - lookedAtMs >= JOB_ASKING_LOOK_MS) {
      lookedAtMs = nowMs;
      if (await isAnsweredElsewhere(by, call)) {
        takeBack(by, call, "it was answered elsewhere");
        return calls.goOn(call);
      }
    }
    if (nowMs >= cutMs && !caller.canReturn) return giveUp(by, call, `Nobody answered ${keysOf(call)} in time.`);
    if (caller.context.signal.aborted || server.closing?.aborted === true || nowMs >= Math.min(untilMs, cutMs)) {
      return leave(by, call);
    }
    if (nowMs - renewedAtMs >= CALL_LEASE_RENEW_MS) {
      renewedAtMs = nowMs;
      await calls.renew(call);
    }
    await server.clock.sleep(server.pollIntervalMs, caller.context.signal);
  }
}

/** Who stores the last answer goes on with the call only where nobody holds it: what came until now is ours. */
async function leave({ calls }: DrivenBy, call: ParkedCall): Promise<ParkedCall | undefined> {
  const left = await calls.release(call);
  const again = left !== undefined && isAnswered(left) ? await calls.takeOver(left) : undefined;
  return again === undefined ? undefined : calls.goOn(again);
}

export function isAnswered({ questions, answers }: ParkedCall): boolean {
  return questions.every(({ seq }) => answers.has(seq));
}

function keysOf({ questions }: ParkedCall): string {
  return questions.map(({ key }) => key).join(", ");
}

async function giveUp(by: DrivenBy, call: ParkedCall, why: string): Promise<undefined> {
  const entry = calledTool(by.server.catalogue, call.request);
  const jobId = jobIdOf(call);
  if (entry !== undefined && jobId !== undefined && outlivesCaller(by.server, call)) {
    takeBack(by, call, "the call has waited as long as it may");
    const { handleReply } = await import("../task/call-as-job.ts");
    return finish(by, call, { outcome: "complete", result: handleReply(by.server, entry, { jobId }) });
  }
  await endJob(by, call);
  return finish(by, call, unanswered(call.request.method, why));
}

/** What is lacking is the client's part, so it is no fault of the server. */
function unanswered(method: MrtrMethod, why: string): CallOutcome {
  return method === "tools/call"
    ? { outcome: "complete", result: failed(why) }
    : { outcome: "refused", error: invalidRequest(why) };
}

/** The client wants the call no more, so nobody needs to answer its questions either. */
async function withdraw(by: DrivenBy, call: ParkedCall): Promise<undefined> {
  takeBack(by, call, "the call was cancelled");
  await endJob(by, call);
  await by.calls.finish(call, call.seq, undefined);
}

/** Tells the client that what it was asked need not be answered any more. */
function takeBack({ sink }: DrivenBy, { callId, questions, answers }: ParkedCall, reason: string): void {
  for (const { seq } of questions.filter((question) => !answers.has(question.seq))) {
    const requestId = callEventId({ callId, seq });
    sink.message(notificationJson("notifications/cancelled", { requestId, reason }));
  }
}

/** Stored first, then sent: a client that misses it finds it by coming back. */
export async function finish(by: DrivenBy, call: ParkedCall, outcome: CallOutcome): Promise<undefined> {
  const seq = call.seq + 1;
  const reply = replyJson(by.server, by.session, call.request, outcome);
  by.log.outcome = outcomeName(outcome);
  const isOurs = await by.calls.finish(call, seq, reply);
  if (isOurs && reply !== undefined) by.sink.message(reply, callEventId({ callId: call.callId, seq }));
}

/** A call's reply as this session's revision has it; undefined where none is wanted. */
export function replyJson(
  server: McpServer,
  session: McpSession,
  request: ParkedCall["request"],
  outcome: CallOutcome,
): string | undefined {
  const { id, method } = request;
  switch (outcome.outcome) {
    case "complete": {
      const tool = calledTool(server.catalogue, request);
      return boundedResultJson(id, method, outcome.result, (result) =>
        legacyResult(session.version, method, result, tool?.output),
      );
    }
    case "refused":
      return refusalJson(id, method, outcome.error);
    case "asks":
    case "detached":
    case "task":
      return replyJson(server, session, request, unanswered(method, CANT_ASK));
    case "cancelled":
      return undefined;
  }
}

const CANT_ASK = "This call has to ask its client, which it can't do without a session, nor as part of a batch.";
const MISSING_CAPABILITY = -32021;

/** Codes that came with 2026-07-28 must not reach an older client. */
function refusalJson(id: ParkedCall["request"]["id"], method: string, error: RpcError): string {
  if (error.code !== MISSING_CAPABILITY) return errorJson(id, legacyError(method, error));
  if (method === "tools/call") return resultJson(id, failed(error.message));
  return errorJson(id, { ...error, code: -32602 });
}
