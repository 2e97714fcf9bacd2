import type { HttpProblem } from "../problem-reply.ts";

/** Why a call does not come to a project's own answer: the same words wherever projects run. */

export const PROJECT_UNKNOWN: HttpProblem = {
  status: 404,
  code: "project_unknown",
  detail: "there is no such project",
};

export const NOT_RUNNING: HttpProblem = {
  status: 502,
  code: "project_not_running",
  detail: "the project does not run; host.start starts it",
};

export const NOT_LISTENING: HttpProblem = {
  status: 502,
  code: "project_not_listening",
  detail: "the project runs, and nothing listens on its port ($PORT) yet; host.logs tells what it prints",
  headers: { "retry-after": "1" },
};

export const REPLY_BROKEN: HttpProblem = {
  status: 502,
  code: "project_reply_broken",
  detail: "the project ended the connection without an answer, or answered with what is no HTTP",
};

/** Its run is reached from its own region alone. */
export const RUNS_ELSEWHERE: HttpProblem = {
  status: 421,
  code: "project_elsewhere",
  detail: "the project runs in another region; ask under its accessUrl, which leads there",
};

/** A reply that its project said to be larger than a function streams. */
export const REPLY_TOO_LARGE: HttpProblem = {
  status: 413,
  code: "reply_too_large",
  detail: "the project's reply is larger than what can be passed on; ask for a part of it at a time",
};

/** Behind a front door that takes whole replies alone. */
export const REPLY_UNFINISHED: HttpProblem = {
  status: 504,
  code: "project_timeout",
  detail:
    "the project's reply did not come to its end in time; this front door passes whole replies on, and no streams",
};

/** Behind the front doors of AWS's. */
export const NO_WEBSOCKETS: HttpProblem = {
  status: 501,
  code: "websocket_not_carried",
  detail:
    "this server's front door passes no WebSockets on; use server-sent events or polling, or run the project locally",
};

/** What knows of projects, or what leads to them, does not answer. */
export const PASSAGE_UNAVAILABLE: HttpProblem = {
  status: 503,
  code: "passage_unavailable",
  detail: "the way to the project is not there now; whether the call took effect is unknown",
  headers: { "retry-after": "1" },
};

export function replyLate(replyTimeoutMs: number): HttpProblem {
  const detail = `the project did not begin to answer within ${replyTimeoutMs} ms`;
  return { status: 504, code: "project_timeout", detail };
}
