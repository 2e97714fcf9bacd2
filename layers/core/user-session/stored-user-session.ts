import * as z from "zod";
import type { Item } from "../ports/table.ts";
import { userSessionKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import type { UserSession } from "./user-session.ts";
import { contentText, parseContentText } from "./user-session-content.ts";
import type { UserSessionId } from "./user-session-id.ts";

/** Content is kept as text: a map could not hold every number that JSON can, and would be larger. */
const Stored = z.object({
  content: z.string(),
  version: z.int().min(1),
  createdAtEpochMs: z.int(),
  updatedAtEpochMs: z.int(),
  lastActivityAtEpochMs: z.int(),
  expiresAtEpochSeconds: z.int(),
  boundAddress: z.string().exactOptional(),
});

/** What lies under a user session's key is none. */
export class UserSessionCorrupt extends Error {
  readonly code = "user_session_corrupt";
  constructor(options: { cause: unknown }) {
    super("a stored user session can't be read", options);
    this.name = "UserSessionCorrupt";
  }
}

export function storedUserSession(tenantId: TenantId, session: UserSession): Item {
  const { id, content, ...attributes } = session;
  return { ...userSessionKey(tenantId, id), ...attributes, content: contentText(content) };
}

/** @throws {UserSessionCorrupt} */
export function parseStoredUserSession(id: UserSessionId, raw: unknown): UserSession {
  try {
    const stored = Stored.parse(raw);
    return { ...stored, id, content: parseContentText(stored.content) };
  } catch (cause) {
    throw new UserSessionCorrupt({ cause });
  }
}

/** A copy that another release of this code wrote may be of another shape: then there is none. */
export function parseCopiedUserSession(id: UserSessionId, text: string): UserSession | undefined {
  try {
    return parseStoredUserSession(id, JSON.parse(text));
  } catch {
    return undefined;
  }
}
