import type { HttpReply } from "../../layers/core/http/http-message.ts";
import { unreachable } from "../../layers/core/result.ts";
import { type UserSession, versionTag } from "../../layers/core/user-session/user-session.ts";
import type { UserSessionProblem } from "../../layers/core/user-session/user-session-problem.ts";
import { RETRY_AFTER_SECONDS } from "./limits.ts";
import type { RequestProblem } from "./user-session-request.ts";

/** The methods of the path, in the order in which a 405 tells them. */
export const SESSIONS_METHODS = ["GET", "POST", "PATCH", "DELETE"] as const;
export type SessionsMethod = (typeof SESSIONS_METHODS)[number];

export const SESSIONS_PATH = "/api/sessions";

/** What Hyperpage's clients are told when a method fails for no fault of theirs. */
const FAILED = {
  GET: { code: "SESSION_FETCH_ERROR", message: "Failed to get session" },
  POST: { code: "SESSION_SAVE_ERROR", message: "Failed to save session" },
  PATCH: { code: "SESSION_UPDATE_ERROR", message: "Failed to update session" },
  DELETE: { code: "SESSION_DELETE_ERROR", message: "Failed to delete session" },
} as const;

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export function success(
  method: SessionsMethod,
  body: Readonly<Record<string, unknown>>,
  extra: { readonly session?: UserSession; readonly cookie?: string | undefined } = {},
): HttpReply {
  const { session, cookie } = extra;
  return {
    status: 200,
    headers: { ...JSON_HEADERS, ...(session === undefined ? undefined : { etag: entityTag(versionTag(session)) }) },
    ...(cookie === undefined ? undefined : { cookies: [cookie] }),
    body: JSON.stringify({ success: true, ...body }),
    log: { operation: `${method} ${SESSIONS_PATH}`, outcome: "ok" },
  };
}

/** Says why, the same way for every method. */
export function refusal(method: SessionsMethod, problem: UserSessionProblem | RequestProblem): HttpReply {
  return refusalReply(`${method} ${SESSIONS_PATH}`, problem.reason, refusalOf(method, problem));
}

/** The table did not answer: nothing is acknowledged, and the same request may be sent again. */
export function storeFailed(method: SessionsMethod): HttpReply {
  return refusalReply(`${method} ${SESSIONS_PATH}`, "store_unavailable", {
    ...FAILED[method],
    status: 503,
    headers: RETRY_AFTER,
  });
}

export function methodNotAllowed(): HttpReply {
  return refusalReply(SESSIONS_PATH, "method_not_allowed", {
    status: 405,
    code: "METHOD_NOT_ALLOWED",
    message: "Method not allowed",
    headers: { allow: SESSIONS_METHODS.join(", ") },
  });
}

const JSON_HEADERS = { "content-type": "application/json", "cache-control": "no-store" };
const RETRY_AFTER = { "retry-after": String(RETRY_AFTER_SECONDS) };

function refusalOf(method: SessionsMethod, problem: UserSessionProblem | RequestProblem): Refusal {
  switch (problem.reason) {
    case "user_session_unknown":
      return { status: 401, code: "SESSION_NOT_FOUND", message: "Session not found or expired" };
    case "user_session_id_missing":
      return { status: 400, code: "INVALID_SESSION_ID", message: "sessionId is required" };
    case "user_session_id_malformed":
      return { status: 400, code: "INVALID_SESSION_ID", message: "Invalid sessionId" };
    case "request_invalid":
      return { status: 400, code: "INVALID_SESSION_REQUEST", message: problem.message };
    case "user_session_invalid": {
      const message = "Invalid session: the details say which members and why";
      return { status: 400, code: "INVALID_SESSION_REQUEST", message, details: { issues: problem.issues } };
    }
    case "media_type_unsupported": {
      const message = `Send the body as ${problem.allowed.join(" or ")}`;
      return { status: 415, code: "UNSUPPORTED_MEDIA_TYPE", message };
    }
    case "body_too_large": {
      const message = `The body may have ${problem.bytesMax} bytes`;
      return { status: 413, code: "REQUEST_TOO_LARGE", message, details: sizes(problem) };
    }
    case "user_session_too_large": {
      const message = `The session would have ${problem.bytes} bytes and may have ${problem.bytesMax}`;
      return { status: 413, code: "SESSION_TOO_LARGE", message, details: sizes(problem) };
    }
    case "user_sessions_full": {
      const message = `The tenant has reached its limit of sessions, which is ${problem.sessionsMax}`;
      return { status: 409, code: "SESSION_LIMIT_REACHED", message, details: { sessionsMax: problem.sessionsMax } };
    }
    case "user_session_conflict": {
      const headers = { etag: entityTag(problem.tag) };
      const message = "The session has changed since the version named in If-Match";
      return { status: 409, code: "SESSION_CONFLICT", message, headers };
    }
    case "user_session_contended":
      return { ...FAILED[method], status: 503, headers: RETRY_AFTER };
    default:
      return unreachable(problem);
  }
}

function refusalReply(operation: string, outcome: string, refusal: Refusal): HttpReply {
  const { status, code, message, details, headers } = refusal;
  return {
    status,
    headers: { ...JSON_HEADERS, ...headers },
    body: JSON.stringify({
      success: false,
      error: { code, message },
      ...(details === undefined ? undefined : { details }),
    }),
    log: { operation, outcome },
  };
}

function sizes({ bytes, bytesMax }: { readonly bytes: number; readonly bytesMax: number }) {
  return { bytes, bytesMax };
}

function entityTag(tag: string): string {
  return `"${tag}"`;
}
