import type { Condition, ItemChange, Json, KeyRange } from "../core/ports/table.ts";
import { unreachable } from "../core/result.ts";
import type { KeyBounds } from "../core/store/key-order.ts";
import { type Attributes, toAttribute } from "./dynamo-value.ts";

/**
 * The texts of DynamoDB's expressions. Names and values always stand in placeholders, so no attribute can be taken for
 * a reserved word or for a part of the expression.
 */
export interface Placeholders {
  name(attribute: string): string;
  value(value: Json): string;
  /** The fields of a request. DynamoDB refuses empty ones. */
  fields(): { ExpressionAttributeNames?: Record<string, string>; ExpressionAttributeValues?: Attributes };
}

export function placeholders(): Placeholders {
  const names = new Map<string, string>();
  const values = new Map<string, Json>();
  return {
    name(attribute) {
      const placed = names.get(attribute) ?? `#n${names.size}`;
      names.set(attribute, placed);
      return placed;
    },
    value(value) {
      const placed = `:v${values.size}`;
      values.set(placed, value);
      return placed;
    },
    fields: () => ({
      ...(names.size > 0 && {
        ExpressionAttributeNames: Object.fromEntries([...names].map(([attribute, placed]) => [placed, attribute])),
      }),
      ...(values.size > 0 && {
        ExpressionAttributeValues: Object.fromEntries(
          [...values].map(([placed, value]) => [placed, toAttribute(value)]),
        ),
      }),
    }),
  };
}

/** A part of an expression. DynamoDB refuses parentheses that change nothing, so only compounds ever get them. */
interface Term {
  readonly text: string;
  readonly compound: boolean;
}

/** TTL deletes days late, so an expired item is judged as absent by the condition itself. */
export function conditionExpression(condition: Condition, places: Placeholders, nowEpochSeconds: number): string {
  return conditionTerm(condition, { places, nowEpochSeconds }).text;
}

/** Holds for an item whose time is not over, and for none at all. */
export function unexpiredExpression(places: Placeholders, nowEpochSeconds: number): string {
  return unexpired({ places, nowEpochSeconds }).text;
}

/** The condition, on an item whose time is not over or on none. */
export function guardedExpression(
  condition: Condition | undefined,
  places: Placeholders,
  nowEpochSeconds: number,
): string {
  const scope = { places, nowEpochSeconds };
  if (condition === undefined) return unexpired(scope).text;
  return joined("AND", [conditionTerm(condition, scope), unexpired(scope)]).text;
}

/** DynamoDB also refuses placeholders that no expression uses, so each term takes its own when it is written. */
interface Scope {
  readonly places: Placeholders;
  readonly nowEpochSeconds: number;
}

function conditionTerm(condition: Condition, scope: Scope): Term {
  switch (condition.if) {
    case "absent":
      return joined("OR", [missing("pk", scope), expired(scope)]);
    case "present":
      return joined("AND", [there("pk", scope), unexpired(scope)]);
    case "equals":
      return joined("AND", [compared(condition, "=", scope), unexpired(scope)]);
    case "below":
      return joined("AND", [compared(condition, "<", scope), unexpired(scope)]);
    case "attribute_absent":
      return joined("OR", [missing(condition.attribute, scope), expired(scope)]);
    case "all":
      return condition.of.length === 0
        ? joined("OR", [there("pk", scope), missing("pk", scope)])
        : joined(
            "AND",
            condition.of.map((part) => conditionTerm(part, scope)),
          );
    case "any":
      return condition.of.length === 0
        ? joined("AND", [there("pk", scope), missing("pk", scope)])
        : joined(
            "OR",
            condition.of.map((part) => conditionTerm(part, scope)),
          );
    default:
      return unreachable(condition);
  }
}

const EXPIRY = "expiresAtEpochSeconds";

function expired({ places, nowEpochSeconds }: Scope): Term {
  return leaf(`${places.name(EXPIRY)} <= ${places.value(nowEpochSeconds)}`);
}

function unexpired(scope: Scope): Term {
  const { places, nowEpochSeconds } = scope;
  return joined("OR", [missing(EXPIRY, scope), leaf(`${places.name(EXPIRY)} > ${places.value(nowEpochSeconds)}`)]);
}

function there(attribute: string, { places }: Scope): Term {
  return leaf(`attribute_exists(${places.name(attribute)})`);
}

function missing(attribute: string, { places }: Scope): Term {
  return leaf(`attribute_not_exists(${places.name(attribute)})`);
}

function compared(condition: { attribute: string; value: Json }, operator: "=" | "<", { places }: Scope): Term {
  return leaf(`${places.name(condition.attribute)} ${operator} ${places.value(condition.value)}`);
}

function leaf(text: string): Term {
  return { text, compound: false };
}

function joined(operator: "AND" | "OR", terms: readonly Term[]): Term {
  const [only, ...others] = terms;
  if (only !== undefined && others.length === 0) return only;
  const texts = terms.map(({ text, compound }) => (compound ? `(${text})` : text));
  return { text: texts.join(` ${operator} `), compound: true };
}

/** @returns undefined for a change of nothing, for which DynamoDB wants no expression at all. */
export function updateExpression(change: ItemChange, places: Placeholders): string | undefined {
  const set = Object.entries(change.set ?? {}).map(([name, value]) => `${places.name(name)} = ${places.value(value)}`);
  const add = Object.entries(change.add ?? {}).map(([name, amount]) => `${places.name(name)} ${places.value(amount)}`);
  const remove = (change.remove ?? []).map((name) => places.name(name));
  const clauses = [
    ["SET", set],
    ["ADD", add],
    ["REMOVE", remove],
  ] as const;
  const texts = clauses.flatMap(([verb, parts]) => (parts.length === 0 ? [] : [`${verb} ${parts.join(", ")}`]));
  return texts.length === 0 ? undefined : texts.join(" ");
}

/**
 * DynamoDB takes one comparison of the sort key, and `BETWEEN` includes its ends: an end that is not in the range is
 * left out after reading.
 */
export function rangeExpression(range: KeyRange, bounds: KeyBounds, places: Placeholders): string {
  const { from, fromIncluded, until } = bounds;
  const partition = `${places.name("pk")} = ${places.value(range.pk)}`;
  if (from === "" && until === undefined) return partition;
  const sk = places.name("sk");
  if (until === undefined) return `${partition} AND ${sk} ${fromIncluded ? ">=" : ">"} ${places.value(from)}`;
  if (from === "") return `${partition} AND ${sk} < ${places.value(until)}`;
  return `${partition} AND ${sk} BETWEEN ${places.value(from)} AND ${places.value(until)}`;
}
