import { ok, type Result, refused } from "../result.ts";
import { QUERY_CHARACTERS_MAX } from "./limits.ts";
import { LOG_LEVELS, LOG_STREAMS } from "./log-line.ts";
import type { LogQuery } from "./log-query.ts";
import type { LogQueryProblem } from "./log-query-problem.ts";
import { type QueryTerm, readQueryTerms } from "./log-query-terms.ts";
import { folded } from "./log-text.ts";
import { parseLogTime } from "./log-time.ts";

/** What is asked for beside a query, in fields of its own; narrows it further. Left out or empty, it asks for nothing. */
export interface LogFields {
  readonly query?: string | undefined;
  /** One, or several with commas between them. */
  readonly level?: string | undefined;
  readonly stream?: string | undefined;
  readonly run?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

/**
 * A query as people type it: words, `"a phrase"`, `-without`, `level:error`, `stream:stderr`, `run:<id>`, `since:15m`,
 * `until:2027-01-31T09:30:00Z`. All of it has to hold for a line; capitals don't matter. `after:` and `before:` are other
 * words for `since:` and `until:`, and `container:` for `run:`. A colon after any other word is text, as logs are full of.
 *
 * @param nowMs what `15m` is counted back from.
 */
export function parseLogQuery(text: string, nowMs: number): Result<LogQuery, LogQueryProblem> {
  return logQueryOf({ query: text }, nowMs);
}

/** As {@link parseLogQuery}, with what is asked for beside it. */
export function logQueryOf({ query = "", ...fields }: LogFields, nowMs: number): Result<LogQuery, LogQueryProblem> {
  if (query.length > QUERY_CHARACTERS_MAX) {
    return refused({ reason: "query_too_long", charactersMax: QUERY_CHARACTERS_MAX });
  }
  if (isExpression(query.trim())) return refused({ reason: "expression_refused" });
  const terms = readQueryTerms(query);
  if (!terms.ok) return terms;
  const typed = Map.groupBy(terms.value, ({ key }) => KINDS.get(key ?? "") ?? "text");
  const draft: Draft = { includes: [], excludes: [] };
  for (const { whole, isExcluded } of typed.get("text") ?? []) {
    (isExcluded ? draft.excludes : draft.includes).push(folded(whole));
  }
  for (const kind of KEPT_KINDS) {
    const field = fields[kind];
    const given = field === undefined || field === "" ? [] : [[fieldTerm(kind, field)]];
    for (const group of [typed.get(kind) ?? [], ...given]) {
      const problem = NARROWING[kind](draft, group, nowMs);
      if (problem !== undefined) return refused(problem);
    }
  }
  const { sinceEpochMs = Number.NEGATIVE_INFINITY, untilEpochMs = Number.POSITIVE_INFINITY } = draft;
  return sinceEpochMs < untilEpochMs ? ok(draft) : refused({ reason: "range_empty" });
}

type Draft = { -readonly [Key in keyof LogQuery]: LogQuery[Key] } & { includes: string[]; excludes: string[] };
const KEPT_KINDS = ["level", "stream", "run", "since", "until"] as const;
type TermKind = (typeof KEPT_KINDS)[number];

const KINDS: ReadonlyMap<string, TermKind> = new Map([
  ...KEPT_KINDS.map((kind) => [kind, kind] as const),
  ["after", "since"],
  ["before", "until"],
  ["container", "run"],
]);

/** `/…/` with something in it that a path would not have. */
function isExpression(text: string): boolean {
  return text.length > 2 && text.startsWith("/") && text.endsWith("/") && /[\\^$*+?()[\]{}|]/.test(text);
}

const fieldTerm = (key: TermKind, value: string): QueryTerm => ({ isExcluded: false, key, value, whole: value });

type Narrowing = (draft: Draft, terms: readonly QueryTerm[], nowMs: number) => LogQueryProblem | undefined;

const NARROWING: Readonly<Record<TermKind, Narrowing>> = {
  level(draft, terms) {
    const named = namesIn(terms, draft.levels ?? LOG_LEVELS, LOG_LEVELS);
    if ("reason" in named) return named;
    if (terms.length > 0) draft.levels = named.names;
    return undefined;
  },
  stream(draft, terms) {
    const named = namesIn(terms, draft.streams ?? LOG_STREAMS, LOG_STREAMS);
    if ("reason" in named) return named;
    if (terms.length > 0) draft.streams = named.names;
    return undefined;
  },
  run(draft, terms) {
    for (const isExcluded of [false, true]) {
      const given = terms.filter((term) => term.isExcluded === isExcluded);
      const runIds = given.flatMap(({ value }) => value.split(","));
      if (runIds.includes("")) return { reason: "value_missing", key: given[0]?.key ?? "run" };
      if (runIds.length === 0) continue;
      if (isExcluded) draft.otherThanRunIds = new Set(runIds);
      else draft.runIds = new Set(runIds.filter((runId) => draft.runIds?.has(runId) !== false));
    }
    return undefined;
  },
  since: (draft, terms, nowMs) =>
    eachTime(terms, nowMs, (epochMs) => {
      draft.sinceEpochMs = Math.max(draft.sinceEpochMs ?? epochMs, epochMs);
    }),
  until: (draft, terms, nowMs) =>
    eachTime(terms, nowMs, (epochMs) => {
      draft.untilEpochMs = Math.min(draft.untilEpochMs ?? epochMs, epochMs);
    }),
};

/** Of what was left so far: any of those that are named, of all where none is, but for those that are excluded. */
function namesIn<Name extends string>(
  terms: readonly QueryTerm[],
  left: Iterable<Name>,
  allowed: readonly Name[],
): { readonly names: ReadonlySet<Name> } | LogQueryProblem {
  const named = new Set<string>();
  const excluded = new Set<string>();
  for (const { key = "", value, isExcluded } of terms) {
    const given = new Set(value.toLowerCase().split(","));
    const known = allowed.filter((name) => given.has(name));
    if (known.length < given.size) return { reason: "value_unknown", key, allowed };
    for (const name of known) (isExcluded ? excluded : named).add(name);
  }
  const names = [...left].filter((name) => (named.size === 0 || named.has(name)) && !excluded.has(name));
  return { names: new Set(names) };
}

function eachTime(
  terms: readonly QueryTerm[],
  nowMs: number,
  narrow: (epochMs: number) => void,
): LogQueryProblem | undefined {
  for (const { key = "", value, isExcluded } of terms) {
    if (isExcluded) return { reason: "time_excluded", key };
    const moment = parseLogTime(value, nowMs);
    if (!moment.ok) return { reason: "time_malformed", key };
    narrow(moment.value);
  }
  return undefined;
}
