import type { CallLog, HttpReply } from "../../core/http/http-message.ts";
import type { MrtrMethod } from "../call/call-state.ts";
import type { Caller } from "../call/caller.ts";
import { type CallOutcome, outcomeName, startCall, unable } from "../call/perform-call.ts";
import { ReplyStream } from "../call/reply-stream.ts";
import { calledTool } from "../catalogue/called-tool.ts";
import type { McpServer } from "../mcp-server.ts";
import {
  errorJson,
  internalError,
  invalidRequest,
  notificationJson,
  type RpcRequest,
  resultJson,
} from "../protocol/json-rpc.ts";
import { errorReply, jsonReply, streamReply } from "../protocol/replies.ts";
import { boundedResultJson } from "../protocol/result-json.ts";
import type { Question } from "../toolkit/question.ts";
import type { ModernShape } from "./modern-era.ts";
import { readRequestState, sealRequestState } from "./request-state.ts";

export type MrtrRequest = RpcRequest & { readonly method: MrtrMethod };

/**
 * Runs the call and answers with one JSON object; with a stream once the tool reports something on the way, or keeps
 * its caller waiting long.
 */
export async function answerCall(
  server: McpServer,
  shape: ModernShape,
  request: MrtrRequest,
  caller: Caller,
): Promise<HttpReply> {
  const { method, params } = request;
  const state = readRequestState(server, { method, params, caller });
  if (!state.ok) return errorReply(request.id, state.problem, method);
  const stream = new ReplyStream(server.clock.nowMs());
  const { outcome } = startCall(server, {
    method,
    params,
    caller,
    ...(state.value === undefined ? {} : { state: state.value }),
    mayBeTask: true,
    notify: (name, about) => stream.notice(notificationJson(name, about)),
  });
  const log: { operation: string; tool?: string; outcome: string } = { operation: method, outcome: "ok" };
  const called = calledTool(server.catalogue, request);
  if (called !== undefined) log.tool = called.tool.name;
  server.watch.add(stream);
  const first = await Promise.race([outcome, stream.opened]);
  if (first !== "opened") {
    server.watch.remove(stream);
    return unaryReply(server, shape, request, caller, { outcome: first, log });
  }
  void outcome.then((last) => {
    server.watch.remove(stream);
    const json = lastJson(server, shape, request, caller, { outcome: last, log });
    if (json !== undefined) stream.message(json);
    stream.end();
  });
  return streamReply(stream.events, log);
}

interface Ended {
  readonly outcome: CallOutcome;
  readonly log: { operation: string; tool?: string; outcome: string };
}

/** {@link outcomeJson} where nobody could catch what it throws any more. */
function lastJson(...given: Parameters<typeof outcomeJson>): string | undefined {
  const [server, , { id }, { context }] = given;
  try {
    return outcomeJson(...given);
  } catch (fault) {
    server.report(fault, context.requestId);
    return errorJson(id, internalError(context.requestId));
  }
}

function unaryReply(
  server: McpServer,
  shape: ModernShape,
  request: MrtrRequest,
  caller: Caller,
  ended: Ended,
): HttpReply {
  const body = outcomeJson(server, shape, request, caller, ended);
  const log: CallLog = ended.log;
  if (body === undefined) return { status: 499, headers: {}, body: "", log }; // nobody is there to read it
  if (ended.outcome.outcome !== "refused") return jsonReply(body, log);
  return { status: ended.outcome.error.status, headers: { "content-type": "application/json" }, body, log };
}

function outcomeJson(
  server: McpServer,
  shape: ModernShape,
  request: MrtrRequest,
  caller: Caller,
  { outcome, log }: Ended,
): string | undefined {
  const { id, method } = request;
  log.outcome = outcomeName(outcome);
  switch (outcome.outcome) {
    case "complete":
      return boundedResultJson(id, method, cacheable(method, outcome.result), shape.complete);
    case "refused":
      return errorJson(id, outcome.error);
    case "cancelled":
      return undefined;
    case "task":
      return resultJson(id, { ...outcome.task, resultType: "task", _meta: shape.meta });
    case "asks": {
      const sealed = sealRequestState(server, { ...request, caller, state: outcome.state });
      if (!sealed.ok) {
        const why = `The answers so far are over the ${sealed.problem.bytesMax} bytes that a call can carry along.`;
        return outcomeJson(server, shape, request, caller, { outcome: unable(method, why), log });
      }
      return inputRequiredJson(shape, request, outcome.questions, sealed.value);
    }
    case "detached":
      return errorJson(id, invalidRequest("this client can't come back for a reply")); // canReturn is false: never
  }
}

/** A resource's contents may have changed a moment later; the tenant's other principals may see others. */
function cacheable(method: MrtrMethod, result: object): object {
  return method === "resources/read" ? { ...result, ttlMs: 0, cacheScope: "private" } : result;
}

function inputRequiredJson(
  { complete, meta }: ModernShape,
  { id, method }: MrtrRequest,
  questions: ReadonlyMap<string, Question<unknown>>,
  requestState: string,
): string {
  const inputRequests = Object.fromEntries([...questions].map(([key, { request }]) => [key, request]));
  const asking = { resultType: "input_required", inputRequests, requestState, _meta: meta };
  return boundedResultJson(id, method, asking, (result) => (result === asking ? asking : complete(result)));
}
