import type { Cache } from "../ports/cache.ts";
import { type Clock, nowEpochSeconds } from "../ports/clock.ts";
import type { Condition, Item, Table, WriteProblem } from "../ports/table.ts";
import { ok, type Result, refused } from "../result.ts";
import { cacheKey, userSessionKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { USER_SESSION_CACHE_MS } from "./limits.ts";
import { parseCopiedUserSession, parseStoredUserSession, storedUserSession } from "./stored-user-session.ts";
import type { UserSession } from "./user-session.ts";
import type { UserSessionId } from "./user-session-id.ts";

/** Another writer came first and left `current`. */
export type WriteLost = { readonly reason: "write_lost"; readonly current: UserSession | undefined };

/**
 * User sessions in the table, with a copy of each that is read or written in the cache.
 * The copy is for the time when the table fails, and for nothing else.
 */
export interface UserSessionStore {
  load(tenantId: TenantId, id: UserSessionId): Promise<UserSession | undefined>;
  /** What the cache remembers of a session that had not expired by now. */
  lastKnown(tenantId: TenantId, id: UserSessionId): Promise<UserSession | undefined>;
  put(tenantId: TenantId, session: UserSession, condition: Condition): Promise<Result<UserSession, WriteLost>>;
  /** Sets the two dates of `session` and leaves what else is stored. */
  prolong(tenantId: TenantId, session: UserSession, condition: Condition): Promise<Result<UserSession, WriteLost>>;
  delete(tenantId: TenantId, id: UserSessionId, condition: Condition): Promise<Result<undefined, WriteLost>>;
}

/** The content is as it was, and the session is not another one under the same id. */
export function sameVersion(session: UserSession): Condition {
  const { createdAtEpochMs, version } = session;
  const sameStart: Condition = { if: "equals", attribute: "createdAtEpochMs", value: createdAtEpochMs };
  return { if: "all", of: [sameStart, { if: "equals", attribute: "version", value: version }] };
}

export function userSessionStore(stores: {
  readonly table: Table;
  readonly cache: Cache;
  readonly clock: Clock;
}): UserSessionStore {
  const { table, cache, clock } = stores;
  const copies = userSessionCopies(cache, clock);
  const lost = (id: UserSessionId, problem: WriteProblem): Result<never, WriteLost> => {
    if (problem.reason === "item_too_large") throw new UserSessionOversized(problem.bytes);
    const current = problem.current === undefined ? undefined : parseStoredUserSession(id, problem.current);
    return refused({ reason: "write_lost", current });
  };
  return {
    async load(tenantId, id) {
      const item = await table.get(userSessionKey(tenantId, id));
      if (item === undefined) {
        await copies.drop(tenantId, id);
        return undefined;
      }
      const session = parseStoredUserSession(id, item);
      await copies.keep(tenantId, id, item);
      return session;
    },
    lastKnown: (tenantId, id) => copies.find(tenantId, id),
    async put(tenantId, session, condition) {
      const item = storedUserSession(tenantId, session);
      const written = await table.put(item, condition);
      if (!written.ok) return lost(session.id, written.problem);
      await copies.keep(tenantId, session.id, item);
      return ok(session);
    },
    async prolong(tenantId, { id, lastActivityAtEpochMs, expiresAtEpochSeconds }, condition) {
      const set = { lastActivityAtEpochMs, expiresAtEpochSeconds };
      const written = await table.update(userSessionKey(tenantId, id), { set }, condition);
      if (!written.ok) return lost(id, written.problem);
      await copies.keep(tenantId, id, written.value);
      return ok(parseStoredUserSession(id, written.value));
    },
    async delete(tenantId, id, condition) {
      const deleted = await table.delete(userSessionKey(tenantId, id), condition);
      if (!deleted.ok) return lost(id, deleted.problem);
      await copies.drop(tenantId, id);
      return ok();
    },
  };
}

/** A session within its own limit did not fit an item: the limits contradict each other. */
export class UserSessionOversized extends Error {
  readonly code = "user_session_oversized";
  constructor(bytes: number) {
    super(`a user session of ${bytes} bytes passed its limit and not the table's`);
    this.name = "UserSessionOversized";
  }
}

function userSessionCopies(cache: Cache, clock: Clock) {
  const keyOf = (tenantId: TenantId, id: UserSessionId): string => cacheKey(tenantId, "USER-SESSION", id);
  return {
    async find(tenantId: TenantId, id: UserSessionId): Promise<UserSession | undefined> {
      const text = await cache.get(keyOf(tenantId, id));
      if (text === undefined) return undefined;
      const session = parseCopiedUserSession(id, text);
      return session !== undefined && session.expiresAtEpochSeconds > nowEpochSeconds(clock) ? session : undefined;
    },
    keep: (tenantId: TenantId, id: UserSessionId, item: Item): Promise<void> =>
      cache.set(keyOf(tenantId, id), JSON.stringify(item), USER_SESSION_CACHE_MS),
    drop: (tenantId: TenantId, id: UserSessionId): Promise<void> => cache.delete(keyOf(tenantId, id)),
  };
}
