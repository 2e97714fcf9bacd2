import { inParallel } from "../in-parallel.ts";
import type { Clock } from "../ports/clock.ts";
import type { TenantId } from "../tenant/tenant-id.ts";
import { ENTRY_UNUSED_MS, SWEEP_AT_ONCE } from "./limits.ts";
import type { OpenRunEntry, OpenRuns } from "./open-runs.ts";
import { openRun } from "./project.ts";
import type { ProjectRuns } from "./project-runs.ts";
import type { RunWriter } from "./run-writer.ts";

export interface RunSweepParts {
  readonly runs: ProjectRuns;
  readonly writer: RunWriter;
  readonly openRuns: OpenRuns;
  readonly clock: Clock;
  /** Whether runs of this tenant may go on. */
  readonly isActive: (tenantId: TenantId) => Promise<boolean>;
  /** Told of what failed for one run: the next round tries again. */
  readonly report: (fault: unknown) => void;
}

/**
 * Looks at every open run of a region once: what has ended is written down and gives back what it held, what was left
 * half done is gone on with, and what is a tenant's that is suspended or closed is stopped.
 */
export async function sweepRuns(parts: RunSweepParts): Promise<void> {
  for await (const entries of parts.openRuns.pages()) {
    const active = new Map<TenantId, Promise<boolean>>();
    await inParallel(entries, { parallelMax: SWEEP_AT_ONCE }, async (entry) => {
      let isActive = active.get(entry.tenantId);
      if (isActive === undefined) {
        isActive = parts.isActive(entry.tenantId);
        active.set(entry.tenantId, isActive);
      }
      await sweepRun(parts, entry, isActive).catch(parts.report);
    });
  }
}

async function sweepRun(
  { runs, writer, clock }: RunSweepParts,
  entry: OpenRunEntry,
  isActive: Promise<boolean>,
): Promise<void> {
  const project = await runs.look(entry.tenantId, entry.projectId);
  if (project !== undefined && openRun(project)?.runId === entry.runId) {
    if (!(await isActive)) await runs.askToStop(project, { force: false });
    return;
  }
  // Whoever has just made the entry may be about to write its run down.
  const isWritten = project?.run?.runId === entry.runId;
  if (isWritten || clock.nowMs() - entry.madeAtEpochMs >= ENTRY_UNUSED_MS) await writer.letGo(entry.tenantId, entry);
}
