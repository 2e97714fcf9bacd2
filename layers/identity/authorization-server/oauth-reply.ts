import type { HttpReply, HttpRequest } from "../../core/http/http-message.ts";
import { POST_BYTES_MAX } from "./limits.ts";

/** RFC 6749, sections 4.1.2.1 and 5.2; RFC 7009, section 2.2.1; RFC 7591, section 3.2.2; RFC 8707, section 2. */
export type OAuthError =
  | "access_denied"
  | "invalid_client"
  | "invalid_client_metadata"
  | "invalid_grant"
  | "invalid_redirect_uri"
  | "invalid_request"
  | "invalid_scope"
  | "invalid_target"
  | "unsupported_grant_type"
  | "unsupported_response_type"
  | "unsupported_token_type";

export interface OAuthProblem {
  readonly error: OAuthError;
  /** What was wrong, for whoever writes the client; no quotation mark and no backslash. */
  readonly description: string;
}

/** Of what is told to one caller alone. */
export function jsonReply(status: number, json: object): HttpReply {
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return { status, headers, body: JSON.stringify(json) };
}

/** RFC 6749, section 5.2: a client that is unknown is unauthorized, all else is a bad request. */
export function problemReply({ error, description }: OAuthProblem): HttpReply {
  const reply = jsonReply(error === "invalid_client" ? 401 : 400, { error, error_description: description });
  return { ...reply, log: { outcome: error } };
}

/** What a client or a browser posts as a form; undefined for what is none. */
export function readForm({ headers, body }: HttpRequest): Parameters | undefined {
  const type = headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== "application/x-www-form-urlencoded" || body.byteLength > POST_BYTES_MAX) return undefined;
  return readParameters(new TextDecoder().decode(body));
}

export interface Parameters {
  /** The one value; undefined where there is none, or an empty one, which counts as none (RFC 6749, section 3.1). */
  one(name: string): string | undefined;
  all(name: string): readonly string[];
}

/** Undefined where a parameter is repeated that may not be: RFC 6749, section 3.1. */
export function readParameters(text: string): Parameters | undefined {
  const parameters = new URLSearchParams(text);
  const names = [...parameters.keys()].filter((name) => !REPEATABLE.has(name));
  if (new Set(names).size < names.length) return undefined;
  const one = (name: string) => (parameters.get(name) === "" ? undefined : (parameters.get(name) ?? undefined));
  return { one, all: (name) => parameters.getAll(name) };
}

/** RFC 8707, section 2. */
const REPEATABLE: ReadonlySet<string> = new Set(["resource"]);
