import * as z from "zod";
import type { FrontDoor } from "../../core/deployment/function-shape.ts";
import type { HttpRequest } from "../../core/http/http-message.ts";
import { ok, type Result, refused } from "../../core/result.ts";

export interface HttpEvent {
  readonly door: FrontDoor;
  readonly request: HttpRequest;
}

/** What a front door never sends: the function was wired to something else, or was invoked by hand. */
export interface EventUnreadable {
  readonly reason: "event_unreadable";
  /** What is wrong with it, without any of it. */
  readonly detail: string;
}

export const valuesByName = z.record(z.string(), z.array(z.string())).nullish();

/** What the events of both front doors have in common. */
export const eventMessage = {
  httpMethod: z.string().min(1),
  path: z.string().min(1),
  multiValueQueryStringParameters: valuesByName,
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().nullish(),
};

/** @param kind what the event is meant to be, for whoever has wired the function to something else. */
export function readEvent<Schema extends z.ZodType>(
  schema: Schema,
  { raw, kind }: { readonly raw: unknown; readonly kind: string },
): Result<z.output<Schema>, EventUnreadable> {
  const event = schema.safeParse(raw);
  if (event.success) return ok(event.data);
  const fields = event.error.issues.map(({ path }) => path.join(".")).join(", ");
  return refused({ reason: "event_unreadable", detail: `no event of ${kind}: ${fields}` });
}

type ValuesByName = z.infer<typeof valuesByName>;

/** Names may come in several spellings, and mean the same. */
export function joinedHeaders(sent: ValuesByName): HttpRequest["headers"] {
  const joined = new Map<string, string>();
  for (const [spelling, values] of Object.entries(sent ?? {})) {
    const name = spelling.toLowerCase();
    const before = joined.get(name);
    const all = before === undefined ? values : [before, ...values];
    joined.set(name, all.join(name === "cookie" ? "; " : ", "));
  }
  return Object.fromEntries(joined);
}

export function bodyBytes(message: { body?: string | null | undefined; isBase64Encoded?: boolean | null | undefined }) {
  return Buffer.from(message.body ?? "", message.isBase64Encoded === true ? "base64" : "utf8");
}

/** Written by `write` as `name=value`, in the order of the names; the order between names is not in the event. */
export function queryOf(parameters: ValuesByName, write: (text: string) => string): string {
  return Object.entries(parameters ?? {})
    .flatMap(([name, values]) => values.map((value) => `${write(name)}=${write(value)}`))
    .join("&");
}

/** What can't stand in a path as it is: what no URL has, a percent sign that encodes nothing, and the ends of a path. */
const UNENCODED = /%(?![0-9a-f]{2})|[^!-~]|["<>\\^`{|}?#]/giu;

/** A path as it was sent, whether or not something on the way has decoded it in part. */
export function encodedPath(path: string): string {
  return path.toWellFormed().replace(UNENCODED, encodeURIComponent);
}

/** The last of a list in a header: what the nearest hop has added itself. */
export function lastOf(list: string | undefined): string {
  return list?.slice(list.lastIndexOf(",") + 1).trim() ?? "";
}
