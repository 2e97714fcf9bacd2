import { unreachable } from "../result.ts";
import type { QueryTermsProblem } from "./log-query-terms.ts";
import { LOG_TIME_FORMS } from "./log-time.ts";

export type LogQueryProblem =
  | QueryTermsProblem
  | { readonly reason: "query_too_long"; readonly charactersMax: number }
  | { readonly reason: "value_unknown"; readonly key: string; readonly allowed: readonly string[] }
  | { readonly reason: "value_missing"; readonly key: string }
  | { readonly reason: "time_malformed"; readonly key: string }
  | { readonly reason: "time_excluded"; readonly key: string }
  | { readonly reason: "range_empty" }
  /** A regular expression, which may take longer than anybody waits. */
  | { readonly reason: "expression_refused" };

/** What was wrong and what is allowed, for the person who typed it. */
export function logQueryProblemText(problem: LogQueryProblem): string {
  switch (problem.reason) {
    case "query_too_long":
      return `the query has more than ${problem.charactersMax} characters`;
    case "terms_too_many":
      return `the query has more than ${problem.termsMax} words and phrases`;
    case "quote_open":
      return `the quotation mark at position ${problem.position} of the query is never closed`;
    case "term_empty":
      return `at position ${problem.position} of the query a word is missing: a sign alone is looked for in quotation marks with others`;
    case "value_unknown":
      return `${problem.key} takes ${problem.allowed.join(", ")}, or several of these with commas between them`;
    case "value_missing":
      return `${problem.key} is given without a value`;
    case "time_malformed":
      return `${problem.key} takes ${LOG_TIME_FORMS}`;
    case "time_excluded":
      return `${problem.key} can't be excluded: since and until are the two ends of a time`;
    case "range_empty":
      return "the time that is asked for ends before it begins";
    case "expression_refused":
      return "regular expressions are not taken: words, quoted phrases and -exclusions are, and so is this in quotation marks";
    default:
      return unreachable(problem);
  }
}
