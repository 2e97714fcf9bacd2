import { canonicalJson } from "../../core/canonical-json.ts";
import { ok, type Result, refused } from "../../core/result.ts";
import type { CallState, MrtrMethod } from "../call/call-state.ts";
import type { Caller } from "../call/caller.ts";
import { REQUEST_STATE_BYTES_MAX, REQUEST_STATE_TTL_MS } from "../limits.ts";
import type { McpServer } from "../mcp-server.ts";
import { invalidParams, isRecord, type Params, type RpcError } from "../protocol/json-rpc.ts";

const PURPOSE = "mcp-request-state";

/**
 * What a call carries through its client's hands between two rounds: signed, bound to the principal and to the request
 * (method, name or uri, arguments), and expiring (MCP 2026-07-28, MRTR, "Server Requirements").
 * Not promised: single use. A tool whose effect must happen once keys it by `callId`, which is the same in each replay.
 */
export function sealRequestState(
  server: McpServer,
  call: { readonly method: MrtrMethod; readonly params: Params; readonly caller: Caller; readonly state: CallState },
): Result<string, { readonly reason: "state_too_large"; readonly bytesMax: number }> {
  const sealed = server.seal.seal(
    PURPOSE,
    JSON.stringify({
      ...call.state,
      expiresAtEpochMs: server.clock.nowMs() + REQUEST_STATE_TTL_MS,
      bound: binding(server, call),
    }),
  );
  return sealed.length <= REQUEST_STATE_BYTES_MAX
    ? ok(sealed)
    : refused({ reason: "state_too_large", bytesMax: REQUEST_STATE_BYTES_MAX });
}

/** @returns the state to run with, undefined for a first run, or -32602 for a state that was not given for this request. */
export function readRequestState(
  server: McpServer,
  call: { readonly method: MrtrMethod; readonly params: Params; readonly caller: Caller },
): Result<CallState | undefined, RpcError> {
  const { inputResponses, requestState } = call.params;
  if (inputResponses === undefined && requestState === undefined) return ok(undefined);
  if (inputResponses !== undefined && !isRecord(inputResponses)) {
    return refused(invalidParams("inputResponses is not an object"));
  }
  const answers = inputResponses ?? {};
  if (requestState === undefined) {
    return ok({ callId: server.chance.uuid(), answers, round: 0, returned: false, progress: undefined });
  }
  const opened = typeof requestState === "string" ? openState(server, call, requestState) : undefined;
  if (opened === undefined)
    return refused(invalidParams("requestState was not given for this request, or has expired"));
  return ok({ ...opened, answers: { ...opened.answers, ...answers } });
}

function openState(
  server: McpServer,
  call: { readonly method: MrtrMethod; readonly params: Params; readonly caller: Caller },
  requestState: string,
): CallState | undefined {
  if (requestState.length > REQUEST_STATE_BYTES_MAX) return undefined;
  const text = server.seal.open(PURPOSE, requestState);
  const read: unknown = text === undefined ? undefined : JSON.parse(text);
  if (!isRecord(read) || read.bound !== binding(server, call)) return undefined;
  if (typeof read.expiresAtEpochMs !== "number" || read.expiresAtEpochMs <= server.clock.nowMs()) return undefined;
  const { callId, answers, round, returned, progress, jobId } = read;
  if (typeof callId !== "string" || !isRecord(answers) || typeof round !== "number") return undefined;
  return {
    callId,
    answers,
    round,
    returned: returned === true,
    progress: typeof progress === "number" ? progress : undefined,
    ...(typeof jobId === "string" ? { jobId } : {}),
  };
}

function binding(
  server: McpServer,
  { method, params, caller }: { readonly method: MrtrMethod; readonly params: Params; readonly caller: Caller },
): string {
  const { tenantId, subject } = caller.context.principal;
  const { name, uri } = params;
  return server.seal.digest(canonicalJson([tenantId, subject, method, name, uri, params.arguments]));
}
