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

export function replyLate(replyTimeoutMs: number): HttpProblem {
  const detail = `the project did not begin to answer within ${replyTimeoutMs} ms`;
  return { status: 504, code: "project_timeout", detail };
}
