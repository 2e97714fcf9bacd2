import type { LogLine } from "../../core/log/log-line.ts";
import type { LogQuery } from "../../core/log/log-query.ts";
import { folded } from "../../core/log/log-text.ts";
import { matchesAllButText } from "../../core/log/match-log-line.ts";
import { readHead } from "./segment.ts";

/** Whole lines of a segment that stand beside each other. */
export interface SegmentText {
  readonly projectId: string;
  /** The number of the first of them. */
  readonly first: number;
  readonly text: string;
}

export interface Sought {
  readonly query: LogQuery;
  /** Numbers between these two only, neither of them included. */
  readonly after?: number;
  readonly before?: number;
  /** The search ends with so many found. */
  readonly limit?: number;
}

/**
 * The lines that a query finds, in their order. Looks for the query's longest word in all of the text at once, and at the
 * lines that have it one by one: most queries find few.
 */
export function findLines(from: SegmentText, sought: Sought): LogLine[] {
  const { text } = from;
  const search = new TextSearch(text, sought.query);
  const { after = 0, before = Number.POSITIVE_INFINITY, limit = Number.POSITIVE_INFINITY } = sought;
  const found: LogLine[] = [];
  let number = from.first;
  let start = 0;
  while (start < text.length && number < before && found.length < limit) {
    const hitAt = search.nextHit(start);
    if (hitAt === -1) return found;
    let end = text.indexOf("\n", start);
    while (end < hitAt) {
      start = end + 1;
      number++;
      end = text.indexOf("\n", start);
    }
    if (number > after && number < before) {
      const line = lineAt(from, { number, start, end }, search);
      if (line !== undefined) found.push(line);
    }
    start = end + 1;
    number++;
  }
  return found;
}

function lineAt(
  { projectId, text }: SegmentText,
  { number, start, end }: { readonly number: number; readonly start: number; readonly end: number },
  search: TextSearch,
): LogLine | undefined {
  const head = readHead(text, start, end);
  if (head === undefined || !matchesAllButText(search.query, head)) return undefined;
  const { textAt, runId, atEpochMs, level, stream } = head;
  if (!search.hasAll(textAt, end)) return undefined;
  return { projectId, runId, sequence: String(number), atEpochMs, level, stream, text: text.slice(textAt, end) };
}

/** A query's words in one text. */
class TextSearch {
  readonly query: LogQuery;
  readonly #text: string;
  /** Undefined where small letters are more than the capitals they stand for, so that places differ. */
  readonly #folded: string | undefined;
  readonly #rarest: string;

  constructor(text: string, query: LogQuery) {
    const looksAtText = query.includes.length > 0 || query.excludes.length > 0;
    const small = looksAtText ? folded(text) : text;
    this.query = query;
    this.#text = text;
    this.#folded = small.length === text.length ? small : undefined;
    this.#rarest = query.includes.reduce((longest, term) => (term.length > longest.length ? term : longest), "");
  }

  /** The first place at or after `from` in whose line all words may be; -1 where there is none. */
  nextHit(from: number): number {
    return this.#folded === undefined || this.#rarest === "" ? from : this.#folded.indexOf(this.#rarest, from);
  }

  hasAll(start: number, end: number): boolean {
    const { includes, excludes } = this.query;
    if (includes.length === 0 && excludes.length === 0) return true;
    const line = this.#folded === undefined ? folded(this.#text.slice(start, end)) : this.#folded.slice(start, end);
    return includes.every((term) => line.includes(term)) && !excludes.some((term) => line.includes(term));
  }
}
