import type { Chance } from "../ports/chance.ts";
import { ok, type Result, refused } from "../result.ts";
import { USER_SESSION_ID_BYTES, USER_SESSION_ID_CHARACTERS_MAX } from "./limits.ts";

/** Whoever knows it may use the session, within its tenant. The brand is given by this file alone. */
export type UserSessionId = string & { readonly userSessionIdBrand: unique symbol };

/** Hyperpage's rule for ids, with an end. */
const USER_SESSION_ID_PATTERN = new RegExp(`^[a-zA-Z0-9._-]{1,${USER_SESSION_ID_CHARACTERS_MAX}}$`);

export type UserSessionIdMalformed = { readonly reason: "user_session_id_malformed" };

/** White space around an id is not part of it. */
export function parseUserSessionId(raw: unknown): Result<UserSessionId, UserSessionIdMalformed> {
  const trimmed = typeof raw === "string" ? raw.trim() : "";
  if (!USER_SESSION_ID_PATTERN.test(trimmed)) return refused({ reason: "user_session_id_malformed" });
  return ok(trimmed as UserSessionId);
}

/** An id that can't be guessed: base64url, which {@link parseUserSessionId} takes. */
export function newUserSessionId(chance: Chance): UserSessionId {
  return chance.token(USER_SESSION_ID_BYTES) as UserSessionId;
}
