import type { Call, HttpReply } from "../../core/http/http-message.ts";
import type { Action } from "../../core/tenant/action.ts";
import { type HttpProblem, problemReply } from "../problem-reply.ts";

/** What became of a call, before it is HTTP. */
export type OperationOutcome =
  | { readonly json?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly text: string; readonly contentType: string; readonly headers?: Readonly<Record<string, string>> }
  | {
      readonly problem: HttpProblem;
      /** Where it was refused for want of a right that only what was sent asks for. It stands in the audit log then. */
      readonly refusedAction?: Action;
    };

/** @param status of an outcome that is no problem. */
export function replyOf(outcome: OperationOutcome, status: number, { requestId }: Pick<Call, "requestId">): HttpReply {
  if ("problem" in outcome) return refusalOf(outcome, requestId);
  const headers = { ...NO_STORE, ...outcome.headers };
  if ("text" in outcome) {
    return { status, headers: { ...headers, "content-type": outcome.contentType }, body: outcome.text, log: DONE };
  }
  if (outcome.json === undefined) return { status, headers, body: "", log: DONE };
  const body = JSON.stringify(outcome.json);
  return { status, headers: { ...headers, "content-type": "application/json" }, body, log: DONE };
}

function refusalOf(
  { problem, refusedAction }: Extract<OperationOutcome, { readonly problem: HttpProblem }>,
  requestId: string,
): HttpReply {
  const reply = problemReply(problem, requestId);
  return refusedAction === undefined ? reply : { ...reply, log: { ...reply.log, refusedAction } };
}

/** What a tenant is and has changes, and some of it is told once. */
const NO_STORE = { "cache-control": "no-store" } as const;
const DONE = { outcome: "ok" } as const;
