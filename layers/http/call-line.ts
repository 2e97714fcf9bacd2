import type { DoorCall, HttpReply, HttpRequest } from "../core/http/http-message.ts";

/** The one line that a call leaves behind. Nothing else of a call is written down. */
export interface CallLine {
  readonly atEpochMs: number;
  /** `none` where nobody was recognised. */
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
  /** Of the request's body. */
  readonly bytesIn: number;
  /** Whether it came as far as its handler: only such calls are charged for. */
  readonly admitted: boolean;
  /** How long a drill let the call wait, of its duration. */
  readonly injectedDelayMs?: number;
  /** Of the trace that a front door began. */
  readonly traceId?: string;
}

/** Source: AWS X-Ray developer guide, "Tracing header" (read 2026-11-20). */
const TRACE_PATTERN = /(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/;

export interface CallMeasure {
  readonly startedAtEpochMs: number;
  /** By a clock that never jumps. */
  readonly durationMs: number;
  readonly bytes: number;
  readonly injectedDelayMs?: number | undefined;
}

/** Made after the reply's body has ended, since a stream learns its outcome on the way. */
export function callLine(request: HttpRequest, reply: HttpReply, call: DoorCall, measure: CallMeasure): CallLine {
  const { log, status } = reply;
  const traceId = TRACE_PATTERN.exec(request.headers["x-amzn-trace-id"] ?? "")?.[1];
  return {
    atEpochMs: measure.startedAtEpochMs,
    tenantId: call.tenantId ?? "none",
    requestId: call.requestId,
    operation: log?.operation ?? request.method,
    ...(log?.tool === undefined ? undefined : { tool: log.tool }),
    outcome: log?.outcome ?? (status < 400 ? "ok" : "refused"),
    status,
    durationMs: measure.durationMs,
    bytes: measure.bytes,
    bytesIn: request.body.byteLength,
    admitted: call.admitted,
    ...(measure.injectedDelayMs === undefined ? undefined : { injectedDelayMs: measure.injectedDelayMs }),
    ...(traceId === undefined ? undefined : { traceId }),
  };
}
