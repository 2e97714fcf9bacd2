import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LINE_CHARACTERS_MAX } from "../../../../layers/core/log/limits.ts";
import { levelOf } from "../../../../layers/core/log/log-level.ts";
import { LOG_LEVELS, type LogLevel } from "../../../../layers/core/log/log-line.ts";

const LINES: readonly (readonly [text: string, level: LogLevel])[] = [
  // JSON: pino, winston, zap, ECS, Google Cloud, syslog's numbers
  ['{"level":50,"time":1700000000000,"msg":"lost"}', "error"],
  ['{"level":40,"msg":"slow"}', "warn"],
  ['{"level":30,"msg":"ready"}', "info"],
  ['{"level":20,"msg":"cache miss, error: none"}', "debug"],
  ['{"message":"x","level":"warn"}', "warn"],
  ['{"severity":"CRITICAL","message":"x"}', "error"],
  ['{"log.level":"DEBUG"}', "debug"],
  ['{"log":{"level":"error"}}', "error"],
  ['{"level":3,"short_message":"gelf"}', "error"],
  ['{"level":7}', "debug"],
  // logfmt
  ['ts=2027-01-01T00:00:00Z level=error msg="boom"', "error"],
  ["time=x lvl=warn component=db", "warn"],
  // with a time, a place, a logger before it
  ["2027-01-01 12:00:00,123 ERROR [main] com.acme.Db - gone", "error"],
  ["2027-01-01T00:00:00.000Z  INFO 1234 --- [main] o.s.b.Started", "info"],
  ["[2027-01-01 00:00:00] production.ERROR: SQLSTATE", "error"],
  ["[Fri Jan 01 00:00:00 2027] [php:warn] [pid 1] x", "warn"],
  ["[Nest] 12 - LOG [NestFactory] Starting", "info"],
  ["WARNING:root:careful", "warn"],
  ["INFO:     127.0.0.1:5000 - GET / 200", "info"],
  ["DEBUG cache warm", "debug"],
  ["[error] it broke", "error"],
  ["<warn> low on disk", "warn"],
  ["error: no such file", "error"],
  ["error Command failed with exit code 1.", "error"],
  ["warn  - slow page", "warn"],
  ["\u001b[31mERROR\u001b[39m it broke", "error"],
  ["\u001b[33m[warn]\u001b[0m slow", "warn"],
  // letters
  ["E0102 15:04:05.000000 1 main.go:7] lost", "error"],
  ["W0102 15:04:05.000000 1 main.go:7] late", "warn"],
  ["D/Radio: on", "debug"],
  // stack traces and names of errors
  ["Traceback (most recent call last):", "error"],
  ['Exception in thread "main" java.lang.Error', "error"],
  ["TypeError: x is not a function", "error"],
  ["java.io.IOException: broken pipe", "error"],
  ["Error [ERR_MODULE_NOT_FOUND]: Cannot find package", "error"],
  ["(node:1) DeprecationWarning: old", "info"],
  ["npm ERR! code ELIFECYCLE", "error"],
  ["panic: runtime error: index out of range", "error"],
  ["fatal: not a git repository", "error"],
  ["Could not connect, error: refused", "error"],
  // no level
  ["listening on http://127.0.0.1:3000", "info"],
  ["0 errors, 2 warnings", "info"],
  ["GET /error 200", "info"],
  ["GET /ERROR 200", "info"],
  ["the information desk", "info"],
  ["Debugger listening on ws://127.0.0.1:9229", "info"],
  ["my-error-page rendered", "info"],
  ["{not json} error", "info"],
  ["", "info"],
];

test.each(LINES)("%j is %s on stdout", (text, level) => {
  expect(levelOf(text, "stdout")).toBe(level);
});

describe("on stderr", () => {
  test("a line without a level is a warning", () => {
    expect(levelOf("127.0.0.1 - - GET / 200", "stderr")).toBe("warn");
  });

  test("a line with a level has that one", () => {
    expect(levelOf("INFO started", "stderr")).toBe("info");
    expect(levelOf("TypeError: no", "stderr")).toBe("error");
  });
});

test("a line of the runner itself is told as information", () => {
  expect(levelOf("ended with exit code 1", "system")).toBe("info");
});

test("any text has a level, and the same one without its colours", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      expect(LOG_LEVELS).toContain(levelOf(text, "stdout"));
      expect(levelOf(`\u001b[1;31m${text}\u001b[0m`, "stdout")).toBe(levelOf(text.replaceAll("\u001b", ""), "stdout"));
    }),
    { examples: [["ERROR x"], ["[warn]"]] },
  );
});

describe("the longest line takes no longer than its length whatever is in it", () => {
  const worst: readonly (readonly [string, string])[] = [
    ["escapes that never end", "\u001b["],
    ["titles that never end", "\u001b]"],
    ["parameters", "\u001b[0;"],
    ["braces", "{"],
    ["capitals", "A"],
    ["words", "Error "],
    ["brackets", "[ERR"],
    ["names of errors", "XError [a"],
    ["level signs", "level="],
  ];

  test.each(worst)("%s", (_name, piece) => {
    const text = piece.repeat(LINE_CHARACTERS_MAX / piece.length);

    // With the square of the length this would outlast any test's time.
    for (let count = 0; count < 200; count++) expect(LOG_LEVELS).toContain(levelOf(text, "stdout"));
  });
});
