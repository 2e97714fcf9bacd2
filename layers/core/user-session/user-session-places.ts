import * as z from "zod";
import { inParallel } from "../in-parallel.ts";
import { type Clock, nowEpochSeconds } from "../ports/clock.ts";
import { StoreFault } from "../ports/store-fault.ts";
import type { Item, Table } from "../ports/table.ts";
import { CALL_DURATION_MS_MAX } from "../quota/limits.ts";
import type { QuotaPlace, QuotaReached, Quotas } from "../quota/quotas.ts";
import { type Result, refused } from "../result.ts";
import { recordPartition, userSessionIndexKey, userSessionKey } from "../store/keys.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { LISTED_LOOKUPS_PARALLEL_MAX, LISTED_PAGE_ITEMS, LISTED_PAGES_MAX } from "./limits.ts";
import type { UserSession } from "./user-session.ts";

/** Another writer begins a session under the same id in the same millisecond. */
export type BegunElsewhere = { readonly reason: "begun_elsewhere" };

/** One session of a tenant's list. */
const Listed = z.object({
  sessionId: z.string(),
  begunAtEpochMs: z.int(),
  /** Nobody looks sooner: a session that was there can't have ended by itself before. */
  lookAtEpochSeconds: z.int(),
});

/**
 * The places that user sessions take of their tenant's quota, and a list of those sessions: each lies in a partition of
 * its own and most end by themselves, so nothing else tells how many there are.
 *
 * Each place has one item in the list, written after the place is taken and before the session is begun. Whoever
 * deletes that item gives the place back, and nobody else does. So a crash leaves the count too high, never too low.
 * The places of sessions that ended by themselves, or never began, come back when the count is repaired; one of a call that
 * died while it deleted the session, within a day.
 */
export class UserSessionPlaces {
  readonly #table: Table;
  readonly #quotas: Quotas;
  readonly #clock: Clock;

  constructor(deps: { readonly table: Table; readonly quotas: Quotas; readonly clock: Clock }) {
    this.#table = deps.table;
    this.#quotas = deps.quotas;
    this.#clock = deps.clock;
  }

  /** Takes a place and stores the session by `write`; where that is refused the place is given back. */
  async begin<T, Problem>(
    tenantId: TenantId,
    { session, sessionsMax }: { readonly session: UserSession; readonly sessionsMax: number },
    write: () => Promise<Result<T, Problem>>,
  ): Promise<Result<T, Problem | QuotaReached | BegunElsewhere>> {
    const countStored = () => this.countStored(tenantId);
    const place = await this.#quotas.take(tenantId, { quota: "userSessions", limit: sessionsMax, countStored });
    if (!place.ok) return place;
    const listed = await this.#table.put(listedItem(tenantId, session), { if: "absent" });
    if (!listed.ok) {
      await this.#quotas.giveBack(tenantId, "userSessions", place.value);
      return refused({ reason: "begun_elsewhere" });
    }
    const written = await write();
    if (!written.ok) await unlessStoreFails(() => this.#release(tenantId, session, place.value));
    return written;
  }

  /**
   * Deletes the session by `remove`, and gives its place back. Where the count can't be reached the next repair does
   * that: nobody has to keep a session for it.
   */
  async end<Problem>(
    tenantId: TenantId,
    session: UserSession,
    remove: () => Promise<Result<undefined, Problem>>,
  ): Promise<Result<undefined, Problem>> {
    // Read before: a count that is repaired from here on may be one without this session.
    const place = await unlessStoreFails(() => this.#quotas.placeNow(tenantId, "userSessions"));
    const removed = await remove();
    if (removed.ok && place !== undefined) await unlessStoreFails(() => this.#release(tenantId, session, place));
    return removed;
  }

  /** For the repair of the count. Takes off the list what is over, as that repair then leaves it out. */
  async countStored(tenantId: TenantId): Promise<number> {
    const range = { pk: recordPartition(tenantId, "USER-SESSION-INDEX"), limit: LISTED_PAGE_ITEMS };
    let count = 0;
    let cursor: string | undefined;
    for (let page = 1; page <= LISTED_PAGES_MAX; page++) {
      const read = await this.#table.query(cursor === undefined ? range : { ...range, cursor });
      count += await this.#countPage(tenantId, read.items);
      if (read.cursor === undefined) return count;
      cursor = read.cursor;
    }
    return Number.POSITIVE_INFINITY;
  }

  async #release(tenantId: TenantId, { id, createdAtEpochMs }: UserSession, place: QuotaPlace): Promise<void> {
    const key = userSessionIndexKey(tenantId, { sessionId: id, atEpochMs: createdAtEpochMs });
    const removed = await this.#table.delete(key, { if: "present" });
    if (removed.ok) await this.#quotas.giveBack(tenantId, "userSessions", place);
  }

  async #countPage(tenantId: TenantId, items: readonly Item[]): Promise<number> {
    const due = items.filter((item) => Listed.parse(item).lookAtEpochSeconds <= nowEpochSeconds(this.#clock));
    const looks = { parallelMax: LISTED_LOOKUPS_PARALLEL_MAX };
    const removals = await inParallel(due, looks, (item) => this.#removeIfOver(tenantId, item));
    return items.length - removals.filter((isRemoved) => isRemoved === true).length;
  }

  /** @returns whether the session is off the list. */
  async #removeIfOver(tenantId: TenantId, item: Item): Promise<boolean> {
    const { sessionId, begunAtEpochMs } = Listed.parse(item);
    const session = await this.#table.get(userSessionKey(tenantId, sessionId));
    if (session?.createdAtEpochMs !== begunAtEpochMs) {
      await this.#table.delete(item);
      return true;
    }
    const lookAtEpochSeconds = session.expiresAtEpochSeconds ?? 0;
    await this.#table.update(item, { set: { lookAtEpochSeconds } }, { if: "present" });
    return false;
  }
}

/** Looked at first when the call that begins it can't be running any more: it may have died before the session was there. */
function listedItem(tenantId: TenantId, { id, createdAtEpochMs }: UserSession): Item {
  return {
    ...userSessionIndexKey(tenantId, { sessionId: id, atEpochMs: createdAtEpochMs }),
    sessionId: id,
    begunAtEpochMs: createdAtEpochMs,
    lookAtEpochSeconds: Math.ceil((createdAtEpochMs + CALL_DURATION_MS_MAX) / 1_000),
  };
}

async function unlessStoreFails<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (fault) {
    if (fault instanceof StoreFault) return undefined;
    throw fault;
  }
}
