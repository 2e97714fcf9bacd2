import type * as z from "zod";
import type { FrontDoor } from "../../core/deployment/function-shape.ts";
import { Fields } from "../../core/fields.ts";
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

type ValuesByName = Readonly<Record<string, readonly string[]>>;

/** What the events of both front doors have in common. */
export interface EventMessage {
  readonly httpMethod: string;
  readonly path: string;
  readonly parameters: ValuesByName;
  readonly body: Uint8Array;
}

/** @param event may lack what is empty, or have null there. */
export function messageIn(event: Fields): EventMessage {
  return {
    httpMethod: event.text("httpMethod", { lengthMin: 1 }),
    path: event.text("path", { lengthMin: 1 }),
    parameters: event.has(PARAMETERS) ? valuesIn(event, PARAMETERS) : {},
    body: bodyIn(event),
  };
}

const PARAMETERS = "multiValueQueryStringParameters";

export function valuesIn(event: Fields, name: string): ValuesByName {
  return event.byName(name, (values, each) => values.texts(each));
}

function bodyIn(event: Fields): Uint8Array {
  const isBase64 = event.has("isBase64Encoded") && event.flag("isBase64Encoded");
  return Buffer.from(event.has("body") ? event.text("body") : "", isBase64 ? "base64" : "utf8");
}

/** @param kind as {@link readEvent} takes it. */
export function readFields<Event>(
  read: (event: Fields) => Event,
  { raw, kind }: { readonly raw: unknown; readonly kind: string },
): Result<Event, EventUnreadable> {
  const fields = new Fields(raw);
  const event = read(fields);
  return fields.wrong.length === 0 ? ok(event) : unreadable(kind, fields.wrong);
}

/** @param kind what the event is meant to be, for whoever has wired the function to something else. */
export function readEvent<Schema extends z.ZodType>(
  schema: Schema,
  { raw, kind }: { readonly raw: unknown; readonly kind: string },
): Result<z.output<Schema>, EventUnreadable> {
  const event = schema.safeParse(raw);
  if (event.success) return ok(event.data);
  return unreadable(
    kind,
    event.error.issues.map(({ path }) => path.join(".")),
  );
}

function unreadable(
  kind: string,
  fields: readonly string[],
): { readonly ok: false; readonly problem: EventUnreadable } {
  return refused({ reason: "event_unreadable", detail: `no event of ${kind}: ${fields.join(", ")}` });
}

/** Names may come in several spellings, and mean the same. */
export function joinedHeaders(sent: ValuesByName): HttpRequest["headers"] {
  const joined = new Map<string, string>();
  for (const [spelling, values] of Object.entries(sent)) {
    const name = spelling.toLowerCase();
    const before = joined.get(name);
    const all = before === undefined ? values : [before, ...values];
    joined.set(name, all.join(name === "cookie" ? "; " : ", "));
  }
  return Object.fromEntries(joined);
}

/** Written by `write` as `name=value`, in the order of the names; the order between names is not in the event. */
export function queryOf(parameters: ValuesByName, write: (text: string) => string): string {
  return Object.entries(parameters)
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
