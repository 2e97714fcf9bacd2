import type { HttpReply } from "../core/http/http-message.ts";

/** The status' own words (RFC 9110, section 15), which RFC 9457 asks for as the title of a problem without a type. */
const TITLES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  426: "Upgrade Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
} as const;

export interface HttpProblem {
  readonly status: keyof typeof TITLES;
  /** Stable: callers match on it. It is also the outcome in the call's log line. */
  readonly code: string;
  /** For the person who reads it: what was wrong and what is allowed. Nothing of the inside. */
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal by the door itself, as RFC 9457 writes problems. */
export function problemReply(problem: HttpProblem, requestId: string): HttpReply {
  const { status, code, detail } = problem;
  return {
    status,
    headers: { "content-type": "application/problem+json", "cache-control": "no-store", ...problem.headers },
    body: JSON.stringify({ status, title: TITLES[status], code, detail, requestId }),
    log: { outcome: code },
  };
}
