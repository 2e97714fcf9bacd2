import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Quotas } from "../../layers/core/quota/quotas.ts";
import type { TenantId } from "../../layers/core/tenant/tenant-id.ts";
import type { Visitor } from "../../layers/core/user-session/user-session.ts";
import type { UserSessionId } from "../../layers/core/user-session/user-session-id.ts";
import { userSessions } from "../../layers/core/user-session/user-sessions.ts";
import { sqliteTable } from "../../layers/local/sqlite-table.ts";
import { systemChance } from "../../layers/node/system-chance.ts";
import { systemClock } from "../../layers/node/system-clock.ts";

/** Sessions begun at one time while a store is filled. */
const BATCH_SESSIONS = 500;

/** What a browser says of itself. */
export const BROWSER: Visitor = {
  peerAddress: "127.0.0.1",
  claimedAddress: "203.0.113.195",
  userAgent:
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
};

/** Sessions that are read, however many are stored. */
const SESSIONS_READ = 1_000;

export interface FilledStore {
  readonly sessionCount: number;
  /**
   * The mean processor time of one read, in microseconds, of sessions in use: as many in every store, spread over all
   * of it. Wall time would be the neighbours' too, and differ more than the stores.
   */
  readCpuUs(readCount: number): Promise<number>;
  close(): Promise<void>;
}

/** A store on disk with so many default sessions in it. */
export async function fillStore(tenantId: TenantId, sessionCount: number): Promise<FilledStore> {
  const folder = await mkdtemp(join(tmpdir(), "skein-bench-"));
  const clock = systemClock();
  const table = await sqliteTable({ file: join(folder, "state.sqlite"), clock });
  const cache = { get: async () => undefined, set: async () => {}, delete: async () => {} };
  const sessions = userSessions({ table, cache, quotas: new Quotas({ table, clock }), clock, chance: systemChance() });
  const { signal } = new AbortController();
  const begin = async (): Promise<UserSessionId> => {
    const use = await sessions.create(tenantId, { visitor: BROWSER, sessionsMax: sessionCount, signal });
    if (!use.ok) throw new TypeError(use.problem.reason);
    return use.value.session.id;
  };
  const ids: UserSessionId[] = [];
  while (ids.length < sessionCount) {
    const batch = Math.min(BATCH_SESSIONS, sessionCount - ids.length);
    ids.push(...(await Promise.all(Array.from({ length: batch }, begin))));
  }
  const inUse = ids.filter((_, index) => index % Math.ceil(sessionCount / SESSIONS_READ) === 0);
  return {
    sessionCount,
    async readCpuUs(readCount) {
      const before = process.cpuUsage();
      for (let count = 0; count < readCount; count++) {
        const id = inUse[(count * 7) % inUse.length];
        const reading = id === undefined ? undefined : await sessions.read(tenantId, { id, visitor: BROWSER });
        if (reading?.ok !== true) throw new TypeError("a stored session was not found");
      }
      const { user, system } = process.cpuUsage(before);
      return (user + system) / readCount;
    },
    async close() {
      await table.close();
      await rm(folder, { recursive: true });
    },
  };
}
