import type { HttpRequest } from "../core/http/http-message.ts";
import type { LogSequence } from "../core/log/log-line.ts";
import type { LogQuery } from "../core/log/log-query.ts";
import { type LogQueryProblem, logQueryProblemText } from "../core/log/log-query-problem.ts";
import { logQueryOf } from "../core/log/parse-log-query.ts";
import { ok, type Result, refused } from "../core/result.ts";
import { LOG_TAIL_DEFAULT, LOG_TAIL_MAX } from "./limits.ts";

export interface LogStreamAsked {
  readonly query: LogQuery;
  /** How many of the newest lines are told first; 0 for none. */
  readonly tailCount: number;
  /** Whether what comes is told as well. */
  readonly isFollowed: boolean;
  /** The last line that the client was told, when it comes back. Then it is told what came after, instead of history. */
  readonly after?: LogSequence;
}

export type LogStreamProblem =
  | LogQueryProblem
  | { readonly reason: "tail_malformed"; readonly max: number }
  | { readonly reason: "flag_malformed"; readonly name: string };

export function logStreamProblemText(problem: LogStreamProblem): string {
  switch (problem.reason) {
    case "tail_malformed":
      return `tail is a whole number from 0 to ${problem.max}`;
    case "flag_malformed":
      return `${problem.name} is true or false`;
    default:
      return logQueryProblemText(problem);
  }
}

/**
 * Reads what a stream is asked for in its query: `level`, `stream`, `search`, `since`, `until`, `tail`, `follow` and
 * `includeHistory`, all of which may be left out. A client that can't set the header `Last-Event-ID` says
 * `lastEventId` here.
 */
export function readLogStream(request: HttpRequest, nowMs: number): Result<LogStreamAsked, LogStreamProblem> {
  const given = new URLSearchParams(request.query);
  const field = (name: string): string | undefined => given.get(name) ?? undefined;
  const query = logQueryOf(
    {
      query: field("search"),
      level: field("level"),
      stream: field("stream"),
      since: field("since"),
      until: field("until"),
    },
    nowMs,
  );
  if (!query.ok) return query;
  const tail = field("tail") ?? String(LOG_TAIL_DEFAULT);
  if (!/^\d{1,6}$/.test(tail) || Number(tail) > LOG_TAIL_MAX)
    return refused({ reason: "tail_malformed", max: LOG_TAIL_MAX });
  const [isFollowed, hasHistory] = [flag(field("follow")), flag(field("includeHistory"))];
  if (isFollowed === undefined) return refused({ reason: "flag_malformed", name: "follow" });
  if (hasHistory === undefined) return refused({ reason: "flag_malformed", name: "includeHistory" });
  const after = request.headers["last-event-id"] ?? field("lastEventId") ?? "";
  return ok({
    query: query.value,
    tailCount: hasHistory ? Number(tail) : 0,
    isFollowed,
    ...(after !== "" && { after }),
  });
}

/** What is left out is wanted. */
function flag(text: string | undefined): boolean | undefined {
  if (text === undefined || text === "" || text === "true" || text === "1") return true;
  return text === "false" || text === "0" ? false : undefined;
}
