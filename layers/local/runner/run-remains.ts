import type { Clock } from "../../core/ports/clock.ts";
import { KILL_ROUND_MS, KILL_ROUNDS_MAX } from "./limits.ts";
import type { ProcessTable } from "./process-table.ts";
import { runMembers } from "./run-members.ts";
import { markerOf } from "./run-record.ts";
import { killAll } from "./run-signals.ts";
import type { RunStore } from "./run-store.ts";

/** Processes of an earlier runner's runs that do not end, whatever is done. */
export class RemainsLeft extends Error {
  readonly code = "run_remains_left";
  constructor(pids: readonly number[]) {
    super(`processes of earlier runs do not end: ${pids.join(", ")}`);
    this.name = "RemainsLeft";
  }
}

interface RemainsParts {
  readonly store: RunStore;
  readonly table: ProcessTable;
  readonly clock: Clock;
  readonly folderMark: string;
}

/**
 * Ends what is left of the runs of a runner that ended before them, and writes down that they have. Nobody has watched
 * them since; so none of them goes on.
 *
 * @throws {RemainsLeft} where some do not end.
 */
export async function endRemains(parts: RemainsParts): Promise<void> {
  const { store, clock } = parts;
  const open = store.open();
  await killRemains(parts);
  await Promise.all(
    open.map((record) => {
      const { life } = record;
      const startedAt = life.state === "running" ? { startedAtEpochMs: life.startedAtEpochMs } : {};
      const detail = "the runner ended before it";
      const endedAtEpochMs = clock.nowMs();
      return store.put({
        ...record,
        life: { state: "exited", reason: "host_lost", detail, ...startedAt, endedAtEpochMs },
      });
    }),
  );
}

async function killRemains({ store, table, clock, folderMark }: RemainsParts): Promise<void> {
  const members = runMembers(table, folderMark);
  let left: readonly number[] = [];
  for (let round = 0; round < KILL_ROUNDS_MAX; round++) {
    const rows = await table.read();
    const startOf = new Map(rows.map(({ pid, startedAt }) => [pid, startedAt]));
    const leaders = new Map<number, string>();
    for (const { tenantId, order, life } of store.open()) {
      if (life.state !== "running") continue;
      const { pid, startedAt } = life.leader;
      // Else the number is another process's by now. A group whose head has ended keeps its number.
      const isSame = startOf.get(pid) === undefined || startOf.get(pid) === startedAt;
      if (startedAt !== undefined && isSame) leaders.set(pid, markerOf(folderMark, tenantId, order));
    }
    const found = [...members.sort(rows, leaders).values()];
    left = found.flat().map(({ pid }) => pid);
    if (left.length === 0) return;
    for (const those of found) killAll(those);
    await clock.sleep(KILL_ROUND_MS);
  }
  throw new RemainsLeft(left);
}
