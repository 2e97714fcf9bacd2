import type { HttpReply } from "../../layers/core/http/http-message.ts";
import { JSON_DEPTH_MAX, parsedBody } from "../../layers/core/parsed-json.ts";
import { ok, type Result, refused } from "../../layers/core/result.ts";
import { type HostCode, type HostFailure, invalidParams } from "../../layers/host/host-failure.ts";

/** Beside those of the tools, what the surface itself refuses with. */
export type SurfaceCode = HostCode | "METHOD_NOT_FOUND" | "TOOL_NOT_FOUND" | "LISTENERS_FULL" | "INTERNAL_ERROR";
export interface SurfaceFailure extends Omit<HostFailure, "code"> {
  readonly code: SurfaceCode;
}

/** Of the MCP Debug Host: 400 for what the caller got wrong, 404 for a route, 408 for a timeout, 500 for the rest. */
const STATUS: Readonly<Record<SurfaceCode, number>> = {
  INVALID_PARAMS: 400,
  TOOL_NOT_FOUND: 400,
  INVALID_PORT: 400,
  WRONG_RANGE: 400,
  METHOD_NOT_FOUND: 404,
  TIMEOUT: 408,
  PROJECT_RUNNING: 409,
  PROJECT_BUSY: 409,
  QUOTA_EXCEEDED: 409,
  SYSTEM_RESERVED: 409,
  PORT_IN_USE: 409,
  HOST_PORT_BUSY: 409,
  NO_AVAILABLE_PORTS: 409,
  RUNNER_FULL: 503,
  LISTENERS_FULL: 503,
  INTERNAL_ERROR: 500,
};

export function jsonReply(status: number, body: unknown, outcome = "ok"): HttpReply {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return { status, headers, body: JSON.stringify(body), log: { outcome } };
}

/** Under `/mcp/`: what was asked for, or why not, and never both. */
export function resultReply(outcome: Result<unknown, SurfaceFailure>): HttpReply {
  if (outcome.ok) return jsonReply(200, { result: outcome.value, error: null });
  return failureReply(outcome.problem, { result: null, error: outcome.problem });
}

/** Under `/api/`: the answer itself, and `error` for a refusal. */
export function apiReply(outcome: Result<unknown, SurfaceFailure>): HttpReply {
  if (outcome.ok) return jsonReply(200, outcome.value);
  const { code, message, details } = outcome.problem;
  const reply = failureReply(outcome.problem, {
    success: false,
    error: message,
    code,
    ...(details && { details }),
    ...suggestedPort(details),
  });
  const isAbsent = ABSENT.some((reason) => details?.reason === reason);
  return isAbsent ? { ...reply, status: 404 } : reply;
}

const ABSENT = ["PROJECT_NOT_FOUND", "UPLOAD_NOT_FOUND", "WORKSPACE_NOT_UPLOADED"];

function failureReply({ code, details }: SurfaceFailure, body: object): HttpReply {
  const reply = jsonReply(STATUS[code], body, code.toLowerCase());
  const seconds = details?.retryAfterSeconds;
  return typeof seconds === "number"
    ? { ...reply, headers: { ...reply.headers, "retry-after": String(seconds) } }
    : reply;
}

function suggestedPort(details: HostFailure["details"]): object {
  const [first] = Array.isArray(details?.suggestions) ? details.suggestions : [];
  return typeof first === "number" ? { suggestedPort: first } : {};
}

/** An empty body is an empty object: many clients send none where nothing is to be said. */
export function bodyOf(body: Uint8Array): Result<unknown, HostFailure> {
  if (body.byteLength === 0) return ok({});
  const json = parsedBody(body);
  if (json !== undefined) return ok(json);
  return refused(invalidParams(`The body is not JSON in UTF-8, or is nested more than ${JSON_DEPTH_MAX} deep`));
}
