import type { Clock } from "../ports/clock.ts";
import { ok, type Result, refused, unreachable } from "../result.ts";
import { utf8Bytes } from "../store/key-order.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { USER_SESSION_BYTES_MAX } from "./limits.ts";
import { asUse, noteUse, type UserSessionUse } from "./prolonging.ts";
import {
  changed,
  isHiddenFrom,
  startUserSession,
  type UserSession,
  type Visitor,
  versionTag,
  visitorContent,
} from "./user-session.ts";
import { contentText, patchContent, type UserSessionContent, type UserSessionPatch } from "./user-session-content.ts";
import type { UserSessionId } from "./user-session-id.ts";
import type { UserSessionPlaces } from "./user-session-places.ts";
import type {
  UserSessionConflict,
  UserSessionProblem,
  UserSessionsFull,
  UserSessionTooLarge,
  UserSessionUnknown,
} from "./user-session-problem.ts";
import { sameVersion, type UserSessionStore, type WriteLost } from "./user-session-store.ts";
import { userSessionView } from "./user-session-view.ts";

/** One use of a session by a visitor who named it. */
export interface UserSessionCall {
  readonly id: UserSessionId;
  readonly visitor: Visitor;
  /** The session must be in one of these versions, or be there in any. Left out: whatever is there is changed. */
  readonly expected?: readonly string[] | "any" | undefined;
  readonly signal: AbortSignal;
}

export interface UserSessionChange extends UserSessionCall {
  readonly patch: UserSessionPatch;
  /** What the patch is merged into: what is stored, or nothing, which makes the patch the whole session. */
  readonly onto: "stored" | "nothing";
  /** Whether an id that nothing is stored under begins a session. With `expected` it does not. */
  readonly create: boolean;
  /** How many sessions the tenant may have. */
  readonly sessionsMax: number;
}

export interface Saving {
  readonly store: UserSessionStore;
  readonly places: UserSessionPlaces;
  readonly clock: Clock;
  readonly bindToAddress: boolean;
}

/** Judges the change on top of `current` and writes what comes of it where that is still what is stored. */
export async function saveOnto(
  saving: Saving,
  tenantId: TenantId,
  change: UserSessionChange,
  current: UserSession | undefined,
): Promise<Result<UserSessionUse, UserSessionProblem | WriteLost>> {
  if (current === undefined && change.create && change.expected === undefined) {
    return begin(saving, tenantId, change);
  }
  const open = opened(current, change);
  if (!open.ok) return open;
  const session = open.value;
  const content = patchContent(
    change.onto === "stored" ? session.content : onlyMetadata(session.content),
    change.patch,
  );
  if (!content.ok) return content;
  if (contentText(content.value) === contentText(session.content)) return noteUse(saving, tenantId, session);
  const next = fitting(changed(session, content.value, saving.clock.nowMs()));
  return next.ok ? asUse(await saving.store.put(tenantId, next.value, sameVersion(session))) : next;
}

async function begin(
  saving: Saving,
  tenantId: TenantId,
  { id, visitor, patch, sessionsMax }: UserSessionChange,
): Promise<Result<UserSessionUse, UserSessionProblem | WriteLost>> {
  const content = patchContent(visitorContent(visitor), patch);
  if (!content.ok) return content;
  const session = fitting(started(saving, { id, visitor, content: content.value }));
  return session.ok ? beginSession(saving, tenantId, { session: session.value, sessionsMax }) : session;
}

/** Stores a session that nothing is stored under the id of. */
export async function beginSession(
  { store, places }: Saving,
  tenantId: TenantId,
  first: { readonly session: UserSession; readonly sessionsMax: number },
): Promise<Result<UserSessionUse, UserSessionsFull | WriteLost>> {
  const { session, sessionsMax } = first;
  const begun = await places.begin(tenantId, first, () => store.put(tenantId, session, { if: "absent" }));
  if (begun.ok) return asUse(begun);
  switch (begun.problem.reason) {
    case "quota_reached":
      return refused({ reason: "user_sessions_full", sessionsMax });
    case "begun_elsewhere":
      return refused({ reason: "write_lost", current: await store.load(tenantId, session.id) });
    case "write_lost":
      return refused(begun.problem);
    default:
      return unreachable(begun.problem);
  }
}

export function started(
  { clock, bindToAddress }: Saving,
  first: { readonly id: UserSessionId; readonly visitor: Visitor; readonly content: UserSessionContent },
): UserSession {
  const boundAddress = bindToAddress ? first.visitor.peerAddress : undefined;
  return startUserSession(first.id, { content: first.content, nowMs: clock.nowMs(), boundAddress });
}

/** The session, where it is in a version that the caller expects. */
export function opened(
  session: UserSession | undefined,
  { visitor, expected }: UserSessionCall,
): Result<UserSession, UserSessionUnknown | UserSessionConflict> {
  const shown = shownTo(visitor, session);
  if (!shown.ok || expected === undefined || expected === "any") return shown;
  const tag = versionTag(shown.value);
  return expected.includes(tag) ? shown : refused({ reason: "user_session_conflict", tag });
}

export function shownTo(visitor: Visitor, session: UserSession | undefined): Result<UserSession, UserSessionUnknown> {
  if (session === undefined || isHiddenFrom(session, visitor)) return refused({ reason: "user_session_unknown" });
  return ok(session);
}

function onlyMetadata({ metadata }: UserSessionContent): UserSessionContent {
  return metadata === undefined ? {} : { metadata };
}

function fitting(session: UserSession): Result<UserSession, UserSessionTooLarge> {
  const bytes = utf8Bytes(JSON.stringify(userSessionView(session)));
  if (bytes <= USER_SESSION_BYTES_MAX) return ok(session);
  return refused({ reason: "user_session_too_large", bytes, bytesMax: USER_SESSION_BYTES_MAX });
}
