import type { Item, Json } from "../core/ports/table.ts";

/** As DynamoDB writes a value, in one member: those that are written here. Source: API reference, AttributeValue. */
export interface AttributeValue {
  readonly S?: string;
  readonly N?: string;
  readonly BOOL?: boolean;
  readonly NULL?: boolean;
  readonly L?: readonly AttributeValue[];
  readonly M?: Attributes;
}

/** A stored attribute of a type that no item of ours has: a set or bytes, or a number no double can hold. */
export class AttributeUnreadable extends Error {
  readonly code = "attribute_unreadable";
  constructor(attribute: string) {
    super(`attribute ${JSON.stringify(attribute)} is of a type that is never written here`);
    this.name = "AttributeUnreadable";
  }
}

export interface Attributes {
  readonly [name: string]: AttributeValue;
}

/** Attributes that are undefined are left out. */
export function toAttributes(values: Readonly<Record<string, Json | undefined>>): Attributes {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [[name, toAttribute(value)]])),
  );
}

export function toAttribute(value: Json): AttributeValue {
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (value === null) return { NULL: true };
  return isList(value) ? { L: value.map(toAttribute) } : { M: toAttributes(value) };
}

/** @throws {AttributeUnreadable} when it was not written by {@link toAttributes}. */
export function toItem(attributes: Attributes): Item {
  const { pk, sk, expiresAtEpochSeconds, ...others } = attributes;
  if (pk?.S === undefined) throw new AttributeUnreadable("pk");
  if (sk?.S === undefined) throw new AttributeUnreadable("sk");
  const item = { ...toValues(others), pk: pk.S, sk: sk.S };
  if (expiresAtEpochSeconds === undefined) return item;
  return { ...item, expiresAtEpochSeconds: toNumber("expiresAtEpochSeconds", expiresAtEpochSeconds) };
}

function toValues(attributes: Attributes): Record<string, Json> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, toValue(name, value)]));
}

function toValue(name: string, value: AttributeValue): Json {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return toNumber(name, value);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.NULL !== undefined) return null;
  if (value.L !== undefined) return value.L.map((element) => toValue(name, element));
  if (value.M !== undefined) return toValues(value.M);
  throw new AttributeUnreadable(name);
}

function toNumber(name: string, value: AttributeValue): number {
  const number = value.N === undefined ? Number.NaN : Number(value.N);
  if (!Number.isFinite(number)) throw new AttributeUnreadable(name);
  return number;
}

function isList(value: readonly Json[] | { readonly [name: string]: Json }): value is readonly Json[] {
  return Array.isArray(value);
}
