import type { LogLevel, LogStream } from "./log-line.ts";
import { withoutTerminalOrders } from "./log-text.ts";

/** How far into a line its level is looked for: past a time, a place and the name of a logger. */
const HEAD_CHARACTERS_MAX = 160;

const LEVEL_OF_NAME: ReadonlyMap<string, LogLevel> = new Map([
  ...(["trace", "verbose", "debug", "dbg", "silly", "finest", "finer", "fine"] as const).map(level("debug")),
  ...(["info", "information", "informational", "inf", "notice", "log", "success"] as const).map(level("info")),
  ...(["warn", "warning", "wrn"] as const).map(level("warn")),
  ...(["error", "err", "fatal", "critical", "crit", "severe", "panic", "alert", "emerg", "emergency"] as const).map(
    level("error"),
  ),
]);

function level(of: LogLevel): (name: string) => readonly [string, LogLevel] {
  return (name) => [name, of];
}

/**
 * How grave a line is, from what loggers of all sorts write: a level in JSON or in `level=`, a word at the beginning in
 * capitals, in brackets or before a colon, glog's and logcat's letters, and the first lines of stack traces.
 *
 * A line that says nothing of it is `info`, and `warn` where it came out of stderr: programs write there what is not their
 * result, of which most is no error.
 */
export function levelOf(text: string, stream: LogStream): LogLevel {
  const plain = withoutTerminalOrders(text).trim();
  return jsonLevel(plain) ?? textLevel(plain) ?? (stream === "stderr" ? "warn" : "info");
}

function textLevel(plain: string): LogLevel | undefined {
  const head = plain.slice(0, HEAD_CHARACTERS_MAX);
  return (
    letterLevel(head) ??
    named(KEY_VALUE.exec(head)?.[1]) ??
    wordLevel(head) ??
    (TRACE_START.test(head) || ERROR_NAME.test(plain) ? "error" : undefined)
  );
}

const KEY_VALUE = /(?:^|[\s,;|])(?:level|lvl|severity|loglevel)=["']?([A-Za-z]+)/i;
/** A word that may be a level, with what stands beside it. */
const WORDS = /([[(<{|]?)\b([A-Za-z]+)\b([\])>}|:!]?)/g;
const WORDS_MAX = 12;

function wordLevel(head: string): LogLevel | undefined {
  let count = 0;
  for (const match of head.matchAll(WORDS)) {
    if (count++ === WORDS_MAX) return undefined;
    const [whole, opening = "", word = "", closing = ""] = match;
    const found = named(word);
    if (found !== undefined && isMarked(head, { at: match.index, whole, opening, word, closing })) return found;
  }
  return undefined;
}

interface FoundWord {
  readonly at: number;
  readonly whole: string;
  readonly opening: string;
  readonly word: string;
  readonly closing: string;
}

const MAY_STAND_BEFORE = /[\s\])>}|:;,."'-]/;
const CLOSINGS: ReadonlySet<string> = new Set(["]", ")", ">", "}", "|"]);
const MAY_STAND_AFTER = /[\s[(<{|:;,"'=-]/;

/** A level, and not a word of a sentence, nor a part of a path or a name. */
function isMarked(head: string, { at, whole, opening, word, closing }: FoundWord): boolean {
  const before = head[at - 1];
  const after = head[at + whole.length];
  if (before !== undefined && opening === "" && !MAY_STAND_BEFORE.test(before)) return false;
  if (after !== undefined && closing === "" && !MAY_STAND_AFTER.test(after)) return false;
  if (word === word.toUpperCase()) return true;
  if ((opening !== "" || before === ":") && CLOSINGS.has(closing)) return true;
  return closing === ":" || (at === 0 && word === word.toLowerCase());
}

/** `E0102 15:04:05.000 …` of glog and klog, `E/Tag: …` of logcat. */
const LETTER = /^([DVIWEF])(?:\d{4} \d\d:|\/[\w.]+[(:])/;
const LEVEL_OF_LETTER: ReadonlyMap<string, LogLevel> = new Map([
  ["D", "debug"],
  ["V", "debug"],
  ["I", "info"],
  ["W", "warn"],
  ["E", "error"],
  ["F", "error"],
]);

function letterLevel(head: string): LogLevel | undefined {
  return LEVEL_OF_LETTER.get(LETTER.exec(head)?.[1] ?? "");
}

/** Python, Java, Go and Node, at the beginning of what they say before they end. */
const TRACE_START =
  /^(?:Traceback \(most recent call last\)|Exception in thread|Unhandled|Uncaught|Caused by:|npm ERR!)/;
/** `TypeError: …`, `java.io.IOException: …`, and `warning:`'s graver sisters in the middle of a line. */
const ERROR_NAME = /(?:^|[\s.([])(?:(?:[A-Z]\w{0,80})?(?:Error|Exception)|error|fatal|panic)(?:\s?\[\w{1,60}\])?: /;

/** The names under which loggers write their level, the commonest first. */
const JSON_KEYS = ["level", "severity", "lvl", "log.level", "loglevel", "levelname", "@level", "Level"] as const;

function jsonLevel(plain: string): LogLevel | undefined {
  if (!plain.startsWith("{") || !plain.endsWith("}")) return undefined;
  const record = parsedRecord(plain);
  if (record === undefined) return undefined;
  for (const key of JSON_KEYS) {
    const found = jsonValueLevel(record[key]);
    if (found !== undefined) return found;
  }
  const { log } = record; // ECS writes log.level either way
  return isRecord(log) ? jsonValueLevel(log.level) : undefined;
}

function jsonValueLevel(value: unknown): LogLevel | undefined {
  if (typeof value === "number") return numberLevel(value);
  return typeof value === "string" ? named(value) : undefined;
}

/** Pino's and Bunyan's numbers, from 10 for a trace to 60; below that they are syslog's, 0 for an emergency to 7. */
function numberLevel(value: number): LogLevel | undefined {
  if (!Number.isFinite(value) || value < 0) return undefined;
  if (value >= 50) return "error";
  if (value >= 40) return "warn";
  if (value >= 30) return "info";
  if (value >= 10) return "debug";
  if (value <= 3) return "error";
  if (value <= 4) return "warn";
  return value <= 6 ? "info" : "debug";
}

function named(name: string | undefined): LogLevel | undefined {
  return name === undefined ? undefined : LEVEL_OF_NAME.get(name.toLowerCase());
}

function parsedRecord(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(json);
    return isRecord(parsed) ? parsed : undefined;
  } catch {
    return undefined; // a line of text in braces
  }
}

function isRecord(raw: unknown): raw is Readonly<Record<string, unknown>> {
  return typeof raw === "object" && raw !== null;
}
