/** The session is not what it must be: where in it, and why. */
export type UserSessionInvalid = {
  readonly reason: "user_session_invalid";
  readonly issues: readonly { readonly path: string; readonly why: string }[];
};

/** Never there, expired, deleted, another tenant's, or bound to another address: the caller can't tell which. */
export type UserSessionUnknown = { readonly reason: "user_session_unknown" };

/** The caller named a version, and the session has moved on to `tag`. */
export type UserSessionConflict = { readonly reason: "user_session_conflict"; readonly tag: string };

export type UserSessionTooLarge = {
  readonly reason: "user_session_too_large";
  readonly bytes: number;
  readonly bytesMax: number;
};

/** So many others write this session that no attempt came through. Nothing was changed. */
export type UserSessionContended = { readonly reason: "user_session_contended" };

/** The tenant has as many sessions as it may have. Others of it still work. */
export type UserSessionsFull = { readonly reason: "user_sessions_full"; readonly sessionsMax: number };

export type UserSessionProblem =
  | UserSessionInvalid
  | UserSessionUnknown
  | UserSessionConflict
  | UserSessionTooLarge
  | UserSessionsFull
  | UserSessionContended;
