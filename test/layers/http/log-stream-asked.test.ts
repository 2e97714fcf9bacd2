import { expect, test } from "vitest";
import type { HttpRequest } from "../../../layers/core/http/http-message.ts";
import { LOG_TAIL_DEFAULT, LOG_TAIL_MAX } from "../../../layers/http/limits.ts";
import { type LogStreamProblem, logStreamProblemText, readLogStream } from "../../../layers/http/log-stream-asked.ts";

const NOW_MS = Date.UTC(2027, 0, 1);

function read(query: string, headers: HttpRequest["headers"] = {}) {
  const body = new Uint8Array(0);
  const asked = readLogStream(
    { method: "GET", path: "/", query, headers, body, remoteAddress: "::1", tls: false },
    NOW_MS,
  );
  return asked.ok ? asked.value : asked.problem;
}

test("a stream for which nothing is asked has some history and goes on", () => {
  expect(read("")).toEqual({ query: { includes: [], excludes: [] }, tailCount: LOG_TAIL_DEFAULT, isFollowed: true });
});

test("all that the MCP Debug Host takes is read", () => {
  expect(read("level=error&stream=stderr&search=a+%22b+c%22&tail=7&follow=false&includeHistory=true&since=1m")).toEqual(
    {
      query: {
        includes: ["a", "b c"],
        excludes: [],
        levels: new Set(["error"]),
        streams: new Set(["stderr"]),
        sinceEpochMs: NOW_MS - 60_000,
      },
      tailCount: 7,
      isFollowed: false,
    },
  );
});

test("a client's last event is read from its header, or from the query", () => {
  expect(read("", { "last-event-id": "7" })).toMatchObject({ after: "7" });
  expect(read("lastEventId=8")).toMatchObject({ after: "8" });
  expect(read("lastEventId=8", { "last-event-id": "7" })).toMatchObject({ after: "7" });
  expect(read("lastEventId=")).not.toHaveProperty("after");
});

const REFUSED: readonly (readonly [query: string, problem: LogStreamProblem, says: RegExp])[] = [
  ["tail=-1", { reason: "tail_malformed", max: LOG_TAIL_MAX }, /0 to 5000/],
  ["tail=5001", { reason: "tail_malformed", max: LOG_TAIL_MAX }, /0 to 5000/],
  ["tail=", { reason: "tail_malformed", max: LOG_TAIL_MAX }, /tail/],
  ["tail=1e3", { reason: "tail_malformed", max: LOG_TAIL_MAX }, /tail/],
  ["follow=maybe", { reason: "flag_malformed", name: "follow" }, /follow is true or false/],
  ["includeHistory=no", { reason: "flag_malformed", name: "includeHistory" }, /includeHistory/],
  ["level=loud", { reason: "value_unknown", key: "level", allowed: ["debug", "info", "warn", "error"] }, /level takes/],
  ["search=%22a", { reason: "quote_open", position: 0 }, /never closed/],
];

test.each(REFUSED)("%j is refused with its reason", (query, problem, says) => {
  expect(read(query)).toEqual(problem);
  expect(logStreamProblemText(problem)).toMatch(says);
});
