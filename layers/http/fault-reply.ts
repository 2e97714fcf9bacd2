import type { Call, HttpHandler, HttpReply } from "../core/http/http-message.ts";
import { RETRY_AFTER_SECONDS } from "./limits.ts";
import { problemReply } from "./problem-reply.ts";

/** Where faults go for those who run the server: they are never told to the caller. */
export type FaultReport = (fault: unknown, requestId: string) => void;

/** Turns what a handler throws into a reply that names the call and nothing of the inside. */
export function faultReplies<Passing extends Call>(
  report: FaultReport,
  handler: HttpHandler<Passing>,
): HttpHandler<Passing> {
  return async (request, context) => {
    try {
      return await handler(request, context);
    } catch (fault) {
      report(fault, context.requestId);
      return faultReply(fault, context.requestId);
    }
  };
}

function faultReply(fault: unknown, requestId: string): HttpReply {
  if (faultCode(fault) === "store_unavailable") {
    const detail = "a store does not answer; whether a write took effect is unknown";
    const headers = { "retry-after": String(RETRY_AFTER_SECONDS) };
    return problemReply({ status: 503, code: "store_unavailable", detail, headers }, requestId);
  }
  const detail = "the server failed; whoever runs it finds the reason under this requestId";
  return problemReply({ status: 500, code: "internal", detail }, requestId);
}

/** The stable code of one of our errors (or Node's), where it has one. */
export function faultCode(fault: unknown): string | undefined {
  if (typeof fault !== "object" || fault === null || !("code" in fault)) return undefined;
  return typeof fault.code === "string" ? fault.code : undefined;
}
