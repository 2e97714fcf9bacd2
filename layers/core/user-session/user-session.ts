import { IP_ADDRESS_CHARACTERS_MAX, USER_AGENT_CHARACTERS_MAX, USER_SESSION_IDLE_SECONDS } from "./limits.ts";
import type { UserSessionContent } from "./user-session-content.ts";
import type { UserSessionId } from "./user-session-id.ts";

/** What an application keeps of one person's use of it, under an id that the person's browser holds. */
export interface UserSession {
  readonly id: UserSessionId;
  readonly content: UserSessionContent;
  /** 1 at first, and one more with each change of the content. Use alone changes nothing here. */
  readonly version: number;
  readonly createdAtEpochMs: number;
  /** Of the last change of the content. */
  readonly updatedAtEpochMs: number;
  readonly lastActivityAtEpochMs: number;
  readonly expiresAtEpochSeconds: number;
  /** When there is one, the session shows itself to no other address. */
  readonly boundAddress?: string;
}

/** Who comes with a session's id. */
export interface Visitor {
  /** As the door saw it: what a session is bound to. */
  readonly peerAddress: string;
  /** As the request tells it: kept for people to read, and believed by nothing. */
  readonly claimedAddress: string;
  readonly userAgent: string;
}

/** Names one state of the content, also after a session was deleted and made again under the same id. */
export function versionTag(session: UserSession): string {
  return `${session.createdAtEpochMs.toString(36)}-${session.version}`;
}

export function startUserSession(
  id: UserSessionId,
  start: { readonly content: UserSessionContent; readonly nowMs: number; readonly boundAddress?: string | undefined },
): UserSession {
  const { content, nowMs, boundAddress } = start;
  return {
    id,
    content,
    version: 1,
    createdAtEpochMs: nowMs,
    updatedAtEpochMs: nowMs,
    lastActivityAtEpochMs: nowMs,
    expiresAtEpochSeconds: idleEnd(nowMs),
    ...(boundAddress === undefined ? undefined : { boundAddress }),
  };
}

/** The content of a session that nobody has changed yet. */
export function visitorContent(visitor: Visitor): UserSessionContent {
  return {
    metadata: {
      ipAddress: visitor.claimedAddress.slice(0, IP_ADDRESS_CHARACTERS_MAX),
      userAgent: visitor.userAgent.slice(0, USER_AGENT_CHARACTERS_MAX),
    },
  };
}

export function changed(session: UserSession, content: UserSessionContent, nowMs: number): UserSession {
  return { ...used(session, nowMs), content, version: session.version + 1, updatedAtEpochMs: nowMs };
}

/** Neither date moves back where the clock of this process is behind another's. */
export function used(session: UserSession, nowMs: number): UserSession {
  return { ...prolonged(session, nowMs), lastActivityAtEpochMs: Math.max(session.lastActivityAtEpochMs, nowMs) };
}

export function prolonged(session: UserSession, nowMs: number): UserSession {
  return { ...session, expiresAtEpochSeconds: Math.max(session.expiresAtEpochSeconds, idleEnd(nowMs)) };
}

export function isHiddenFrom(session: UserSession, visitor: Visitor): boolean {
  return session.boundAddress !== undefined && session.boundAddress !== visitor.peerAddress;
}

function idleEnd(nowMs: number): number {
  return Math.floor(nowMs / 1000) + USER_SESSION_IDLE_SECONDS;
}
