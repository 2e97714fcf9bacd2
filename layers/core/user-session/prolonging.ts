import { type Clock, nowEpochSeconds } from "../ports/clock.ts";
import { StoreFault } from "../ports/store-fault.ts";
import type { Condition } from "../ports/table.ts";
import { ok, type Result } from "../result.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { ACTIVITY_WRITE_INTERVAL_MS, PROLONGING_READ_SECONDS, USER_SESSION_IDLE_SECONDS } from "./limits.ts";
import { prolonged, type UserSession, used } from "./user-session.ts";
import { sameVersion, type UserSessionStore, type WriteLost } from "./user-session-store.ts";

export interface UserSessionUse {
  readonly session: UserSession;
  /** Whether this use moved the session's end. */
  readonly prolonged: boolean;
}

interface Prolonging {
  readonly store: UserSessionStore;
  readonly clock: Clock;
}

/**
 * Notes a use that changed nothing, unless one was noted within {@link ACTIVITY_WRITE_INTERVAL_MS}.
 * The stored date decides, in one step with the write: of all processes that see a storm, one writes.
 */
export async function noteUse(
  { store, clock }: Prolonging,
  tenantId: TenantId,
  session: UserSession,
): Promise<Result<UserSessionUse, WriteLost>> {
  const nowMs = clock.nowMs();
  const notedSinceMs = nowMs - ACTIVITY_WRITE_INTERVAL_MS;
  if (session.lastActivityAtEpochMs > notedSinceMs) return ok({ session, prolonged: false });
  const isDue: Condition = { if: "below", attribute: "lastActivityAtEpochMs", value: notedSinceMs + 1 };
  return asUse(await store.prolong(tenantId, used(session, nowMs), { if: "all", of: [sameVersion(session), isDue] }));
}

/** Moves the session's end where that has become worth a write. Never fails: what was read is right without it. */
export async function prolongByRead(
  { store, clock }: Prolonging,
  tenantId: TenantId,
  session: UserSession,
): Promise<UserSessionUse> {
  const dueUntil = nowEpochSeconds(clock) + USER_SESSION_IDLE_SECONDS - PROLONGING_READ_SECONDS;
  if (session.expiresAtEpochSeconds > dueUntil) return { session, prolonged: false };
  const isDue: Condition = { if: "below", attribute: "expiresAtEpochSeconds", value: dueUntil + 1 };
  const condition: Condition = { if: "all", of: [sameVersion(session), isDue] };
  try {
    const use = asUse(await store.prolong(tenantId, prolonged(session, clock.nowMs()), condition));
    return use.ok ? use.value : { session, prolonged: false };
  } catch (fault) {
    if (fault instanceof StoreFault) return { session, prolonged: false };
    throw fault;
  }
}

export function asUse(written: Result<UserSession, WriteLost>): Result<UserSessionUse, WriteLost> {
  return written.ok ? ok({ session: written.value, prolonged: true }) : written;
}
