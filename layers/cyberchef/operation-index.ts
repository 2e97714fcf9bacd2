import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Operation, OperationCatalogue } from "./operation.ts";

/** Finds operations by name, by word and by category. */
export interface OperationIndex {
  readonly version: string;
  /** In the order of CyberChef's page, none empty. */
  readonly categories: readonly string[];
  /** All, in the order of their names. */
  readonly operations: readonly Operation[];
  /** By its name in any case, with any or no marks between the words: `To Base64`, `to_base64`, `tobase64`. */
  named(name: string): Operation | undefined;
  /** In the order of their names; undefined when there is no such category. Case and marks don't count. */
  inCategory(category: string): readonly Operation[] | undefined;
  /**
   * Operations with every word of the query in their name, categories or description, best first; those with some of
   * the words where none has all. A word counts most as the name, then in the name, then in a category.
   */
  search(query: string, limit: number): readonly Operation[];
  /** Names that a wrong name may have meant, most alike first. */
  suggest(name: string): readonly string[];
}

/** The index was not made by this version's build. */
export class IndexUnreadable extends Error {
  readonly code = "operation_index_unreadable";

  constructor(path: string, options?: { readonly cause: unknown }) {
    super(`${path} is not an index of operations: run \`npm run build\``, options);
    this.name = "IndexUnreadable";
  }
}

const SUGGESTIONS_MAX = 5;

/** Reads the index at its first use, in about 5 ms. */
export function operationIndex(buildDir: string): OperationIndex {
  let read: ReturnType<typeof readIndex> | undefined;
  const index = () => {
    read ??= readIndex(join(buildDir, "index.json"));
    return read;
  };
  return {
    get version() {
      return index().catalogue.version;
    },
    get categories() {
      return index().catalogue.categories;
    },
    get operations() {
      return index().catalogue.operations;
    },
    named: (name) => index().byForm.get(formOf(name)),
    inCategory: (category) => index().byCategory.get(formOf(category)),
    search: (query, limit) => search(index().catalogue.operations, query).slice(0, limit),
    suggest: (name) => suggest(index().catalogue.operations, name),
  };
}

function readIndex(path: string) {
  const catalogue = readCatalogue(path);
  const { operations, categories } = catalogue;
  return {
    catalogue,
    byForm: new Map(operations.map((operation) => [formOf(operation.name), operation])),
    byCategory: new Map(
      categories.map((name) => [formOf(name), operations.filter((operation) => operation.categories.includes(name))]),
    ),
  };
}

/** Our own build wrote the file; its outline tells whether it is whole and of this version. */
function readCatalogue(path: string): OperationCatalogue {
  let parsed: Partial<OperationCatalogue>;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new IndexUnreadable(path, { cause });
  }
  const whole = Array.isArray(parsed.operations) && Array.isArray(parsed.categories) && parsed.operations.length > 0;
  if (!whole) throw new IndexUnreadable(path);
  return parsed as OperationCatalogue;
}

/** What is left of a name when case, spaces and marks don't count. */
export function formOf(name: string): string {
  return name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function search(operations: readonly Operation[], query: string): readonly Operation[] {
  const words = [...new Set(wordsOf(query))];
  const wanted = formOf(query);
  const found = operations.map((operation) => {
    const scores = words.map((word) => scoreOf(operation, word));
    const hits = scores.filter((score) => score > 0).length;
    const whole = formOf(operation.name) === wanted ? 1000 : formOf(operation.name).includes(wanted) ? 100 : 0;
    return { operation, hits, score: whole + scores.reduce((sum, score) => sum + score, 0) };
  });
  const most = Math.max(0, ...found.map(({ hits }) => hits));
  return found
    .filter(({ hits }) => hits > 0 && hits === most)
    .sort((a, b) => b.score - a.score || a.operation.name.length - b.operation.name.length)
    .map(({ operation }) => operation);
}

function scoreOf({ name, categories, description }: Operation, word: string): number {
  const nameWords = wordsOf(name);
  if (nameWords.includes(word)) return 50;
  if (nameWords.some((nameWord) => nameWord.startsWith(word))) return 30;
  if (formOf(name).includes(word)) return 20;
  if (categories.some((category) => wordsOf(category).includes(word))) return 10;
  const text = description.toLowerCase();
  if (!text.includes(word)) return 0;
  return wordsOf(text).includes(word) ? 5 : 1;
}

/** By the share of letter pairs in common (the Sørensen–Dice coefficient), and then by search. */
function suggest(operations: readonly Operation[], name: string): readonly string[] {
  const wanted = pairsOf(name);
  const alike = operations
    .map((operation) => ({ name: operation.name, likeness: likeness(wanted, pairsOf(operation.name)) }))
    .filter((candidate) => candidate.likeness >= 0.4)
    .sort((a, b) => b.likeness - a.likeness)
    .map((candidate) => candidate.name);
  const found = search(operations, name).map((operation) => operation.name);
  return [...new Set([...alike, ...found])].slice(0, SUGGESTIONS_MAX);
}

function pairsOf(name: string): ReadonlySet<string> {
  const form = formOf(name);
  return new Set(Array.from({ length: Math.max(0, form.length - 1) }, (_, at) => form.slice(at, at + 2)));
}

function likeness(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  if (a.size + b.size === 0) return 0;
  return (2 * [...a].filter((pair) => b.has(pair)).length) / (a.size + b.size);
}
