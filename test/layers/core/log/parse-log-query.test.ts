import { describe, expect, test } from "vitest";
import { QUERY_CHARACTERS_MAX, QUERY_TERMS_MAX } from "../../../../layers/core/log/limits.ts";
import { type LogQueryProblem, logQueryProblemText } from "../../../../layers/core/log/log-query-problem.ts";
import { logQueryOf, parseLogQuery } from "../../../../layers/core/log/parse-log-query.ts";

const NOW_MS = Date.parse("2027-01-31T12:00:00Z");

function parsed(text: string) {
  const query = parseLogQuery(text, NOW_MS);
  return query.ok ? query.value : query.problem;
}

const TEXTS: readonly (readonly [query: string, found: object])[] = [
  ["", { includes: [], excludes: [] }],
  ["  \t ", { includes: [], excludes: [] }],
  ["Disk FULL", { includes: ["disk", "full"], excludes: [] }],
  ['"disk is full"', { includes: ["disk is full"], excludes: [] }],
  ['-"health check" -ping +pong', { includes: ["pong"], excludes: ["health check", "ping"] }],
  ['say \\"hi', { reason: "quote_open", position: 5 }],
  ['"say \\"hi\\" \\\\ there"', { includes: ['say "hi" \\ there'], excludes: [] }],
  ['ab"c d"e', { includes: ["abc de"], excludes: [] }],
  ["http://127.0.0.1:3000/x", { includes: ["http://127.0.0.1:3000/x"], excludes: [] }],
  ["TypeError: -levels:error", { includes: ["typeerror:"], excludes: ["levels:error"] }],
  ['"level:error"', { includes: ["level:error"], excludes: [] }],
  ["/api/v1/", { includes: ["/api/v1/"], excludes: [] }],
  ["ΟΔΟΣ", { includes: ["οδοσ"], excludes: [] }],
];

test.each(TEXTS)("%j looks for %o", (text, found) => {
  expect(parsed(text)).toEqual(found);
});

const NAMES: readonly (readonly [query: string, found: object])[] = [
  ["level:error", { levels: new Set(["error"]) }],
  ['LEVEL:"Error"', { levels: new Set(["error"]) }],
  ["level:error,warn", { levels: new Set(["warn", "error"]) }],
  ["level:error level:warn", { levels: new Set(["warn", "error"]) }],
  ["-level:debug", { levels: new Set(["info", "warn", "error"]) }],
  ["level:error,debug -level:debug", { levels: new Set(["error"]) }],
  ["stream:stderr", { streams: new Set(["stderr"]) }],
  ["-stream:stdout,system", { streams: new Set(["stderr"]) }],
  ["run:r-1 container:r-2,r-3", { runIds: new Set(["r-1", "r-2", "r-3"]) }],
  ["-run:r-1", { otherThanRunIds: new Set(["r-1"]) }],
  ["since:15m", { sinceEpochMs: NOW_MS - 15 * 60_000 }],
  [
    "after:2027-01-31 before:2027-01-31T09:30:00+01:00",
    { sinceEpochMs: Date.UTC(2027, 0, 31), untilEpochMs: Date.UTC(2027, 0, 31, 8, 30) },
  ],
  ["since:2h since:1h until:10m until:20m", { sinceEpochMs: NOW_MS - 3_600_000, untilEpochMs: NOW_MS - 20 * 60_000 }],
];

test.each(NAMES)("%j narrows to %o", (text, found) => {
  expect(parsed(text)).toEqual({ includes: [], excludes: [], ...found });
});

test("what is asked for beside the query narrows it further", () => {
  const fields = {
    query: "disk level:error,warn run:a,b since:2h",
    level: "warn",
    stream: "stderr",
    run: "b,c",
    since: "1h",
    until: "",
  };

  expect(logQueryOf(fields, NOW_MS)).toEqual({
    ok: true,
    value: {
      includes: ["disk"],
      excludes: [],
      levels: new Set(["warn"]),
      streams: new Set(["stderr"]),
      runIds: new Set(["b"]),
      sinceEpochMs: NOW_MS - 3_600_000,
    },
  });
});

describe("a query is refused, with a text that says why,", () => {
  const levels = ["debug", "info", "warn", "error"];
  const REFUSED: readonly (readonly [query: string, problem: LogQueryProblem, says: RegExp])[] = [
    ["x".repeat(QUERY_CHARACTERS_MAX + 1), { reason: "query_too_long", charactersMax: 1000 }, /1000/],
    ["x ".repeat(QUERY_TERMS_MAX + 1), { reason: "terms_too_many", termsMax: 32 }, /32/],
    ['ab "c', { reason: "quote_open", position: 3 }, /position 3/],
    ["ab - c", { reason: "term_empty", position: 3 }, /position 3/],
    ['""', { reason: "term_empty", position: 0 }, /position 0/],
    ["level:fatal", { reason: "value_unknown", key: "level", allowed: levels }, /debug, info, warn, error/],
    ["level:", { reason: "value_unknown", key: "level", allowed: levels }, /level takes/],
    ["stream:x", { reason: "value_unknown", key: "stream", allowed: ["stdout", "stderr", "system"] }, /stdout/],
    ["run:", { reason: "value_missing", key: "run" }, /run/],
    ["after:yesterday", { reason: "time_malformed", key: "after" }, /after takes a moment/],
    ["-since:1h", { reason: "time_excluded", key: "since" }, /since can't/],
    ["since:1h until:2h", { reason: "range_empty" }, /ends before/],
    ["/time(d)? out/", { reason: "expression_refused" }, /regular/],
  ];

  test.each(REFUSED)("%j", (text, problem, says) => {
    expect(parsed(text)).toEqual(problem);
    expect(logQueryProblemText(problem)).toMatch(says);
  });

  test("though not one at its limits", () => {
    expect(parseLogQuery("x".repeat(QUERY_CHARACTERS_MAX), NOW_MS).ok).toBe(true);
    expect(parseLogQuery("x ".repeat(QUERY_TERMS_MAX), NOW_MS).ok).toBe(true);
  });
});
