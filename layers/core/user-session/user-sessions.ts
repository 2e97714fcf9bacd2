import type { Cache } from "../ports/cache.ts";
import type { Chance } from "../ports/chance.ts";
import type { Clock } from "../ports/clock.ts";
import { StoreFault } from "../ports/store-fault.ts";
import type { Table } from "../ports/table.ts";
import type { Quotas } from "../quota/quotas.ts";
import { ok, type Result } from "../result.ts";
import { userSessionKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { prolongByRead, type UserSessionUse } from "./prolonging.ts";
import {
  beginSession,
  opened,
  saveOnto,
  shownTo,
  started,
  type UserSessionCall,
  type UserSessionChange,
} from "./saving.ts";
import { type UserSession, type Visitor, visitorContent } from "./user-session.ts";
import { newUserSessionId, type UserSessionId } from "./user-session-id.ts";
import { UserSessionPlaces } from "./user-session-places.ts";
import type { UserSessionProblem, UserSessionUnknown } from "./user-session-problem.ts";
import { sameVersion, type UserSessionStore, userSessionStore } from "./user-session-store.ts";
import { untilWritten } from "./write-attempts.ts";

export interface UserSessionReading extends UserSessionUse {
  /** The table did not answer, and this is what the cache remembered. */
  readonly degraded: boolean;
}

/**
 * The user sessions of all tenants. A session belongs to the tenant, not to a principal within it:
 * whoever of the tenant knows its id may use it.
 *
 * A method throws StoreFault when the table fails: then nothing is acknowledged, and nothing says that it was undone.
 */
export interface UserSessions {
  create(
    tenantId: TenantId,
    visit: { readonly visitor: Visitor; readonly sessionsMax: number; readonly signal: AbortSignal },
  ): Promise<Result<UserSessionUse, UserSessionProblem>>;
  /** Throws only when the cache remembers nothing either. A read counts as use, though not as activity. */
  read(
    tenantId: TenantId,
    call: { readonly id: UserSessionId; readonly visitor: Visitor },
  ): Promise<Result<UserSessionReading, UserSessionUnknown>>;
  /**
   * Merges the patch and stores what comes of it, again on top of what another writer left where one came between,
   * so that concurrent changes of different members all survive. A change that changes nothing counts as use.
   */
  save(tenantId: TenantId, change: UserSessionChange): Promise<Result<UserSessionUse, UserSessionProblem>>;
  delete(tenantId: TenantId, call: UserSessionCall): Promise<Result<undefined, UserSessionProblem>>;
  /** Resolves when the table answers, and writes nothing. */
  checkReady(tenantId: TenantId): Promise<void>;
}

export interface UserSessionParts {
  readonly table: Table;
  readonly cache: Cache;
  readonly quotas: Quotas;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Whether a new session shows itself only to the address that began it. @default false */
  readonly bindToAddress?: boolean | undefined;
}

/** No id can have this character, so no session lies there. */
const PROBE_ID = "~";

export function userSessions(parts: UserSessionParts): UserSessions {
  const { table, chance } = parts;
  const store = userSessionStore(parts);
  const places = new UserSessionPlaces(parts);
  const saving = { store, places, clock: parts.clock, bindToAddress: parts.bindToAddress ?? false };
  return {
    create(tenantId, { visitor, sessionsMax, signal }) {
      const attempt = () => {
        const session = started(saving, { id: newUserSessionId(chance), visitor, content: visitorContent(visitor) });
        return beginSession(saving, tenantId, { session, sessionsMax });
      };
      return untilWritten(parts, undefined, attempt, signal);
    },
    async read(tenantId, { id, visitor }) {
      const { found, degraded } = await loadOrRecall(store, tenantId, id);
      const shown = shownTo(visitor, found);
      if (!shown.ok) return shown;
      if (degraded) return ok({ session: shown.value, prolonged: false, degraded });
      return ok({ ...(await prolongByRead(saving, tenantId, shown.value)), degraded });
    },
    async save(tenantId, change) {
      const stored = await store.load(tenantId, change.id);
      return untilWritten(parts, stored, (current) => saveOnto(saving, tenantId, change, current), change.signal);
    },
    async delete(tenantId, call) {
      const attempt = async (current: UserSession | undefined) => {
        const open = opened(current, call);
        if (!open.ok) return open;
        const remove = () => store.delete(tenantId, call.id, sameVersion(open.value));
        return places.end(tenantId, open.value, remove);
      };
      return untilWritten(parts, await store.load(tenantId, call.id), attempt, call.signal);
    },
    async checkReady(tenantId) {
      await table.get(userSessionKey(tenantId, PROBE_ID));
    },
  };
}

async function loadOrRecall(
  store: UserSessionStore,
  tenantId: TenantId,
  id: UserSessionId,
): Promise<{ readonly found: UserSession | undefined; readonly degraded: boolean }> {
  try {
    return { found: await store.load(tenantId, id), degraded: false };
  } catch (fault) {
    if (!(fault instanceof StoreFault)) throw fault;
    const remembered = await store.lastKnown(tenantId, id);
    if (remembered === undefined) throw fault;
    return { found: remembered, degraded: true };
  }
}
