import type * as z from "zod";
import type { PlanProblem } from "./plan-problem.ts";

type Issue = z.core.$ZodIssue;

/** So much is told of a value that was refused. */
const SHOWN_CHARACTERS_MAX = 60;

/**
 * What is wrong in the fields of a stage: where, what may stand there, and what does. Of the ways to write a field it is
 * held against the one that was meant, where that can be told.
 *
 * @param issues of a reading that reports its input.
 */
export function fieldProblems(issues: readonly Issue[], stage: string): readonly PlanProblem[] {
  return issues.flatMap(meantBy).map((issue) => {
    return { reason: "field_malformed", at: [stage, ...issue.path].join("."), message: messageOf(issue) };
  });
}

/** Those of the first way that the value has the kind of: of an object its fields. The issue itself where it has none. */
function meantBy(issue: Issue): readonly Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const meant = issue.errors.find((issues) => !issues.some(isOfAnotherKind));
  if (meant === undefined) return [issue];
  return meant.flatMap((inner) => meantBy({ ...inner, path: [...issue.path, ...inner.path] }));
}

const isOfAnotherKind = ({ code, path }: Issue): boolean =>
  path.length === 0 && (code === "invalid_type" || code === "invalid_value");

function messageOf(issue: Issue): string {
  if (issue.code === "unrecognized_keys" || issue.message.includes(", received ")) return issue.message;
  const isKind = issue.code === "invalid_union" && issue.inclusive !== false && issue.discriminator !== undefined;
  if (!isKind) return told(issue.message, issue.input);
  // An unknown kind is reported with the whole object that has it.
  const kind = new Map<string, unknown>(Object.entries(issue.input ?? {})).get(issue.discriminator);
  return told(`Invalid option: expected one of ${(issue.options ?? []).map(shown).join("|")}`, kind);
}

const told = (message: string, given: unknown): string => `${message}; received ${shown(given)}`;

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "object" || typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length <= SHOWN_CHARACTERS_MAX ? text : `${text.slice(0, SHOWN_CHARACTERS_MAX)}…`;
}
