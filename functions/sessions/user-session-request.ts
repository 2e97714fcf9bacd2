import type { HttpRequest } from "../../layers/core/http/http-message.ts";
import { parsedBody } from "../../layers/core/parsed-json.ts";
import { ok, type Result, refused } from "../../layers/core/result.ts";
import { isJsonObject } from "../../layers/core/user-session/merge-patch.ts";
import type { Visitor } from "../../layers/core/user-session/user-session.ts";
import { parseUserSessionId, type UserSessionId } from "../../layers/core/user-session/user-session-id.ts";
import { SESSIONS_BODY_BYTES_MAX } from "./limits.ts";
import { cookieId } from "./user-session-cookie.ts";

export type RequestProblem =
  | { readonly reason: "user_session_id_missing" }
  | { readonly reason: "user_session_id_malformed" }
  | { readonly reason: "request_invalid"; readonly message: string }
  | { readonly reason: "media_type_unsupported"; readonly allowed: readonly string[] }
  | { readonly reason: "body_too_large"; readonly bytes: number; readonly bytesMax: number };

/** The id where the caller wrote it out; undefined where it wrote none. */
export function namedId(raw: unknown): Result<UserSessionId | undefined, RequestProblem> {
  return raw === undefined || raw === null || raw === "" ? ok(undefined) : parseUserSessionId(raw);
}

/** A cookie that is no id is as good as none: the page can't take it back. */
export function rememberedId(request: HttpRequest): UserSessionId | undefined {
  const parsed = parseUserSessionId(cookieId(request));
  return parsed.ok ? parsed.value : undefined;
}

/** The session that the call is about: the one written out first, else the browser's own. */
export function requiredId(request: HttpRequest, raw: unknown): Result<UserSessionId, RequestProblem> {
  const named = namedId(raw);
  if (!named.ok) return named;
  const id = named.value ?? rememberedId(request);
  return id === undefined ? refused({ reason: "user_session_id_missing" }) : ok(id);
}

/**
 * The versions that the caller takes, after RFC 9110, section 13.1.1. Weak tags never match there.
 *
 * @returns undefined when the caller named none.
 */
export function expectedTags(request: HttpRequest): Result<readonly string[] | "any" | undefined, RequestProblem> {
  const header = request.headers["if-match"]?.trim();
  if (header === undefined) return ok(undefined);
  if (header === "*") return ok("any");
  const tags = header.split(",").map((part) => ENTITY_TAG.exec(part.trim()));
  if (tags.some((tag) => tag === null)) {
    return refused({ reason: "request_invalid", message: 'If-Match takes * or entity tags in quotes, as in "m1-3"' });
  }
  return ok(tags.flatMap((tag) => (tag?.groups?.weak === undefined ? [tag?.groups?.opaque ?? ""] : [])));
}

const ENTITY_TAG = /^(?<weak>W\/)?"(?<opaque>[\x21\x23-\x7e]*)"$/;

/** The body as a JSON object. */
export function readBody(
  request: HttpRequest,
  mediaTypes: readonly string[],
): Result<Readonly<Record<string, unknown>>, RequestProblem> {
  const [mediaType = ""] = (request.headers["content-type"] ?? "").split(";");
  if (!mediaTypes.includes(mediaType.trim().toLowerCase())) {
    return refused({ reason: "media_type_unsupported", allowed: mediaTypes });
  }
  const bytes = request.body.byteLength;
  if (bytes > SESSIONS_BODY_BYTES_MAX) {
    return refused({ reason: "body_too_large", bytes, bytesMax: SESSIONS_BODY_BYTES_MAX });
  }
  const body = parsedBody(request.body);
  if (isJsonObject(body)) return ok(body);
  return refused({ reason: "request_invalid", message: "The body must be a JSON object in UTF-8" });
}

export function visitorOf(request: HttpRequest): Visitor {
  const { headers, remoteAddress } = request;
  const [forwarded = ""] = (headers["x-forwarded-for"] ?? "").split(",");
  const claimed = [forwarded.trim(), headers["x-real-ip"]?.trim(), remoteAddress].find(
    (text) => text !== undefined && text !== "",
  );
  return { peerAddress: remoteAddress, claimedAddress: claimed ?? "unknown", userAgent: headers["user-agent"] ?? "" };
}
