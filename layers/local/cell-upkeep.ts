import type { Connections } from "../core/connection/connections.ts";
import type { Chance } from "../core/ports/chance.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { QuestionSweep } from "../core/question/question-sweep.ts";
import { MACHINE_MARK_TIMING } from "../core/usage/usage-marks.ts";
import { type CellAccess, LOCAL_REGION } from "./cell-access.ts";
import type { CellJobs } from "./cell-jobs.ts";
import type { CellPeople } from "./cell-people.ts";
import type { CellStores } from "./cell-stores.ts";
import { AUDIT_FLUSH_INTERVAL_MS, LOG_SWEEP_INTERVAL_MS, UPKEEP_FIRST_AFTER_MS, UPKEEP_RUN_MS_MAX } from "./limits.ts";
import { fileLogs } from "./log/file-logs.ts";
import { projectLogsFolder } from "./runner/runner-folder.ts";
import { sweptArchives } from "./workspace/folder-archives.ts";
import { workspaceFolders } from "./workspace/workspace-folders.ts";

export interface CellUpkeepParts {
  readonly access: CellAccess;
  readonly stores: CellStores;
  readonly jobs: Pick<CellJobs, "deps">;
  readonly people: () => Promise<Pick<CellPeople, "questionSweep" | "connections">>;
  /** Where the cell keeps its files. */
  readonly dataDir: string;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly report: (fault: unknown) => void;
}

/**
 * What is done for tenants without being asked: in the cloud schedules do it, and here the same works are done as often.
 * Usage is summed up besides, every second. Ends with its last run.
 */
export function cellUpkeep(upkeep: CellUpkeepParts): { close(): Promise<void> } {
  const { access, stores, jobs, people, dataDir, clock, chance, report } = upkeep;
  const { audit, quotas } = access.tenancy;
  const closing = new AbortController();
  const { signal } = closing;
  // Also where no projects are run now: they may have been before.
  const logs = fileLogs({ folder: projectLogsFolder(dataDir), clock });

  async function every(intervalMs: number, work: () => Promise<unknown>, firstAfterMs = intervalMs): Promise<void> {
    for (let pauseMs = firstAfterMs; !signal.aborted; pauseMs = intervalMs) {
      await clock.sleep(pauseMs, signal);
      if (signal.aborted) return;
      await work().catch(report);
    }
  }

  /** Loaded once the first callers are served. */
  async function scheduled(): Promise<void> {
    await clock.sleep(UPKEEP_FIRST_AFTER_MS, signal);
    if (signal.aborted) return;
    const [{ UPKEEP_SCHEDULES }, { upkeepWorks }] = await Promise.all([
      import("../../functions/upkeep/config.ts"),
      import("../../functions/upkeep/handler.ts"),
    ]);
    const { table, blob } = stores;
    const tables = { state: table, control: table };
    const place = { region: LOCAL_REGION, timing: MACHINE_MARK_TIMING };
    // Also where no projects are run now: they may have been before.
    const disk = { folders: workspaceFolders(dataDir), archives: sweptArchives({ dataDir, blob, clock }) };
    const parts = {
      ...{ ...tables, ...place, ...disk, ...atFirstUse(people) },
      ...{ blob, logs, clock, chance, audit, quotas, jobs: jobs.deps, report },
    };
    const works = upkeepWorks(parts);
    const others = UPKEEP_SCHEDULES.filter(({ work }) => work !== "roll-up");
    const run = async (work: string) => works.get(work)?.({ untilEpochMs: clock.nowMs() + UPKEEP_RUN_MS_MAX, signal });
    await Promise.all(others.map(({ work, everyMinutes }) => every(everyMinutes * 60_000, () => run(work), 0)));
  }

  const runs = [
    scheduled().catch(report),
    every(AUDIT_FLUSH_INTERVAL_MS, () => audit.flush("over")),
    every(LOG_SWEEP_INTERVAL_MS, () => logs.sweep(), UPKEEP_FIRST_AFTER_MS),
  ];
  return {
    async close() {
      closing.abort();
      await Promise.all(runs);
      await audit.flush("all");
    },
  };
}

/** Loaded for the first tenant that may need it. */
function atFirstUse(people: CellUpkeepParts["people"]): {
  readonly questions: Pick<QuestionSweep, "sweep">;
  readonly connections: Pick<Connections, "countStored">;
} {
  return {
    questions: { sweep: async (...of) => (await people()).questionSweep.sweep(...of) },
    connections: { countStored: async (...of) => (await people()).connections.countStored(...of) },
  };
}
