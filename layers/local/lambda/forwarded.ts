import type { HttpRequest } from "../../core/http/http-message.ts";

/** A request's headers and what a front door for HTTPS adds to them, by names in lower case. */
export function forwardedHeaders({ headers, remoteAddress }: HttpRequest): readonly (readonly [string, string])[] {
  const before = headers["x-forwarded-for"];
  return Object.entries({
    ...headers,
    "x-forwarded-for": before === undefined ? remoteAddress : `${before}, ${remoteAddress}`,
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
  }).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]));
}

/** Each name with all its values, as events have them. */
export function valuesByName(pairs: readonly (readonly [string, string])[]): Record<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries(values);
}
