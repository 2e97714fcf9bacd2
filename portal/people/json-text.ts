import type { Json } from "../../client/people/wire.ts";

/** A body as people read it: what programs send is shown as it is. */
export function jsonText(body: Json): string {
  if (typeof body === "string") return body;
  if (isObject(body) && typeof body.text === "string" && Object.keys(body).length === 1) return body.text;
  return JSON.stringify(body, undefined, 2);
}

export const isObject = (value: Json | undefined): value is { readonly [name: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);
