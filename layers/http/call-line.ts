import type { CallContext, HttpReply, HttpRequest } from "../core/http/http-message.ts";

/** The one line that a call leaves behind. Nothing else of a call is written down. */
export interface CallLine {
  readonly atEpochMs: number;
  readonly tenantId: string;
  readonly requestId: string;
  /** The MCP method, or the HTTP method and the route. Never the path as sent: it may hold a secret. */
  readonly operation: string;
  readonly tool?: string;
  readonly outcome: string;
  readonly status: number;
  readonly durationMs: number;
  /** Of the reply's body as sent. */
  readonly bytes: number;
}

export interface CallMeasure {
  readonly startedAtEpochMs: number;
  /** By a clock that never jumps. */
  readonly durationMs: number;
  readonly bytes: number;
}

/** Made after the reply's body has ended, since a stream learns its outcome on the way. */
export function callLine(request: HttpRequest, reply: HttpReply, context: CallContext, measure: CallMeasure): CallLine {
  const { log, status } = reply;
  return {
    atEpochMs: measure.startedAtEpochMs,
    tenantId: context.principal.tenantId,
    requestId: context.requestId,
    operation: log?.operation ?? request.method,
    ...(log?.tool === undefined ? undefined : { tool: log.tool }),
    outcome: log?.outcome ?? (status < 400 ? "ok" : "refused"),
    status,
    durationMs: measure.durationMs,
    bytes: measure.bytes,
  };
}
