import { ok, type Result, refused } from "../result.ts";
import { QUERY_TERMS_MAX } from "./limits.ts";

/** A part of a query between two spaces. */
export interface QueryTerm {
  readonly isExcluded: boolean;
  /** What stands before the first colon, unless a quotation mark does before it; in small letters. */
  readonly key: string | undefined;
  /** What follows that colon, or all of it. */
  readonly value: string;
  /** All of it, without its sign and its quotation marks. */
  readonly whole: string;
}

export type QueryTermsProblem =
  | { readonly reason: "terms_too_many"; readonly termsMax: number }
  /** Positions count characters from 0. */
  | { readonly reason: "quote_open"; readonly position: number }
  | { readonly reason: "term_empty"; readonly position: number };

const SPACE = /\s/;

/** Words, and phrases in quotation marks, in which a backslash keeps a mark or itself. */
export function readQueryTerms(text: string): Result<readonly QueryTerm[], QueryTermsProblem> {
  const terms: QueryTerm[] = [];
  let at = 0;
  while (at < text.length) {
    if (SPACE.test(text[at] ?? "")) {
      at++;
      continue;
    }
    const read = readTerm(text, at);
    if (!read.ok) return read;
    if (terms.length === QUERY_TERMS_MAX) return refused({ reason: "terms_too_many", termsMax: QUERY_TERMS_MAX });
    terms.push(read.value.term);
    at = read.value.end;
  }
  return ok(terms);
}

function readTerm(
  text: string,
  start: number,
): Result<{ readonly term: QueryTerm; readonly end: number }, QueryTermsProblem> {
  const isExcluded = text[start] === "-";
  let at = isExcluded || text[start] === "+" ? start + 1 : start;
  let whole = "";
  let colonAt: number | undefined;
  let isQuoted = false;
  while (at < text.length && !SPACE.test(text[at] ?? "")) {
    if (text[at] !== '"') {
      if (text[at] === ":" && !isQuoted) colonAt ??= whole.length;
      whole += text[at++];
      continue;
    }
    const quoted = readQuoted(text, at);
    if (quoted === undefined) return refused({ reason: "quote_open", position: at });
    isQuoted = true;
    whole += quoted.inside;
    at = quoted.end;
  }
  if (whole === "") return refused({ reason: "term_empty", position: start });
  const key = colonAt === undefined ? undefined : whole.slice(0, colonAt).toLowerCase();
  const value = colonAt === undefined ? whole : whole.slice(colonAt + 1);
  return ok({ term: { isExcluded, key, value, whole }, end: at });
}

function readQuoted(text: string, start: number): { readonly inside: string; readonly end: number } | undefined {
  let inside = "";
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '"') return { inside, end: at + 1 };
    if (text[at] === "\\" && (text[at + 1] === '"' || text[at + 1] === "\\")) at++;
    inside += text[at] ?? "";
  }
  return undefined;
}
